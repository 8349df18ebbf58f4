import { cpus, uptime } from 'node:os'
import { describe, expect, test } from 'vitest'
import { linesOf } from '../../../../test/support/foreign-host.ts'
import { manualClock } from '../../../../test/support/manual-clock.ts'
import { readOf } from '../../../../test/support/read-of.ts'
import { matchesAttributes, type Sample, seriesKey, type Tick } from '../../../model/sample.ts'
import { systemClock } from '../../../system/clock.ts'
import { MetricsCollector } from '../../collector.ts'
import type { Source } from '../../source.ts'
import { type LatestValues, ticksToKeep, vitalSigns } from '../../vital-signs.ts'
import { cpuSource } from '../cpu.ts'
import { memorySource } from '../memory.ts'
import { portableCpuSource } from './cpu.ts'
import { portableDiskSource } from './disk.ts'
import { portableFilesystemSource } from './filesystem.ts'
import { portableLoadSource } from './load.ts'
import { portableMemorySource } from './memory.ts'
import { portableNetworkSource } from './network.ts'
import { portableProcessesSource } from './processes.ts'
import { portableSwapSource } from './swap.ts'
import type { SystemInformation } from './system-information.ts'
import { portableTimeSource } from './time.ts'

const gibibyte = 1024 ** 3

const memory = {
  total: 8 * gibibyte,
  free: gibibyte,
  active: 5 * gibibyte,
  available: 3 * gibibyte,
  buffcache: 2 * gibibyte,
  swaptotal: 0,
  swapfree: 0,
}
const counts = { rx_bytes: 1, rx_errors: 2, rx_dropped: 3, tx_bytes: 4, tx_errors: 5, tx_dropped: 6 }
const volume = { fs: '/dev/da0', mount: '/', type: 'ufs', size: 1000, used: 300, available: 500, rw: true }

/** Answers of the shapes that the package documents, as of a small machine; some of them replaced. */
function doorTo(replaced: { readonly [Question in keyof SystemInformation]?: unknown } = {}) {
  const answers = {
    mem: memory,
    fsSize: [volume],
    fsStats: { rx: 10, wx: 20 },
    disksIO: { rIO: 1, wIO: 2 },
    processes: { all: 321, running: 1, sleeping: 300, blocked: 2 },
    networkStats: [{ iface: 'em0', operstate: 'up', ...counts }],
    ...replaced,
  }
  const information = Object.fromEntries(
    Object.entries(answers).map(([question, answer]) => [question, async () => answer]),
  ) as unknown as SystemInformation
  const clock = manualClock()
  return { clock, platform: 'freebsd' as NodeJS.Platform, loadSystemInformation: async () => information }
}

const lines = async (source: Source) => linesOf(await readOf(source))

describe('memory', () => {
  test('that is active by more than is not free is bounded by it, so that the states add up', async () => {
    const source = portableMemorySource(doorTo({ mem: { ...memory, active: 7.5 * gibibyte, buffcache: -1 } }))
    expect((await lines(source)).slice(0, 3)).toEqual([
      `system.memory.usage used ${7 * gibibyte}`,
      `system.memory.usage free ${gibibyte}`,
      'system.memory.usage cached 0',
    ])
  })

  test.each([
    ['more than there is', { active: 9 * gibibyte }],
    ['below zero', { active: -gibibyte }],
    ['no number', { active: Number.NaN }],
    ['all but the free, and nothing cached', { active: 7 * gibibyte, buffcache: 0 }],
  ])('in use that is %s is left out and counted', async (_, odd) => {
    const reading = await readOf(portableMemorySource(doorTo({ mem: { ...memory, ...odd } })))
    expect(linesOf(reading)).toEqual([
      `system.memory.usage free ${gibibyte}`,
      `system.memory.limit ${8 * gibibyte}`,
    ])
    expect(reading.skipped).toBe(3)
  })

  test('of Windows with more free than there is has no share', async () => {
    const readMemory = () => ({ total: 8, free: 9 })
    const source = portableMemorySource({ ...doorTo(), platform: 'win32', readMemory })
    expect(await readOf(source)).toMatchObject({ samples: [{ value: 9 }, { value: 8 }], skipped: 2 })
  })
})

test('swap space is told where there is some', async () => {
  expect(await portableSwapSource(doorTo()).read()).toHaveProperty('absent')
  const source = portableSwapSource(doorTo({ mem: { ...memory, swaptotal: 400, swapfree: 300 } }))
  expect(await lines(source)).toEqual([
    'system.paging.usage used 100',
    'system.paging.usage free 300',
    'system.paging.utilization 0.25',
  ])
})

