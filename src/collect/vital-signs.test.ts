import { expect, test } from 'vitest'
import type { Attributes, Sample, Tick } from '../model/sample.ts'
import { lacksRates, ticksToKeep, vitalSigns } from './vital-signs.ts'

const sample = (name: string, value: number, attributes: Attributes = {}): Sample => ({
  name,
  value,
  attributes,
})
const tick = (timestampMs: number, ...samples: readonly Sample[]): Tick => ({ timestampMs, samples })
const read = (device: string, bytes: number) =>
  sample('system.disk.io', bytes, { 'system.device': device, 'disk.io.direction': 'read' })
const received = (name: string, bytes: number) =>
  sample('system.network.io', bytes, { 'network.interface.name': name, 'network.io.direction': 'receive' })
/** What the collector adds to each tick about sources that are there: 1 where the last reading succeeded. */
const success = (value: 0 | 1, ...sources: readonly string[]) =>
  sources.map((source) => sample('framewatch.collector.success', value, { source }))

test('is null in every sign when nothing was collected', () => {
  const { gpus, ...signs } = vitalSigns([])
  expect([gpus, new Set(Object.values(signs))]).toEqual([[], new Set([null])])
})

test('takes the gauges of the newest tick', () => {
  const newest = tick(
    2000,
    sample('system.cpu.utilization', 0.9, { 'cpu.logical_number': '0' }),
    sample('system.cpu.utilization', 0.5),
    sample('system.cpu.logical.count', 2),
    sample('system.memory.limit', 1000),
    sample('system.memory.utilization', 0.25),
    sample('system.paging.usage', 70, { 'system.paging.state': 'free' }),
    sample('system.paging.usage', 30, { 'system.paging.state': 'used' }),
    sample('system.linux.cpu.load_1m', 1.5),
    sample('nodejs.eventloop.delay.max', 0.012),
    ...success(1, 'filesystem', 'processes'),
  )
  const older = tick(1000, sample('system.cpu.utilization', 0.1))
  const filesystem = (value: number, timestampMs: number) => ({ attributes: {}, value, timestampMs })
  const values = {
    // Read with the tick, ten seconds before, and too long before.
    'system.filesystem.utilization': [
      filesystem(0.2, 2000),
      filesystem(0.8, -8000),
      filesystem(0.9, -60_000),
    ],
    'system.process.count': [filesystem(77, 2000)],
  }
  const latest = { select: (name: string) => values[name as keyof typeof values] }
  expect(vitalSigns([newest, older], latest)).toEqual({
    timestampMs: 2000,
    cpuUtilization: 0.5,
    cpuCount: 2,
    memoryUsedBytes: 250,
    memoryTotalBytes: 1000,
    memoryUtilization: 0.25,
    swapUsedBytes: 30,
    load1m: 1.5,
    diskReadBytesPerSecond: null,
    diskWriteBytesPerSecond: null,
    networkReceiveBytesPerSecond: null,
    networkTransmitBytesPerSecond: null,
    filesystemUtilizationMax: 0.8,
    processCount: 77,
    eventLoopDelayMaxMs: 12,
    gpus: [],
  })
})

test('says nothing of what only an older tick holds: stale is not now', () => {
  const signs = vitalSigns([tick(2000), tick(1000, sample('system.cpu.utilization', 0.1))])
  expect(signs).toMatchObject({ timestampMs: 2000, cpuUtilization: null })
})

test('adds the growth of all disks per second of the time between the two newest ticks', () => {
  const signs = vitalSigns([
    tick(3000, read('sda', 500), read('sdb', 1200)),
    tick(1000, read('sda', 100), read('sdb', 1000)),
    tick(0, read('sda', 0), read('sdb', 0)),
  ])
  expect(signs).toMatchObject({ diskReadBytesPerSecond: 300, diskWriteBytesPerSecond: null })
})

test('leaves lo out of the network rates', () => {
  const signs = vitalSigns([
    tick(2000, received('lo', 9000), received('eth0', 150)),
    tick(1000, received('lo', 0), received('eth0', 50)),
  ])
  expect(signs.networkReceiveBytesPerSecond).toBe(100)
})

test.each([
  ['one tick is there', [tick(2000, read('sda', 5))]],
  [
    'a counter started again',
    [tick(2000, read('sda', 5), read('sdb', 9)), tick(1000, read('sda', 9), read('sdb', 1))],
  ],
  ['no device is in both', [tick(2000, read('sdb', 5)), tick(1000, read('sda', 5))]],
  ['no time has passed', [tick(1000, read('sda', 9)), tick(1000, read('sda', 5))]],
  ['the wall clock stepped back', [tick(500, read('sda', 9)), tick(1000, read('sda', 5))]],
])('has no rate when %s', (_, ticks) => {
  expect(vitalSigns(ticks).diskReadBytesPerSecond).toBeNull()
})

test('takes the time of a rate from the monotonic clock where both ticks have it', () => {
  const before = { ...tick(100_000, read('sda', 5)), monotonicMs: 1000 }
  const now = { ...tick(100_500, read('sda', 25)), monotonicMs: 3000 }
  expect(vitalSigns([now, before]).diskReadBytesPerSecond).toBe(10)
})

