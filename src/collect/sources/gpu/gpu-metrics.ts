import type { MetricDescriptor } from '../../../model/sample.ts'
import {
  energyMetric,
  fanSpeedMetric,
  powerMetric,
  temperatureLimitMetric,
  temperatureMetric,
} from '../../hardware-metrics.ts'

/**
 * What is measured of GPUs. Attributes of every one but the count are `hw.id` and `hw.type`. Names of OpenTelemetry's
 * hardware conventions where they have one.
 */
export const gpuMetrics = {
  count: gauge('hw.gpu.count', '{gpu}', 'GPUs that answer.'),
  info: gauge(
    'hw.gpu.info',
    '1',
    '1 for each GPU, with what it is as attributes: model, driver, serial number.',
  ),
  status: gauge(
    'hw.status',
    '1',
    '1 for the state the GPU is in, 0 for the others. Failed: it fell off the bus, needs a reset or is no longer seen. Degraded: memory that failed waits for its repair, could not be repaired, or is failing.',
  ),
  utilization: gauge(
    'hw.gpu.utilization',
    '1',
    'Share of time that each part of the GPU was busy; the general part, that any program ran on it, however little.',
  ),
  encoderSessions: gauge('hw.gpu.encoder.sessions', '{session}', 'Videos that are being encoded.'),
  temperature: temperatureMetric,
  temperatureLimit: temperatureLimitMetric,
  temperatureMargin: gauge(
    'hw.gpu.temperature.margin',
    'Cel',
    'Degrees until the GPU slows down; below zero when it has.',
  ),
  power: powerMetric,
  powerLimit: gauge('hw.gpu.power.limit', 'W', 'Power that the GPU may draw, as it is enforced now.'),
  energy: energyMetric,
  clock: gauge('hw.gpu.clock', 'Hz', 'Frequency of each clock of the GPU.'),
  clockLimit: gauge('hw.gpu.clock.limit', 'Hz', 'Highest frequency of each clock of the GPU.'),
  performanceState: gauge(
    'hw.gpu.performance_state',
    '{state}',
    'Performance state of the GPU; 0 is the fastest.',
  ),
  fanRatio: gauge('hw.fan.speed_ratio', '1', 'Speed of the fan, of that it is made for; it may pass 1.'),
  fanSpeed: fanSpeedMetric,
  throttled: gauge(
    'hw.gpu.throttled',
    '1',
    'Share of time since the reading before that each reason slowed the GPU down; where only the present is known, 1 while it does.',
  ),
  throttledTime: counter('hw.gpu.throttled.time', 's', 'Time that each reason slowed the GPU down.'),
} as const satisfies Record<string, MetricDescriptor>

export const gpuMemoryMetrics = {
  usage: gauge('hw.gpu.memory.usage', 'By', 'Memory of the GPU in use, without what the driver reserves.'),
  limit: gauge('hw.gpu.memory.limit', 'By', 'Memory of the GPU.'),
  utilization: gauge('hw.gpu.memory.utilization', '1', 'Share of the memory of the GPU that is in use.'),
  free: gauge('hw.gpu.memory.free', 'By', 'Memory of the GPU that is free.'),
  reserved: gauge('hw.gpu.memory.reserved', 'By', 'Memory of the GPU that the driver keeps for itself.'),
  access: gauge(
    'hw.gpu.memory.access.utilization',
    '1',
    'Share of time that the memory of the GPU was being read or written; how full it is does not matter.',
  ),
  instanceUsage: gauge(
    'hw.gpu.instance.memory.usage',
    'By',
    'Memory in use of each part of a GPU that acts as one of its own; a part of the usage of the GPU.',
  ),
  instanceLimit: gauge(
    'hw.gpu.instance.memory.limit',
    'By',
    'Memory of each part of a GPU that acts as one of its own.',
  ),
  instanceUtilization: gauge(
    'hw.gpu.instance.memory.utilization',
    '1',
    'Share in use of the memory of each part of a GPU that acts as one of its own.',
  ),
  mig: gauge(
    'hw.gpu.mig.enabled',
    '1',
    '1 when the GPU is divided into parts that act as GPUs of their own.',
  ),
  programs: gauge('hw.gpu.process.count', '{process}', 'Programs that use the GPU.'),
  programUsage: gauge(
    'hw.gpu.process.memory.usage',
    'By',
    'Memory of the GPU that programs use, by their name; those that use least are added up as `other`.',
  ),
} as const satisfies Record<string, MetricDescriptor>

export const gpuLinkMetrics = {
  generation: gauge(
    'hw.gpu.pcie.generation',
    '{generation}',
    'Generation of the PCIe link; it falls while the GPU idles.',
  ),
  generationLimit: gauge(
    'hw.gpu.pcie.generation.limit',
    '{generation}',
    'Highest generation of the PCIe link.',
  ),
  width: gauge('hw.gpu.pcie.width', '{lane}', 'Lanes of the PCIe link.'),
  widthLimit: gauge('hw.gpu.pcie.width.limit', '{lane}', 'Most lanes of the PCIe link.'),
  throughput: gauge(
    'hw.gpu.pcie.throughput',
    'By/s',
    'Bytes a second over the PCIe link, as the driver sampled them.',
  ),
  io: counter('hw.gpu.io', 'By', 'Bytes received and transmitted by the GPU.'),
} as const satisfies Record<string, MetricDescriptor>

export const gpuFaultMetrics = {
  errors: counter(
    'hw.errors',
    '{error}',
    'Errors of the GPU, by kind: memory errors and PCIe replays since its driver was loaded, XIDs since they are watched.',
  ),
  lifetimeErrors: counter(
    'hw.gpu.errors.lifetime',
    '{error}',
    'Memory errors in the life of the GPU, by kind.',
  ),
  retiredPages: gauge(
    'hw.gpu.retired_pages',
    '{page}',
    'Pages of memory that were taken out of use, by their errors.',
  ),
  retirementPending: gauge(
    'hw.gpu.retired_pages.pending',
    '1',
    '1 when pages of memory wait for a restart to be taken out of use.',
  ),
  remappedRows: gauge('hw.gpu.remapped_rows', '{row}', 'Rows of memory that were replaced, by their errors.'),
  remapPending: gauge(
    'hw.gpu.remapped_rows.pending',
    '1',
    '1 when rows of memory wait for a reset to be replaced.',
  ),
  remapFailed: gauge('hw.gpu.remapped_rows.failed', '1', '1 when a row of memory could not be replaced.'),
  recentXids: gauge(
    'hw.gpu.xid.recent',
    '{error}',
    'Errors that the driver reported as XIDs in the last 10 minutes, by severity.',
  ),
} as const satisfies Record<string, MetricDescriptor>

/** Every metric of GPUs. */
export const allGpuMetrics: readonly MetricDescriptor[] = [
  ...Object.values(gpuMetrics),
  ...Object.values(gpuMemoryMetrics),
  ...Object.values(gpuLinkMetrics),
  ...Object.values(gpuFaultMetrics),
]

function gauge(name: string, unit: string, description: string): MetricDescriptor {
  return { name, kind: 'gauge', unit, description }
}

function counter(name: string, unit: string, description: string): MetricDescriptor {
  return { name, kind: 'counter', unit, description }
}
