import { describe, expect, test } from 'vitest'
import { attributesKey, type Sample } from '../../../model/sample.ts'
import { allGpuMetrics } from './gpu-metrics.ts'
import type { GpuAnswer, GpuReading } from './gpu-reading.ts'
import { gpuSamples } from './gpu-samples.ts'
import { KnownGpus } from './known-gpus.ts'

const h100: GpuReading = {
  id: 'GPU-1',
  index: 0,
  vendor: 'nvidia',
  name: 'NVIDIA H100 80GB HBM3',
  serial: '165',
  pciAddress: '00000000:1B:00.0',
  driverVersion: '590.1',
  cudaVersion: '13.1',
  utilization: 0.97,
  memoryUtilization: 0.4,
  encoderUtilization: 0,
  encoderSessions: 2,
  memory: { totalBytes: 100, usedBytes: 25, freeBytes: 70, reservedBytes: 5 },
  temperatureCelsius: 60,
  hotspotTemperatureCelsius: 71,
  temperatureMarginCelsius: -2,
  slowdownTemperatureCelsius: 90,
  powerWatts: 512.5,
  powerLimitWatts: 700,
  energyJoules: 12_000,
  clocksHz: { graphics: 1.98e9, memory: 2.6e9 },
  maxClocksHz: { sm: 1.98e9 },
  performanceState: 0,
  fanRatio: 1.1,
  fanRpm: 3000,
  pcie: {
    generation: 5,
    maxGeneration: 5,
    width: 16,
    maxWidth: 16,
    receiveBytesPerSecond: 10,
    transmittedBytes: 1000,
    replays: 1,
  },
  ecc: { corrected: 3, uncorrected: 0, uncorrectedLifetime: 4 },
  retiredPages: { doubleBit: 1, isPending: false },
  remappedRows: { correctable: 1, hasFailed: false },
  isMigEnabled: false,
}

/** A machine whose GPUs are read each second. */
function setUp() {
  const gpus = new KnownGpus()
  let monotonicMs = 1000
  const describeXid = (code: number) => ({
    severity: code === 79 ? ('critical' as const) : code === 94 ? ('warning' as const) : ('info' as const),
    message: `XID ${code}.`,
  })
  return {
    gpus,
    read(readings: readonly GpuReading[], { elapsedMs = 1000, unread = [], ...answer }: ReadOptions = {}) {
      monotonicMs += elapsedMs
      const whole = { gpus: readings, xids: [], skipped: 0, ...answer }
      const reading = gpuSamples({ answer: whole, unread }, gpus, { describeXid, monotonicMs })
      return { ...reading, values: valuesOf(reading.samples) }
    },
  }
}

interface ReadOptions extends Partial<GpuAnswer> {
  readonly elapsedMs?: number
  readonly unread?: readonly GpuReading['vendor'][]
}

/** By name and attributes, without those that all have. */
function valuesOf(samples: readonly Sample[]): Record<string, number> {
  const entries = samples.map(({ name, attributes, value }) => {
    const { 'hw.type': _, 'hw.id': id = '', ...others } = attributes
    const key = attributesKey(id === 'GPU-1' || id === '' ? others : { id, ...others })
    return [key === '' ? name : `${name}{${key}}`, value] as const
  })
  expect(new Set(entries.map(([key]) => key)).size).toBe(entries.length)
  return Object.fromEntries(entries)
}

