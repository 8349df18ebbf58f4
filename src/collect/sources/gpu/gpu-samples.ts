/** What one reading of the GPUs says, as samples. */
import type { HardwareFault } from '../../../model/hardware-fault.ts'
import { Readings } from '../../readings.ts'
import type { SourceReading } from '../../source.ts'
import { addErrors, addStatus } from './gpu-faults.ts'
import { gpuLinkMetrics, gpuMemoryMetrics, gpuMetrics } from './gpu-metrics.ts'
import { addPrograms } from './gpu-programs.ts'
import type { GpuReport } from './gpu-protocol.ts'
import type { GpuInstance, GpuMemory, GpuReading } from './gpu-reading.ts'
import { addThrottling } from './gpu-throttling.ts'
import { addAmount, addFlag, addShare } from './gpu-values.ts'
import { addXids, type DescribeXid, noteXids } from './gpu-xids.ts'
import { attributeText, type KnownGpu } from './known-gpu.ts'
import type { KnownGpus } from './known-gpus.ts'

/** More parts than any card has. */
const maxInstances = 16

export interface GpuSamplesOptions {
  readonly describeXid: DescribeXid
  readonly monotonicMs: number
}

/** @param gpus - what is known from the readings before; it is brought up to date. */
export function gpuSamples(
  { answer, unread }: Pick<GpuReport, 'answer' | 'unread'>,
  gpus: KnownGpus,
  { describeXid, monotonicMs }: GpuSamplesOptions,
): SourceReading {
  const readings = new Readings()
  const { seen, skipped } = gpus.note(answer.gpus, unread, monotonicMs)
  // A vendor that could not be read would otherwise go unnoticed beside one that could.
  readings.skip(answer.skipped + skipped + unread.length)
  const faults: readonly HardwareFault[] = noteXids(readings, gpus, answer.xids, { describeXid, monotonicMs })
  const readingOf = new Map(seen.map(({ known, gpu }) => [known, gpu]))
  for (const known of gpus.all) {
    const gpu = readingOf.get(known)
    if (gpu && !known.isLost) addGpu(readings, known, gpu, monotonicMs)
    if (!gpu && unread.includes(known.vendor)) continue
    readings.add(gpuMetrics.info, 1, known.info)
    addStatus(readings, known, gpu)
    if (known.tellsXids || known.xids > 0) addXids(readings, known, monotonicMs)
  }
  readings.add(gpuMetrics.count, seen.filter(({ known }) => !known.isLost).length)
  return { samples: readings.samples, skipped: readings.skipped, faults }
}

function addGpu(readings: Readings, known: KnownGpu, gpu: GpuReading, monotonicMs: number): void {
  addUtilization(readings, known, gpu)
  addMemory(readings, known, gpu)
  addTemperatures(readings, known, gpu)
  addSpeed(readings, known, gpu)
  addLink(readings, known, gpu)
  addThrottling(readings, known, gpu, monotonicMs)
  addErrors(readings, known, gpu)
  addPrograms(readings, known, gpu)
  known.before = { gpu, monotonicMs }
}

function addUtilization(readings: Readings, known: KnownGpu, gpu: GpuReading): void {
  const { utilization, encoderSessions } = gpuMetrics
  const of = (task: string) => known.with('hw.gpu.task', task)
  addShare(readings, utilization, gpu.utilization, of('general'))
  addShare(readings, utilization, gpu.encoderUtilization, of('encoder'))
  addShare(readings, utilization, gpu.decoderUtilization, of('decoder'))
  addShare(readings, utilization, gpu.jpegUtilization, of('jpeg'))
  addShare(readings, utilization, gpu.opticalFlowUtilization, of('optical_flow'))
  addShare(readings, gpuMemoryMetrics.access, gpu.memoryUtilization, known.attributes)
  addAmount(readings, encoderSessions, gpu.encoderSessions, known.attributes)
}

function addMemory(readings: Readings, known: KnownGpu, gpu: GpuReading): void {
  const { usage, limit, utilization, free, reserved, mig } = gpuMemoryMetrics
  const { memory = {}, isMigEnabled, instances = [] } = gpu
  addAmount(readings, usage, memory.usedBytes, known.attributes)
  addAmount(readings, limit, memory.totalBytes, known.attributes)
  addShare(readings, utilization, usedShare(memory), known.attributes)
  addAmount(readings, free, memory.freeBytes, known.attributes)
  addAmount(readings, reserved, memory.reservedBytes, known.attributes)
  addFlag(readings, mig, isMigEnabled, known.attributes)
  addInstances(readings, known, instances)
}

