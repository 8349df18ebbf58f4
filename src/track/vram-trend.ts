import type { GenerationRecord } from '../model/generation.ts'
import type { MetricDescriptor, Sample } from '../model/sample.ts'
import { type Growth, growthOf, maxGrowthValues } from './growth.ts'

/** The metrics of the trend. */
export const vramTrendMetrics: readonly MetricDescriptor[] = [
  {
    name: 'video_generation.vram.growth',
    kind: 'gauge',
    unit: 'By/{job}',
    description:
      'By how much the peak of device memory grows from one comparable generation to the next, by `model` and `hw.id`; absent when it does not.',
  },
  {
    name: 'video_generation.vram.jobs_to_oom',
    kind: 'gauge',
    unit: '{job}',
    description:
      'Comparable generations that still fit until device memory runs out, if its peak keeps growing so, by `model` and `hw.id`; absent when it does not grow.',
  },
]

/** The GPU a generation ran on, as far as it is known. */
interface GenerationGpu {
  /** As the attribute `hw.id`. */
  readonly id?: string
  /** Total device memory, bytes. */
  readonly memoryBytes?: number
}

/** Growth of peak device memory from run to run: what memory that is never freed looks like. */
export interface VramTrend {
  readonly node: string
  readonly model?: string
  readonly gpu: GenerationGpu
  readonly width?: number
  readonly height?: number
  /** Generations since the peak last fell back, at most 64. */
  readonly runs: number
  /** Unix milliseconds of the end of the last of them. */
  readonly atMs: number
  /** Bytes per generation, and how many more fit. */
  readonly growth: Growth
}

interface RunSeries {
  readonly workload: Workload
  /** Peaks in bytes, oldest first. */
  peaks: number[]
  gpu: GenerationGpu
  lastId: string
  atMs: number
  growth?: Growth
}

interface Workload {
  /** Node, GPU and model: what one worker serves, and restarts. */
  readonly worker: string
  readonly node: string
  readonly model?: string
  readonly width?: number
  readonly height?: number
  /** Whether size and length are known, so that all its runs are alike. */
  readonly isKnown: boolean
}

/** Of workloads, the ones without a run for longest are forgotten first. */
const maxWorkloads = 256
/** A worker that had nothing to do for so long may be another one by now. */
const staleMs = 24 * 3_600_000
/** A fall below this share of the rise is that of a worker that began anew. */
const restartShare = 0.5

/**
 * Watches the peak of device memory over the runs of each comparable workload: one node, GPU, model, resolution and class of
 * length. Memory is bounded: 256 workloads of 64 values.
 *
 * Only succeeded generations count: a failed one has not run to its peak. A workload whose size or length is not known may
 * be a mixture, and is judged from eight runs up. Once a trend is there, a peak that falls back by half of the rise means
 * that the worker began anew: the series of that node, GPU and model start again.
 */
export class VramTrends {
  readonly #series = new Map<string, RunSeries>()

  /**
   * Takes an ended generation, new or stored: records must come in the order of their ends, and those that do not, have no
   * peak or did not succeed are ignored.
   *
   * @returns the trend after it, if there is one.
   */
  add(record: GenerationRecord): VramTrend | undefined {
    const { peakVramBytes: peak, gpuId: id, gpuMemoryBytes: memoryBytes } = record.resources ?? {}
    const gpu = { id, memoryBytes }
    const atMs = record.endedAtMs
    if (record.status !== 'succeeded' || atMs === undefined) return undefined
    if (peak === undefined || !Number.isFinite(peak) || peak <= 0) return undefined
    const series = this.#seriesOf(record, gpu, atMs)
    if (atMs < series.atMs || series.lastId === record.id) return undefined
    if (isRestart(series, peak)) this.#startAnew(series.workload.worker)
    series.peaks = [...series.peaks, peak].slice(-maxGrowthValues)
    series.gpu = gpu
    series.lastId = record.id
    series.atMs = atMs
    series.growth = growthOf(series.peaks, gpu.memoryBytes, series.workload.isKnown)
    return trendOf(series)
  }