describe('file systems', () => {
  test('keep space in reserve where the system does, and count as df does', async () => {
    expect(await lines(portableFilesystemSource(doorTo()))).toEqual([
      'system.filesystem.usage /dev/da0 / ufs used 300',
      'system.filesystem.usage /dev/da0 / ufs free 500',
      'system.filesystem.usage /dev/da0 / ufs reserved 200',
      'system.filesystem.limit /dev/da0 / ufs 1000',
      'system.filesystem.utilization /dev/da0 / ufs 0.375',
    ])
  })

  test.each([
    ['available is not told', { available: undefined }],
    ['size is text', { size: '1000' }],
    ['more is used than there is', { used: 1001, available: 0 }],
    ['used is -1', { used: -1 }],
  ])('are skipped where %s', async (_, odd) => {
    const reading = await readOf(portableFilesystemSource(doorTo({ fsSize: [{ ...volume, ...odd }] })))
    expect(reading).toMatchObject({ samples: [], skipped: 1 })
  })

  test('without size are left out, and one mount point is one file system', async () => {
    const empty = { ...volume, mount: 'A:', size: 0, used: 0, available: 0, rw: null }
    const source = portableFilesystemSource(doorTo({ fsSize: [volume, volume, empty] }))
    expect(await readOf(source)).toMatchObject({ samples: { length: 5 }, skipped: 0 })
  })

  test('are bounded in number', async () => {
    const many = Array.from({ length: 500 }, (_, index) => ({ ...volume, mount: `/${index}` }))
    const reading = await readOf(portableFilesystemSource(doorTo({ fsSize: many })))
    expect(reading).toMatchObject({ samples: { length: 128 * 5 }, skipped: 500 - 128 })
  })
})

describe('disks', () => {
  test('are read apart: of one question without an answer the other stays', async () => {
    const unasked = { rx: 0, wx: 0 }
    const reading = await readOf(portableDiskSource(doorTo({ fsStats: unasked })))
    expect(linesOf(reading)).toEqual(['system.disk.operations read 1', 'system.disk.operations write 2'])
    expect(reading.skipped).toBe(2)
  })

  test('that nothing is told of are absent', async () => {
    expect(await portableDiskSource(doorTo({ fsStats: null, disksIO: null })).read()).toHaveProperty('absent')
  })
})

describe('interfaces', () => {
  const read = async (...networkStats: readonly object[]) =>
    readOf(portableNetworkSource(doorTo({ networkStats })))

  test('have all counts, in both directions', async () => {
    expect(linesOf(await read({ iface: 'em0', operstate: 'up', ...counts }))).toEqual([
      'system.network.io em0 receive 1',
      'system.network.io em0 transmit 4',
      'system.network.errors em0 receive 2',
      'system.network.errors em0 transmit 5',
      'system.network.packet.dropped em0 receive 3',
      'system.network.packet.dropped em0 transmit 6',
    ])
  })

  test('that are told of twice are taken once', async () => {
    const again = { iface: 'em0', operstate: 'up', ...counts, rx_bytes: 99 }
    const reading = await read({ iface: 'em0', operstate: 'up', ...counts }, again)
    expect(reading.samples).toHaveLength(6)
    expect(linesOf(reading)[0]).toBe('system.network.io em0 receive 1')
  })

  test('without a number of bytes are counted as skipped', async () => {
    const odd = { rx_bytes: undefined, tx_bytes: -1, rx_errors: null }
    expect((await read({ iface: 'em0', operstate: 'up', ...counts, ...odd })).skipped).toBe(2)
  })

  test('that are down keep the counts they have', async () => {
    expect((await read({ iface: 'em0', operstate: 'down', ...counts })).samples).toHaveLength(6)
  })

  test('that only copy the bytes of others are taken where there is nothing else', async () => {
    const tunnel = { iface: 'utun0', operstate: 'unknown', ...counts }
    const door = { ...doorTo({ networkStats: [tunnel] }), platform: 'darwin' as const }
    expect((await readOf(portableNetworkSource(door))).samples).toHaveLength(5)
  })

  test('are absent on a Windows host that has none up', async () => {
    const door = { ...doorTo(), platform: 'win32' as const }
    const loopback = [{ mac: '00:00:00:00:00:00', internal: true }]
    const source = portableNetworkSource({ ...door, readInterfaces: () => ({ Loopback: loopback }) })
    expect(await source.read()).toHaveProperty('absent')
  })
})

test('processes by status add up, and a sum that does not is left out', async () => {
  expect(await lines(portableProcessesSource(doorTo()))).toEqual([
    'system.process.count 321',
    'system.process.count running 1',
    'system.process.count sleeping 300',
    'system.process.count blocked 2',
    'system.process.count other 18',
  ])
  const odd = { all: 1, running: 1, sleeping: 300, blocked: 2 }
  expect((await readOf(portableProcessesSource(doorTo({ processes: odd })))).skipped).toBe(1)
  expect((await readOf(portableProcessesSource(doorTo({ processes: {} })))).skipped).toBe(1)
})