test('tells every GPU apart, the lost one too, and no part of one for the whole', () => {
  const gpu = (name: string, value: number, attributes: Attributes = {}) =>
    sample(name, value, { 'hw.id': 'GPU-b', 'hw.type': 'gpu', ...attributes })
  const { gpus } = vitalSigns([
    tick(
      1000,
      gpu('hw.gpu.info', 1, { 'hw.name': 'H100' }),
      gpu('hw.gpu.utilization', 0.1, { 'hw.gpu.task': 'encoder' }),
      gpu('hw.gpu.utilization', 0.9, { 'hw.gpu.task': 'general' }),
      gpu('hw.gpu.memory.usage', 1, { 'hw.gpu.instance': 'MIG-1' }),
      gpu('hw.gpu.memory.usage', 60),
      gpu('hw.gpu.memory.limit', 80),
      gpu('hw.temperature', 70),
      gpu('hw.power', 350),
      gpu('hw.status', 0, { 'hw.state': 'ok' }),
      gpu('hw.status', 1, { 'hw.state': 'degraded' }),
      sample('hw.status', 1, { 'hw.id': 'GPU-a', 'hw.type': 'gpu', 'hw.state': 'failed' }),
      sample('hw.temperature', 33, { 'hw.id': 'coretemp', 'hw.type': 'cpu' }),
    ),
  ])
  const unknown = { utilization: null, memoryUsedBytes: null, memoryTotalBytes: null }
  expect(gpus).toEqual([
    { id: 'GPU-a', name: null, status: 'failed', ...unknown, temperatureCelsius: null, powerWatts: null },
    {
      id: 'GPU-b',
      name: 'H100',
      status: 'degraded',
      utilization: 0.9,
      memoryUsedBytes: 60,
      memoryTotalBytes: 80,
      temperatureCelsius: 70,
      powerWatts: 350,
    },
  ])
})

test('does not take a disk that was plugged in for traffic', () => {
  const signs = vitalSigns([tick(2000, read('sda', 15), read('usb', 1e12)), tick(1000, read('sda', 5))])
  expect(signs.diskReadBytesPerSecond).toBe(10)
})

/** The newest values of memory and swap, read at one time. */
const lastRead = (timestampMs: number) => ({
  select: (name: string) =>
    [
      { name: 'system.memory.limit', value: 1000 },
      { name: 'system.memory.utilization', value: 0.25 },
      { name: 'system.paging.usage', value: 30 },
    ]
      .filter((known) => known.name === name)
      .map(({ value }) => ({ attributes: {}, value, timestampMs })),
})

test('takes memory that is read on a schedule of its own as it was last read, within a minute', () => {
  const bare = tick(100_000, ...success(1, 'memory', 'swap'))
  expect(vitalSigns([bare], lastRead(50_000))).toMatchObject({
    memoryTotalBytes: 1000,
    memoryUsedBytes: 250,
    memoryUtilization: 0.25,
    swapUsedBytes: 30,
  })
  expect(vitalSigns([bare], lastRead(39_999))).toMatchObject({ memoryUtilization: null, swapUsedBytes: null })
})

test('has no value of before where the last reading failed, or the source is there no more', () => {
  const signs = vitalSigns([tick(100_000, ...success(0, 'memory'))], lastRead(99_000))
  expect(signs).toMatchObject({ memoryUtilization: null, memoryUsedBytes: null, swapUsedBytes: null })
})

test('tells rates of counters that are not read at each tick from the two newest ticks that have them', () => {
  const told = success(1, 'disk', 'network')
  let kept: readonly Tick[] = []
  for (let second = 0; second <= 25; second++) {
    const counters = second % 10 === 0 ? [read('a', second * 100), received('en0', second * 7)] : []
    kept = ticksToKeep([tick(second * 1000, ...told, ...counters), ...kept])
    expect(kept.length).toBeLessThanOrEqual(3)
  }
  expect(lacksRates(kept)).toBe(false)
  expect(vitalSigns(kept)).toMatchObject({
    timestampMs: 25_000,
    diskReadBytesPerSecond: 100,
    networkReceiveBytesPerSecond: 7,
  })
  for (let second = 26; second <= 90; second++) {
    kept = ticksToKeep([tick(second * 1000, ...told), ...kept])
    const isOfLate = second <= 80
    expect(vitalSigns(kept).diskReadBytesPerSecond, `${second}`).toBe(isOfLate ? 100 : null)
    expect(kept.length, `${second}`).toBe(isOfLate ? 3 : 1)
  }
  expect(vitalSigns(kept).networkReceiveBytesPerSecond).toBeNull()
  expect(lacksRates(kept)).toBe(true)
})

test('has no rate of before where the last reading failed', () => {
  const failed = tick(3000, ...success(0, 'disk'), ...success(1, 'network'))
  const signs = vitalSigns([
    failed,
    tick(2000, read('a', 300), received('en0', 14)),
    tick(1000, read('a', 200), received('en0', 7)),
  ])
  expect(signs).toMatchObject({ diskReadBytesPerSecond: null, networkReceiveBytesPerSecond: 7 })
})
