/** What generations use of their GPUs: who runs where, and what the GPUs say at each tick, flow in; energy flows out. */
import type { GenerationRecord, GenerationRequest, GenerationResources } from '../../model/generation.ts'
import type { GpuReading } from './gpu-readings.ts'
import { MeteredGpu, type Share } from './metered-gpu.ts'

/** A source may miss a tick or two; what was drawn in a longer gap is not known. */
const maxGapIntervals = 3
/** Energy that was measured over less of the run than this says too little of the whole. */
const minCoveredShare = 0.9
/** No node has more GPUs. */
const maxGpus = 256
const defaultMaxGenerations = 10_000

export interface ResourceMeterOptions {
  /** Between two ticks, milliseconds. */
  readonly intervalMs: number
  /** Of more generations at once nothing is measured. @default 10000 */
  readonly maxGenerations?: number
}

interface Run {
  readonly beganMs: number
  /** Undefined while the request names no GPUs and it is not known which the node has. */
  gpus: readonly number[] | undefined
  readonly shares: Map<number, Share>
  /** Where most memory was in use. */
  peak: GpuReading | undefined
  readonly names: Map<number, string>
  /** The most power of each of its GPUs. */
  readonly mostWatts: Map<number, number>
}

/**
 * Measures what each generation uses while it runs. The power of a GPU is divided equally among the generations that
 * run on it at each moment; between two ticks it is taken for a straight line (the trapezoid rule), and for constant
 * from the start of the run to the first tick in it, and from the last one to the end. Times are monotonic
 * milliseconds of one clock; one that steps back counts as the latest before it. Memory is bounded by the number of
 * generations under way and of GPUs.
 */
export class ResourceMeter {
  readonly #maxGapMs: number
  readonly #maxGenerations: number
  readonly #runs = new Map<string, Run>()
  readonly #gpus = new Map<number, MeteredGpu>()
  readonly #waiting = new Set<Run>()
  /** The GPUs of the last tick that told of any. */
  #readings: readonly GpuReading[] = []

  constructor({ intervalMs, maxGenerations }: ResourceMeterOptions) {
    this.#maxGapMs = intervalMs * maxGapIntervals
    this.#maxGenerations = maxGenerations ?? defaultMaxGenerations
  }

