import type { Readings } from '../../readings.ts'
import { gpuMetrics } from './gpu-metrics.ts'
import { type GpuReading, type ThrottleReason, throttleReasons } from './gpu-reading.ts'
import type { KnownGpu } from './known-gpu.ts'

/** Two readings further apart say nothing of the time between. */
const maxGapSeconds = 300
/** Drivers count a little ahead of and behind the clock; what passes this much of the time elapsed is no count of it. */
const maxGrowth = { share: 2, seconds: 1 }

/** What is known of one reason in the time since the reading before. */
interface Held {
  /** Of that time; undefined when nothing is known of it. */
  readonly share?: number
  /** To be added to the time lost. */
  readonly seconds: number
}

/** Adds which reasons slowed the GPU down, and how long each one has. */
export function addThrottling(
  readings: Readings,
  known: KnownGpu,
  gpu: GpuReading,
  monotonicMs: number,
): void {
  const { before } = known
  const elapsedSeconds = before ? (monotonicMs - before.monotonicMs) / 1000 : 0
  for (const reason of throttleReasons) {
    const counted = gpu.throttledSeconds?.[reason]
    if (counted === undefined && gpu.throttleReasons === undefined) continue
    const attributes = known.with('hw.gpu.throttle_reason', reason)
    const held =
      heldByCount(counted, before?.gpu.throttledSeconds?.[reason], elapsedSeconds) ??
      heldNow(gpu, before?.gpu, reason, counted === undefined ? elapsedSeconds : 0)
    const total = (known.throttledSeconds.get(reason) ?? firstTotal(counted)) + held.seconds
    known.throttledSeconds.set(reason, total)
    readings.addIfThere(gpuMetrics.throttled, held.share ?? Number.NaN, attributes)
    readings.add(gpuMetrics.throttledTime, total, attributes)
  }
}

/** The driver's own count, where the first reading has it, is where ours begins. */
function firstTotal(counted: number | undefined): number {
  return counted !== undefined && isCount(counted) ? counted : 0
}

/** By the driver's counts of two readings: undefined when these are not to be had, or cannot be right. */
function heldByCount(
  counted: number | undefined,
  countedBefore: number | undefined,
  elapsedSeconds: number,
): Held | undefined {
  if (counted === undefined || countedBefore === undefined || elapsedSeconds <= 0) return undefined
  if (!isCount(counted) || !isCount(countedBefore)) return undefined
  // A count that fell has started again.
  const seconds = counted < countedBefore ? counted : counted - countedBefore
  if (seconds > elapsedSeconds * maxGrowth.share + maxGrowth.seconds) return undefined
  return { share: Math.min(1, seconds / elapsedSeconds), seconds }
}

/** By the reasons that two readings found: what held at both ends is taken to have held between. */
function heldNow(
  gpu: GpuReading,
  before: GpuReading | undefined,
  reason: ThrottleReason,
  elapsedSeconds: number,
): Held {
  if (gpu.throttleReasons === undefined) return { seconds: 0 }
  const holds = gpu.throttleReasons.includes(reason)
  const held = holds && before?.throttleReasons?.includes(reason) && elapsedSeconds <= maxGapSeconds
  return { share: holds ? 1 : 0, seconds: held ? Math.max(0, elapsedSeconds) : 0 }
}

function isCount(value: number): boolean {
  return Number.isFinite(value) && value >= 0
}