  /** The trends there are, the most urgent first. One without a run for 24 hours is none. */
  trends(nowMs: number): readonly VramTrend[] {
    return [...this.#series.values()]
      .filter(({ atMs }) => nowMs - atMs <= staleMs)
      .flatMap((series) => trendOf(series) ?? [])
      .sort((a, b) => runsLeft(a) - runsLeft(b) || b.growth.perRun - a.growth.perRun)
  }

  /** Of each model and GPU its most urgent trend. */
  samples(nowMs: number): readonly Sample[] {
    const seen = new Set<string>()
    return this.trends(nowMs).flatMap(({ model, gpu, growth }) => {
      const attributes = {
        ...(gpu.id !== undefined && { 'hw.id': gpu.id }),
        ...(model !== undefined && { model }),
      }
      const key = JSON.stringify(attributes)
      if (seen.has(key)) return []
      seen.add(key)
      const samples: Sample[] = [{ name: 'video_generation.vram.growth', attributes, value: growth.perRun }]
      const jobs = growth.runsLeft?.expected
      if (jobs !== undefined)
        samples.push({ name: 'video_generation.vram.jobs_to_oom', attributes, value: jobs })
      return samples
    })
  }

  #seriesOf(record: GenerationRecord, gpu: GenerationGpu, atMs: number): RunSeries {
    const { key, workload } = workloadOf(record, gpu)
    const known = this.#series.get(key)
    if (known) this.#series.delete(key)
    const series = known ?? { workload, peaks: [], gpu, lastId: '', atMs }
    this.#series.set(key, series)
    const [oldest] = this.#series.keys()
    if (this.#series.size > maxWorkloads && oldest !== undefined) this.#series.delete(oldest)
    return series
  }

  #startAnew(worker: string): void {
    for (const series of this.#series.values()) {
      if (series.workload.worker !== worker) continue
      series.peaks = []
      series.growth = undefined
    }
  }
}

function trendOf({ workload, peaks, gpu, atMs, growth }: RunSeries): VramTrend | undefined {
  if (!growth) return undefined
  const { node, model, width, height } = workload
  return { node, model, gpu, width, height, runs: peaks.length, atMs, growth }
}

function runsLeft({ growth }: VramTrend): number {
  return growth.runsLeft?.expected ?? Number.POSITIVE_INFINITY
}

function isRestart({ peaks, growth }: RunSeries, peak: number): boolean {
  if (!growth) return false
  const first = peaks[0] ?? peak
  return peak < first + restartShare * (Math.max(...peaks) - first)
}

function workloadOf(record: GenerationRecord, gpu: GenerationGpu): { key: string; workload: Workload } {
  const { request, output, node, resources } = record
  const { model } = request
  const width = request.width ?? output?.width
  const height = request.height ?? output?.height
  const length = lengthClass(record)
  const worker = JSON.stringify([
    node,
    gpu.id ?? resources?.gpuType ?? null,
    request.gpus ?? null,
    model ?? null,
  ])
  const isKnown = width !== undefined && height !== undefined && length !== undefined
  const key = JSON.stringify([worker, width ?? null, height ?? null, length ?? null])
  return { key, workload: { worker, node, model, width, height, isKnown } }
}

const classesPerDoubling = 4

/** The number of frames to within a fifth: lengths that differ less are one workload. */
function lengthClass({ request, output }: GenerationRecord): number | undefined {
  const fps = request.fps ?? output?.fps
  const seconds = request.durationSeconds ?? output?.durationSeconds
  const product = fps !== undefined && seconds !== undefined ? fps * seconds : undefined
  const frames = request.frames ?? output?.frames ?? product
  return frames !== undefined && frames > 0 ? Math.round(Math.log2(frames) * classesPerDoubling) : undefined
}