describe('the samples of a GPU', () => {
  test('are all that it tells, under their names and in base units', () => {
    const { values, samples, skipped } = setUp().read([h100])
    expect(values).toEqual({
      'hw.gpu.utilization{hw.gpu.task="general"}': 0.97,
      'hw.gpu.utilization{hw.gpu.task="encoder"}': 0,
      'hw.gpu.memory.access.utilization': 0.4,
      'hw.gpu.encoder.sessions': 2,
      'hw.gpu.memory.usage': 25,
      'hw.gpu.memory.limit': 100,
      'hw.gpu.memory.utilization': 0.25,
      'hw.gpu.memory.free': 70,
      'hw.gpu.memory.reserved': 5,
      'hw.gpu.mig.enabled': 0,
      'hw.temperature{hw.sensor_location="core"}': 60,
      'hw.temperature{hw.sensor_location="hotspot"}': 71,
      'hw.gpu.temperature.margin': -2,
      'hw.temperature.limit{hw.limit_type="high.degraded"}': 90,
      'hw.power': 512.5,
      'hw.gpu.power.limit': 700,
      'hw.energy': 12_000,
      'hw.gpu.clock{hw.gpu.clock.domain="graphics"}': 1.98e9,
      'hw.gpu.clock{hw.gpu.clock.domain="memory"}': 2.6e9,
      'hw.gpu.clock.limit{hw.gpu.clock.domain="sm"}': 1.98e9,
      'hw.gpu.performance_state': 0,
      'hw.fan.speed_ratio': 1.1,
      'hw.fan.speed': 3000,
      'hw.gpu.pcie.generation': 5,
      'hw.gpu.pcie.generation.limit': 5,
      'hw.gpu.pcie.width': 16,
      'hw.gpu.pcie.width.limit': 16,
      'hw.gpu.pcie.throughput{network.io.direction="receive"}': 10,
      'hw.gpu.io{network.io.direction="transmit"}': 1000,
      'hw.errors{error.type="pcie_replay"}': 1,
      'hw.errors{error.type="ecc_corrected"}': 3,
      'hw.errors{error.type="ecc_uncorrected"}': 0,
      'hw.errors{error.type="xid"}': 0,
      'hw.gpu.errors.lifetime{error.type="ecc_uncorrected"}': 4,
      'hw.gpu.retired_pages{error.type="ecc_double_bit"}': 1,
      'hw.gpu.retired_pages.pending': 0,
      'hw.gpu.remapped_rows{error.type="ecc_corrected"}': 1,
      'hw.gpu.remapped_rows.failed': 0,
      'hw.gpu.xid.recent{hw.gpu.xid.severity="critical"}': 0,
      'hw.gpu.xid.recent{hw.gpu.xid.severity="warning"}': 0,
      'hw.status{hw.state="ok"}': 1,
      'hw.status{hw.state="degraded"}': 0,
      'hw.status{hw.state="failed"}': 0,
      'hw.gpu.info{hw.driver_version="590.1",hw.gpu.cuda_version="13.1",hw.gpu.index="0",hw.gpu.pci_address="00000000:1B:00.0",hw.model="NVIDIA H100 80GB HBM3",hw.name="NVIDIA H100 80GB HBM3",hw.serial_number="165",hw.vendor="nvidia"}': 1,
      'hw.gpu.count': 1,
    })
    expect(skipped).toBe(0)
    const known = new Set(allGpuMetrics.map(({ name }) => name))
    expect(samples.filter(({ name }) => !known.has(name))).toEqual([])
    const common = samples.filter(({ attributes }) => attributes['hw.id'] === 'GPU-1')
    expect(common).toHaveLength(samples.length - 1)
    expect(common.every(({ attributes }) => attributes['hw.type'] === 'gpu')).toBe(true)
  })

  test('are no more than its state when it tells nothing', () => {
    const { values } = setUp().read([{ id: 'GPU-1', index: 0, vendor: 'nvidia' }])
    expect(Object.keys(values).map((key) => key.replace(/\{.*/, ''))).toEqual([
      'hw.gpu.info',
      ...['hw.status', 'hw.status', 'hw.status'],
      'hw.errors',
      ...['hw.gpu.xid.recent', 'hw.gpu.xid.recent'],
      'hw.gpu.count',
    ])
  })

  test('leave out and count what cannot be; a share that was rounded past 1 is 1', () => {
    const { values, skipped } = setUp().read(
      [{ ...h100, powerWatts: -1, utilization: 1.02, memoryUtilization: 42, fanRpm: Number.NaN }],
      { skipped: 3 },
    )
    expect(values).toMatchObject({ 'hw.gpu.utilization{hw.gpu.task="general"}': 1 })
    for (const name of ['hw.power', 'hw.gpu.memory.access.utilization', 'hw.fan.speed'])
      expect(values).not.toHaveProperty([name])
    expect(skipped).toBe(6)
  })

  test('share their attributes from reading to reading', () => {
    const { read } = setUp()
    const first = read([h100]).samples
    const second = read([{ ...h100 }]).samples
    const shared = second.filter(({ attributes }, index) => attributes === first[index]?.attributes)
    // The count of GPUs has none.
    expect(shared.length).toBeGreaterThanOrEqual(second.length - 1)
  })

  test('name what a GPU is anew when its driver was replaced', () => {
    const { read } = setUp()
    read([h100])
    const { values } = read([{ ...h100, driverVersion: '610.0' }])
    expect(Object.keys(values).filter((key) => key.startsWith('hw.gpu.info'))).toEqual([
      expect.stringContaining('"610.0"'),
    ])
  })

  test('tell of each part of a divided GPU, apart from the whole', () => {
    const instances = [
      { id: 'MIG-1', profile: '1g.10gb', memory: { totalBytes: 10, usedBytes: 5 } },
      { id: 'MIG-2', memory: { totalBytes: 0, usedBytes: 0 } },
    ]
    const { values } = setUp().read([
      { id: 'GPU-1', index: 0, vendor: 'nvidia', isMigEnabled: true, instances },
    ])
    expect(values).toMatchObject({
      'hw.gpu.mig.enabled': 1,
      'hw.gpu.instance.memory.usage{hw.gpu.instance="MIG-1",hw.gpu.instance.profile="1g.10gb"}': 5,
      'hw.gpu.instance.memory.limit{hw.gpu.instance="MIG-1",hw.gpu.instance.profile="1g.10gb"}': 10,
      'hw.gpu.instance.memory.utilization{hw.gpu.instance="MIG-1",hw.gpu.instance.profile="1g.10gb"}': 0.5,
      'hw.gpu.instance.memory.usage{hw.gpu.instance="MIG-2"}': 0,
      'hw.gpu.instance.memory.limit{hw.gpu.instance="MIG-2"}': 0,
    })
  })
})

describe('the programs on a GPU', () => {
  const bare = { id: 'GPU-1', index: 0, vendor: 'nvidia' } as const

  test('are added up by the name of the program, whatever its path', () => {
    const processes = [
      { pid: 1, name: '/usr/bin/python3', usedBytes: 10 },
      { pid: 2, name: 'C:\\Python\\python3', usedBytes: 5 },
      { pid: 3, name: 'bad\u001b[31m\nname'.padEnd(100, 'x'), usedBytes: 1 },
      { pid: 4, usedBytes: 2 },
      { pid: 5, name: 'Xorg' },
    ]
    const { values } = setUp().read([{ ...bare, processes }])
    expect(values).toMatchObject({
      'hw.gpu.process.count': 5,
      'hw.gpu.process.memory.usage{process.executable.name="python3"}': 15,
      [`hw.gpu.process.memory.usage{process.executable.name="bad_[31m_name${'x'.repeat(51)}"}`]: 1,
      'hw.gpu.process.memory.usage{process.executable.name="unknown"}': 2,
    })
    expect(values).not.toHaveProperty(['hw.gpu.process.memory.usage{process.executable.name="Xorg"}'])
  })

  test('are at most 16 names, the smallest together', () => {
    const { read } = setUp()
    const many = Array.from({ length: 30 }, (_, pid) => ({ pid, name: `p${pid}`, usedBytes: pid }))
    const { samples } = read([{ ...bare, processes: many }])
    const usage = samples.filter(({ name }) => name === 'hw.gpu.process.memory.usage')
    expect(usage).toHaveLength(16)
    expect(usage.at(-1)).toMatchObject({ attributes: { 'process.executable.name': 'other' }, value: 105 })
    expect(usage.reduce((sum, { value }) => sum + value, 0)).toBe(435)
    expect(read([{ ...bare, processes: [] }]).values).toMatchObject({ 'hw.gpu.process.count': 0 })
  })
})

test('XIDs that nobody would tell of are not counted as none', () => {
  const xidsOf = (gpu: Partial<GpuReading>) => {
    const reading = { id: 'GPU-1', index: 0, vendor: 'nvidia', ...gpu } as const
    const report = { answer: { gpus: [reading], xids: [], skipped: 0 }, unread: [] }
    const describeXid = () => ({ severity: 'critical', message: 'Odd.' }) as const
    const { samples } = gpuSamples(report, new KnownGpus(), { describeXid, monotonicMs: 0 })
    return samples.filter(
      ({ name, attributes }) => name === 'hw.gpu.xid.recent' || attributes['error.type'] === 'xid',
    )
  }
  expect(xidsOf({})).toHaveLength(3)
  expect(xidsOf({ tellsXids: false })).toEqual([])
  expect(xidsOf({ vendor: 'amd' })).toEqual([])
})
