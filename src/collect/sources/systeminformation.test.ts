import { describe, expect, test } from 'vitest'
import { readOf as readAny } from '../../../test/support/read-of.ts'
import type { Source, SourceReading } from '../source.ts'
import { cpuSource } from './cpu.ts'
import { memorySource } from './memory.ts'
import {
  portableCpuSource,
  portableDiskSource,
  portableFilesystemSource,
  portableLoadSource,
  portableMemorySource,
  portableNetworkSource,
  portableProcessesSource,
  type SystemInformation,
} from './systeminformation.ts'

const gibibyte = 1024 ** 3

/** Answers of the shapes that the package documents, as of a small machine. */
const answers: SystemInformation = {
  currentLoad: async () => ({ currentLoad: 25, cpus: [{ load: 50 }, { load: 0 }] }),
  mem: async () => ({
    total: 8 * gibibyte,
    free: gibibyte,
    active: 5 * gibibyte,
    available: 3 * gibibyte,
    buffcache: 2 * gibibyte,
    swaptotal: 0,
    swapfree: 0,
  }),
  fsSize: async () => [
    { fs: '/dev/disk3s1', mount: '/', type: 'APFS', size: 1000, used: 300, available: 500 },
    { fs: 'C:', mount: 'C:', type: 'NTFS', size: 0, used: 0, available: 0 },
  ],
  processes: async () => ({ all: 321 }),
  fsStats: async () => ({ rx: 10, wx: 20 }),
  networkStats: async () => [
    {
      iface: 'en0',
      rx_bytes: 1,
      rx_errors: 2,
      rx_dropped: 3,
      tx_bytes: 4,
      tx_errors: 5,
      // The package leaves a count undefined where the system does not tell it.
      tx_dropped: undefined as unknown as number,
    },
  ],
}

const loadAnswers = async () => answers

async function readOf(source: Source): Promise<SourceReading> {
  const reading = await readAny(source)
  const declared = source.metrics.map(({ name }) => name)
  expect(reading.samples.map(({ name }) => name).filter((name) => !declared.includes(name))).toEqual([])
  return reading
}

const linesOf = ({ samples }: SourceReading) =>
  samples.map(({ name, attributes, value }) => `${[name, ...Object.values(attributes)].join(' ')} ${value}`)

test('load averages and the number of processes are read where the system tells them', async () => {
  const loadSystemInformation = loadAnswers
  const load = portableLoadSource({ loadSystemInformation, readLoadAverages: () => [0.5, 1, 2] })
  expect(linesOf(await readOf(load))).toEqual([
    'system.linux.cpu.load_1m 0.5',
    'system.linux.cpu.load_5m 1',
    'system.linux.cpu.load_15m 2',
  ])
  expect(
    await portableLoadSource({ loadSystemInformation, readLoadAverages: () => undefined }).read(),
  ).toHaveProperty('absent')
  const processes = portableProcessesSource({ loadSystemInformation })
  expect(linesOf(await readOf(processes))).toEqual(['system.process.count 321'])
})

describe('answers of the package', () => {
  test('become shares of CPU time between 0 and 1', async () => {
    expect(linesOf(await readOf(portableCpuSource({ loadSystemInformation: loadAnswers })))).toEqual([
      'system.cpu.utilization 0.25',
      'system.cpu.utilization 0 0.5',
      'system.cpu.utilization 1 0',
      'system.cpu.logical.count 2',
    ])
  })

  test('become memory states that add up, and no swap utilisation without swap', async () => {
    expect(linesOf(await readOf(portableMemorySource({ loadSystemInformation: loadAnswers })))).toEqual([
      `system.memory.usage used ${5 * gibibyte}`,
      `system.memory.usage free ${gibibyte}`,
      `system.memory.usage cached ${2 * gibibyte}`,
      `system.memory.limit ${8 * gibibyte}`,
      'system.memory.utilization 0.625',
      'system.paging.usage used 0',
      'system.paging.usage free 0',
    ])
  })

  test('become file systems as df counts them, less those of no size', async () => {
    expect(linesOf(await readOf(portableFilesystemSource({ loadSystemInformation: loadAnswers })))).toEqual([
      'system.filesystem.usage /dev/disk3s1 / APFS used 300',
      'system.filesystem.usage /dev/disk3s1 / APFS free 500',
      'system.filesystem.usage /dev/disk3s1 / APFS reserved 200',
      'system.filesystem.limit /dev/disk3s1 / APFS 1000',
      'system.filesystem.utilization /dev/disk3s1 / APFS 0.375',
    ])
  })

  test('become the bytes of all disks, and absence where the system tells none', async () => {
    expect(linesOf(await readOf(portableDiskSource({ loadSystemInformation: loadAnswers })))).toEqual([
      'system.disk.io read 10',
      'system.disk.io write 20',
    ])
    const windows = { ...answers, fsStats: async () => null }
    expect(await portableDiskSource({ loadSystemInformation: async () => windows }).read()).toHaveProperty(
      'absent',
    )
  })

  test('become traffic by interface, with a count that is not told skipped', async () => {
    const reading = await readOf(portableNetworkSource({ loadSystemInformation: loadAnswers }))
    expect(linesOf(reading)).toEqual([
      'system.network.io en0 receive 1',
      'system.network.io en0 transmit 4',
      'system.network.errors en0 receive 2',
      'system.network.errors en0 transmit 5',
      'system.network.packet.dropped en0 receive 3',
    ])
    expect(reading.skipped).toBe(1)
  })
})

test('a package that cannot be loaded is a fault of the source', async () => {
  const loadSystemInformation = async () => Promise.reject(new Error('Cannot find package'))
  await expect(portableMemorySource({ loadSystemInformation }).read()).rejects.toThrow('Cannot find package')
})

test.skipIf(process.platform !== 'linux')('the real package agrees with /proc (needs Linux)', async () => {
  const options = { loadSystemInformation: () => import('systeminformation') }
  const valueFor = async (source: Source, name: string) =>
    (await readOf(source)).samples.find((sample) => sample.name === name)?.value
  const roots = { procRoot: '/proc' }
  expect(await valueFor(portableMemorySource(options), 'system.memory.limit')).toBe(
    await valueFor(memorySource(roots), 'system.memory.limit'),
  )
  expect(await valueFor(portableCpuSource(options), 'system.cpu.logical.count')).toBe(
    await valueFor(cpuSource(roots), 'system.cpu.logical.count'),
  )
  for (const source of [portableFilesystemSource(options), portableNetworkSource(options)])
    expect((await readOf(source)).samples.length).toBeGreaterThan(0)
})