function addInstances(readings: Readings, known: KnownGpu, instances: readonly GpuInstance[]): void {
  const byId = new Map(instances.map((instance) => [attributeText(instance.id), instance]))
  readings.skip(Math.max(0, instances.length - maxInstances))
  for (const [id, { profile, memory = {} }] of [...byId].slice(0, maxInstances)) {
    const attributes = {
      ...known.attributes,
      'hw.gpu.instance': id,
      ...(profile !== undefined && { 'hw.gpu.instance.profile': attributeText(profile) }),
    }
    addAmount(readings, gpuMemoryMetrics.instanceUsage, memory.usedBytes, attributes)
    addAmount(readings, gpuMemoryMetrics.instanceLimit, memory.totalBytes, attributes)
    addShare(readings, gpuMemoryMetrics.instanceUtilization, usedShare(memory), attributes)
  }
}

/** Undefined when there is nothing to share. */
function usedShare({ usedBytes, totalBytes }: GpuMemory): number | undefined {
  if (usedBytes === undefined || totalBytes === undefined || !(totalBytes > 0)) return undefined
  return usedBytes / totalBytes
}

function addTemperatures(readings: Readings, known: KnownGpu, gpu: GpuReading): void {
  const { temperature, temperatureLimit, temperatureMargin } = gpuMetrics
  const at = (location: string) => known.with('hw.sensor_location', location)
  addAmount(readings, temperature, gpu.temperatureCelsius, at('core'))
  addAmount(readings, temperature, gpu.memoryTemperatureCelsius, at('memory'))
  addAmount(readings, temperature, gpu.hotspotTemperatureCelsius, at('hotspot'))
  const limit = known.with('hw.limit_type', 'high.degraded')
  addAmount(readings, temperatureLimit, gpu.slowdownTemperatureCelsius, limit)
  if (gpu.temperatureMarginCelsius !== undefined)
    readings.add(temperatureMargin, gpu.temperatureMarginCelsius, known.attributes)
}

function addSpeed(readings: Readings, known: KnownGpu, gpu: GpuReading): void {
  const { attributes } = known
  addAmount(readings, gpuMetrics.power, gpu.powerWatts, attributes)
  addAmount(readings, gpuMetrics.powerLimit, gpu.powerLimitWatts, attributes)
  addAmount(readings, gpuMetrics.energy, gpu.energyJoules, attributes)
  addAmount(readings, gpuMetrics.performanceState, gpu.performanceState, attributes)
  addAmount(readings, gpuMetrics.fanRatio, gpu.fanRatio, attributes)
  addAmount(readings, gpuMetrics.fanSpeed, gpu.fanRpm, attributes)
  const of = (domain: string) => known.with('hw.gpu.clock.domain', domain)
  const { clocksHz: now, maxClocksHz: most } = gpu
  addAmount(readings, gpuMetrics.clock, now?.graphics, of('graphics'))
  addAmount(readings, gpuMetrics.clock, now?.sm, of('sm'))
  addAmount(readings, gpuMetrics.clock, now?.memory, of('memory'))
  addAmount(readings, gpuMetrics.clock, now?.video, of('video'))
  addAmount(readings, gpuMetrics.clockLimit, most?.graphics, of('graphics'))
  addAmount(readings, gpuMetrics.clockLimit, most?.sm, of('sm'))
  addAmount(readings, gpuMetrics.clockLimit, most?.memory, of('memory'))
}

function addLink(readings: Readings, known: KnownGpu, { pcie }: GpuReading): void {
  if (pcie === undefined) return
  const { generation, generationLimit, width, widthLimit, throughput, io } = gpuLinkMetrics
  const receive = known.with('network.io.direction', 'receive')
  const transmit = known.with('network.io.direction', 'transmit')
  addAmount(readings, generation, pcie.generation, known.attributes)
  addAmount(readings, generationLimit, pcie.maxGeneration, known.attributes)
  addAmount(readings, width, pcie.width, known.attributes)
  addAmount(readings, widthLimit, pcie.maxWidth, known.attributes)
  addAmount(readings, throughput, pcie.receiveBytesPerSecond, receive)
  addAmount(readings, throughput, pcie.transmitBytesPerSecond, transmit)
  addAmount(readings, io, pcie.receivedBytes, receive)
  addAmount(readings, io, pcie.transmittedBytes, transmit)
}