test('load averages are read where the system keeps them', async () => {
  expect(await lines(portableLoadSource({ readLoadAverages: () => [0.5, 1, 2] }))).toEqual([
    'system.linux.cpu.load_1m 0.5',
    'system.linux.cpu.load_5m 1',
    'system.linux.cpu.load_15m 2',
  ])
  expect(await portableLoadSource({ readLoadAverages: () => undefined }).read()).toHaveProperty('absent')
})

test('uptime is that of the machine', async () => {
  const [sample] = (await readOf(portableTimeSource())).samples
  expect(Math.abs((sample?.value ?? 0) - uptime())).toBeLessThan(5)
})

const dearSources = [
  portableMemorySource,
  portableSwapSource,
  portableFilesystemSource,
  portableDiskSource,
].concat(portableNetworkSource, portableProcessesSource)

test('what starts child processes says so, is not read at each tick, and loads the package only then', () => {
  const loadSystemInformation = () => Promise.reject(new Error('loaded before it is read'))
  const door = { ...doorTo(), loadSystemInformation }
  for (const { name, everyMs = 0, startsProcess } of dearSources.map((create) => create(door))) {
    expect(everyMs, name).toBeGreaterThanOrEqual(10_000)
    expect(startsProcess, name).toBe(true)
  }
  for (const source of [portableCpuSource(door), portableMemorySource({ ...door, platform: 'win32' })]) {
    expect(source.everyMs, source.name).toBeUndefined()
    expect(source.startsProcess, source.name).toBeUndefined()
  }
})

test('vital signs stand between the readings, and those of a package that fails fall away', async () => {
  let isBroken = false
  let seconds = 0
  const failing = () => (isBroken ? Promise.reject(new Error('no shell')) : undefined)
  const of = <Answer>(answer: () => Answer) => (async () => failing() ?? answer()) as () => Promise<Answer>
  const { clock, loadSystemInformation, platform } = doorTo()
  const information = {
    ...(await loadSystemInformation()),
    mem: of(() => ({ ...memory, swaptotal: 400, swapfree: 300 })),
    fsStats: of(() => ({ rx: 1 + seconds * 100, wx: 1 + seconds * 50 })),
    networkStats: of(() => [{ iface: 'em0', operstate: 'up', ...counts, rx_bytes: seconds * 7 }]),
  }
  const door = { clock, platform, loadSystemInformation: async () => information }
  const sources = dearSources.map((create) => create(door))
  const collector = new MetricsCollector({ clock, sources, patienceMs: 2500, defersProcesses: true })
  const newest = new Map<string, Sample & { readonly timestampMs: number }>()
  const latest: LatestValues = {
    select: (metric, attributes) =>
      [...newest.values()].filter(
        (known) => known.name === metric && matchesAttributes(known.attributes, attributes),
      ),
  }
  let ticks: readonly Tick[] = []
  const signsAfter = async (tickSeconds: number) => {
    await clock.advance(tickSeconds * 1000)
    seconds += tickSeconds
    const { samples } = await collector.collect()
    const timestampMs = clock.nowMs()
    for (const sample of samples) newest.set(seriesKey(sample), { ...sample, timestampMs })
    ticks = ticksToKeep([{ timestampMs, monotonicMs: clock.monotonicMs(), samples }, ...ticks])
    return vitalSigns(ticks, latest)
  }
  while (seconds < 60) await signsAfter(5)
  const whole = {
    memoryUtilization: 0.625,
    memoryTotalBytes: 8 * gibibyte,
    swapUsedBytes: 100,
    diskReadBytesPerSecond: 100,
    diskWriteBytesPerSecond: 50,
    networkReceiveBytesPerSecond: 7,
    filesystemUtilizationMax: 0.375,
    processCount: 321,
  }
  while (seconds < 120) expect(await signsAfter(5), `after ${seconds} s`).toMatchObject(whole)
  isBroken = true
  while (seconds < 130) await signsAfter(5)
  expect(await signsAfter(5)).toMatchObject({
    memoryUtilization: null,
    diskReadBytesPerSecond: null,
    networkReceiveBytesPerSecond: null,
    processCount: 321,
  })
})

test.skipIf(process.platform !== 'linux')('the real package agrees with /proc (needs Linux)', async () => {
  const door = {
    clock: systemClock(),
    platform: 'linux',
    loadSystemInformation: () => import('systeminformation'),
  } as const
  const valueFor = async (source: Source, name: string) =>
    (await readOf(source)).samples.find((sample) => sample.name === name)?.value
  const roots = { procRoot: '/proc' }
  expect(await valueFor(portableMemorySource(door), 'system.memory.limit')).toBe(
    await valueFor(memorySource(roots), 'system.memory.limit'),
  )
  expect(await valueFor(cpuSource(roots), 'system.cpu.logical.count')).toBe(cpus().length)
  for (const source of [portableFilesystemSource(door), portableNetworkSource(door)])
    expect((await readOf(source)).samples.length).toBeGreaterThan(0)
})