  /**
   * A generation begins to run. Without `gpus` it runs on the only GPU of the node, if there is one and no provider
   * hosts it. One that runs already is left as it is.
   */
  begin(id: string, request: Pick<GenerationRequest, 'gpus' | 'provider'>, monotonicMs: number): void {
    if (this.#runs.has(id) || this.#runs.size >= this.#maxGenerations) return
    const run: Run = {
      beganMs: monotonicMs,
      gpus: undefined,
      shares: new Map(),
      peak: undefined,
      names: new Map(),
      mostWatts: new Map(),
    }
    this.#runs.set(id, run)
    if (request.gpus) this.#place(run, gpuIndices(request.gpus), monotonicMs)
    else if (request.provider === undefined) this.#waiting.add(run)
    this.#placeWaiting()
  }

  /** Product name of the GPUs that a generation runs on, if they are of one kind and known. */
  gpuTypeOf(id: string): string | undefined {
    const run = this.#runs.get(id)
    return run && gpuTypeOf(run)
  }

  /**
   * What the GPUs of a generation did at the last tick. `idle`: all of them hold memory as they did and do next to nothing;
   * `busy`: one of them works. Undefined where they do not say, or something in between.
   */
  activityOf(id: string): 'idle' | 'busy' | undefined {
    const run = this.#runs.get(id)
    const readings = this.#readings.filter(({ index }) => run?.shares.has(index))
    if (!run || readings.length === 0) return undefined
    const loads = readings.map((reading) => loadOf(reading, run.mostWatts.get(reading.index)))
    if (loads.some((load) => load !== undefined && load >= busyLoad)) return 'busy'
    const held = Math.max(...readings.map(({ memoryUsedBytes = 0 }) => memoryUsedBytes))
    const isHeld = held >= (run.peak?.memoryUsedBytes ?? Number.POSITIVE_INFINITY) / 2
    return isHeld && loads.every((load) => load !== undefined && load <= idleLoad) ? 'idle' : undefined
  }

  /** What the GPUs say at a tick. */
  observe(monotonicMs: number, readings: readonly GpuReading[]): void {
    if (readings.length > 0) this.#readings = readings
    this.#placeWaiting()
    for (const { index, powerWatts } of readings) {
      if (powerWatts === undefined || !(powerWatts >= 0 && powerWatts < Infinity)) continue
      this.#gpus.get(index)?.observe(powerWatts, monotonicMs)
    }
    const byIndex = new Map(readings.map((reading) => [reading.index, reading]))
    for (const run of this.#runs.values()) noteReadings(run, byIndex)
  }

  /**
   * A generation ended: what it used. Of one that does not run here (any more), the GPU time that its record says.
   *
   * @param record - as it ended; what its `resources` hold already stays where nothing better is known.
   * @param reported - what the engine itself measured: it stands before what the GPUs' samples say.
   * @returns undefined when nothing is known.
   */
  end(
    record: GenerationRecord,
    monotonicMs: number,
    reported?: Pick<GenerationResources, 'peakVramBytes' | 'energyJoules'>,
  ): GenerationResources | undefined {
    const run = this.#runs.get(record.id)
    this.#runs.delete(record.id)
    if (run) this.#waiting.delete(run)
    const gpus = run ? run.gpus : record.request.gpus && gpuIndices(record.request.gpus)
    const energyJoules = run && this.#endShares(run, monotonicMs)
    const before = record.resources
    const resources: GenerationResources = {
      gpuSeconds: (gpus && gpuSecondsOf(record, gpus.length)) ?? before?.gpuSeconds,
      peakVramBytes: reported?.peakVramBytes ?? run?.peak?.memoryUsedBytes ?? before?.peakVramBytes,
      // Of a lost generation nobody knows until when it drew.
      energyJoules:
        reported?.energyJoules ??
        (record.status === 'lost' ? undefined : energyJoules) ??
        before?.energyJoules,
      gpuType: (run && gpuTypeOf(run)) ?? before?.gpuType,
      gpuId: run?.peak?.id ?? before?.gpuId,
      gpuMemoryBytes: run?.peak?.memoryTotalBytes ?? before?.gpuMemoryBytes,
    }
    return Object.values(resources).some((value) => value !== undefined) ? resources : undefined
  }

  #placeWaiting(): void {
    const [only, ...others] = this.#readings
    if (this.#waiting.size === 0 || !only || others.length > 0) return
    for (const run of this.#waiting) this.#place(run, [only.index], run.beganMs)
    this.#waiting.clear()
  }

  #place(run: Run, gpus: readonly number[], monotonicMs: number): void {
    run.gpus = gpus
    for (const index of gpus) {
      const gpu = this.#gpus.get(index) ?? new MeteredGpu(this.#maxGapMs)
      this.#gpus.set(index, gpu)
      run.shares.set(index, gpu.join(monotonicMs))
    }
    for (const { index, name } of this.#readings)
      if (name !== undefined && run.shares.has(index)) run.names.set(index, name)
  }

  #endShares(run: Run, monotonicMs: number): number | undefined {
    let energyJoules = 0
    let coveredMs = 0
    for (const [index, share] of run.shares) {
      const gpu = this.#gpus.get(index)
      gpu?.leave(share, monotonicMs)
      if (gpu?.isIdle) this.#gpus.delete(index)
      energyJoules += share.energyJoules
      coveredMs += share.coveredMs
    }
    const wholeMs = (monotonicMs - run.beganMs) * run.shares.size
    return wholeMs > 0 && coveredMs >= wholeMs * minCoveredShare ? energyJoules : undefined
  }
}

const busyLoad = 0.5
const idleLoad = 0.1
/** Of its most power in the run, a GPU draws about this share when it has nothing to do but to hold memory. */
const idlePowerShare = 0.35

/** 0..1: by the kernels that run, or by the power that is drawn. */
function loadOf({ utilization, powerWatts }: GpuReading, mostWatts = 0): number | undefined {
  if (utilization !== undefined) return utilization
  if (powerWatts === undefined || mostWatts <= 0) return undefined
  return powerWatts <= idlePowerShare * mostWatts ? 0 : powerWatts / mostWatts
}

function noteReadings(run: Run, readings: ReadonlyMap<number, GpuReading>): void {
  for (const index of run.shares.keys()) {
    const reading = readings.get(index)
    if (reading?.name !== undefined) run.names.set(index, reading.name)
    const watts = reading?.powerWatts ?? 0
    if (watts > (run.mostWatts.get(index) ?? 0)) run.mostWatts.set(index, watts)
    const used = reading?.memoryUsedBytes ?? Number.NaN
    if (used >= 0 && used < Infinity && !(used < (run.peak?.memoryUsedBytes ?? 0))) run.peak = reading
  }
}

/** GPUs that a request may mean; what is none is left out. */
function gpuIndices(gpus: readonly number[]): readonly number[] {
  return [...new Set(gpus)].filter((index) => Number.isInteger(index) && index >= 0).slice(0, maxGpus)
}

/** Of a lost generation, until its last sign of life, by wall time: it used at least that. */
function gpuSecondsOf(record: GenerationRecord, gpuCount: number): number | undefined {
  if (gpuCount === 0) return undefined
  const { durationMs, status, startedAtMs, endedAtMs } = record
  const isKnownLost = status === 'lost' && startedAtMs !== undefined && endedAtMs !== undefined
  const runMs = durationMs ?? (isKnownLost ? Math.max(0, endedAtMs - startedAtMs) : undefined)
  return runMs === undefined ? undefined : (runMs / 1000) * gpuCount
}

/** One name, if all its GPUs are of one kind. */
function gpuTypeOf(run: Run): string | undefined {
  const names = new Set(run.names.values())
  return names.size === 1 && run.names.size === run.shares.size ? [...names][0] : undefined
}
