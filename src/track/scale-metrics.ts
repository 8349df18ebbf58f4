import { type GenerationRecord, isEnded } from '../model/generation.ts'
import { defectTypes } from '../model/quality.ts'
import {
  type Attributes,
  attributesKey,
  type Histogram,
  type MetricDescriptor,
  type Sample,
} from '../model/sample.ts'
import { contentSeconds, frameCount, resolutionClass, videoFacts, videoSpeed } from '../model/video-scale.ts'

/** Generations take seconds to an hour: buckets made for web requests end at ten seconds. */
const durationBounds = [1, 2, 5, 10, 20, 30, 60, 120, 180, 300, 600, 900, 1200, 1800, 3600]

interface HistogramDescriptor {
  readonly name: string
  readonly unit: string
  readonly description: string
  readonly bounds: readonly number[]
}

/** Distributions; each is stored as two counters, `.sum` and `.count`. */
const histograms = {
  duration: {
    name: 'video_generation.duration',
    unit: 's',
    description: 'Run time of ended generations, by `model`, `engine`, `resolution`, `outcome`.',
    bounds: durationBounds,
  },
  queue: {
    name: 'video_generation.queue.duration',
    unit: 's',
    description: 'Time between request and run, by `model`, `engine`.',
    bounds: durationBounds,
  },
  stage: {
    name: 'video_generation.stage.duration',
    unit: 's',
    description: 'Length of stages, by `model`, `stage`.',
    bounds: [0.1, 0.5, ...durationBounds],
  },
  step: {
    name: 'video_generation.step.duration',
    unit: 's',
    description: 'Mean time of a step, a generation each, by `model`, `resolution`.',
    bounds: [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100],
  },
  frameRate: {
    name: 'video_generation.frame.rate',
    unit: '{frame}/s',
    description: 'Frames made by second of run time, by `model`, `resolution`.',
    bounds: [0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100],
  },
  pixelRate: {
    name: 'video_generation.pixel.rate',
    unit: '{pixel}/s',
    description: 'Pixels made by second of run time, by `model`, `resolution`.',
    bounds: [1e4, 1e5, 2e5, 5e5, 1e6, 2e6, 5e6, 1e7, 2e7, 5e7, 1e8, 1e9],
  },
  realTimeFactor: {
    name: 'video_generation.realtime_factor',
    unit: '1',
    description: 'Run time by second of video, by `model`, `resolution`; below 1 is faster than real time.',
    bounds: [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000],
  },
  check: {
    name: 'video_generation.check.duration',
    unit: 's',
    description: 'Time that checks of outputs took, by `model`, `verdict`.',
    bounds: [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300],
  },
  outputSize: {
    name: 'video_generation.output.size',
    unit: 'By',
    description: 'Size of output files, by `model`, `resolution`.',
    bounds: [1e5, 2e5, 5e5, 1e6, 2e6, 5e6, 1e7, 2e7, 5e7, 1e8, 1e9],
  },
} as const satisfies Record<string, HistogramDescriptor>

const counters = {
  content: {
    name: 'video_generation.content.duration',
    kind: 'counter',
    unit: 's',
    description: 'Seconds of video that succeeded generations made, by `model`.',
  },
  frames: {
    name: 'video_generation.frames',
    kind: 'counter',
    unit: '{frame}',
    description: 'Frames that succeeded generations made, by `model`.',
  },
  defects: {
    name: 'video_generation.defects',
    kind: 'counter',
    unit: '{video}',
    description:
      'Outputs that were found to have a defect, by its `type`, by `model`; one with several counts for each.',
  },
} as const satisfies Record<string, MetricDescriptor>

export const scaleMetrics: readonly MetricDescriptor[] = [
  ...Object.values(histograms).flatMap(({ name, unit, description }) => [
    { name: `${name}.sum`, kind: 'counter', unit, description: `Sum. ${description}` } as const,
    {
      name: `${name}.count`,
      kind: 'counter',
      unit: '{video}',
      description: `Count. ${description}`,
    } as const,
  ]),
  ...Object.values(counters),
]

/** Models, engines and stages are the caller's to name: past this many series, a metric takes the rest as `other`. */
const maxSeries = 100

interface Bins {
  readonly attributes: Attributes
  readonly counts: number[]
  sum: number
  count: number
}

/** Ended generations as distributions and sums, since the service started. */
export class ScaleMetrics {
  readonly #bins = new Map<HistogramDescriptor, Map<string, Bins>>()
  readonly #sums = new Map<MetricDescriptor, Map<string, { attributes: Attributes; value: number }>>()

  /** Counts an ended generation. */
  add(record: GenerationRecord): void {
    if (!isEnded(record.status)) return
    const { request, durationMs, queueMs, status: outcome } = record
    const model = request.model || 'unknown'
    const engine = request.engine || 'unknown'
    const resolution = resolutionClass(videoFacts(record)) ?? 'unknown'
    this.#observe(histograms.duration, { model, engine, resolution, outcome }, seconds(durationMs))
    this.#observe(histograms.queue, { model, engine }, seconds(queueMs))
    for (const { name, durationMs: stageMs } of record.stages)
      this.#observe(histograms.stage, { model, stage: name }, seconds(stageMs))
    if (outcome !== 'succeeded') return
    const speed = videoSpeed(record)
    this.#observe(histograms.step, { model, resolution }, speed.secondsPerStep)
    this.#observe(histograms.frameRate, { model, resolution }, speed.framesPerSecond)
    this.#observe(histograms.pixelRate, { model, resolution }, speed.pixelsPerSecond)
    this.#observe(histograms.realTimeFactor, { model, resolution }, speed.realTimeFactor)
    this.#observe(histograms.outputSize, { model, resolution }, record.output?.sizeBytes)
    this.#sum(counters.content, { model }, contentSeconds(record))
    this.#sum(counters.frames, { model }, frameCount(record))
    this.#countDefects(record, model)
  }

  /** Counts the check of an output that was made after its generation was added. */
  addCheck(record: GenerationRecord): void {
    const { check } = record
    if (check === undefined || check.verdict === 'pending') return
    const model = record.request.model || 'unknown'
    const { verdict, costMs, profile } = check
    // What was not opened at all has no profile.
    if (profile !== undefined) this.#observe(histograms.check, { model, verdict }, seconds(costMs))
    this.#countDefects(record, model)
  }

  histograms(): readonly Histogram[] {
    return [...this.#bins].flatMap(([{ name, bounds }, series]) =>
      [...series.values()].map((bins) => ({ name, bounds, ...bins, counts: [...bins.counts] })),
    )
  }

  /** For one tick: of distributions, the sum and the count. */
  samples(): Sample[] {
    const samples: Sample[] = []
    for (const [{ name }, series] of this.#bins) {
      for (const { attributes, sum, count } of series.values()) {
        samples.push({ name: `${name}.sum`, attributes, value: sum })
        samples.push({ name: `${name}.count`, attributes, value: count })
      }
    }
    for (const [{ name }, series] of this.#sums)
      for (const { attributes, value } of series.values()) samples.push({ name, attributes, value })
    return samples
  }

  #countDefects({ verification, defects }: GenerationRecord, model: string): void {
    if (verification !== 'defective') return
    for (const type of new Set(defects)) this.#sum(counters.defects, { model, type }, 1)
  }

  #observe(histogram: HistogramDescriptor, attributes: Attributes, value: number | undefined): void {
    if (value === undefined || !(value >= 0)) return
    const bins = seriesOf(this.#bins, histogram, attributes, (bounded) => ({
      attributes: bounded,
      counts: Array.from({ length: histogram.bounds.length + 1 }, () => 0),
      sum: 0,
      count: 0,
    }))
    const bucket = histogram.bounds.findIndex((bound) => value <= bound)
    const index = bucket < 0 ? histogram.bounds.length : bucket
    bins.counts[index] = (bins.counts[index] ?? 0) + 1
    bins.sum += value
    bins.count += 1
  }

  #sum(counter: MetricDescriptor, attributes: Attributes, value: number | undefined): void {
    if (value === undefined || !(value >= 0)) return
    seriesOf(this.#sums, counter, attributes, (bounded) => ({ attributes: bounded, value: 0 })).value += value
  }
}

/** The series of a metric with these attributes; past the bound, the one that stands for all others. */
function seriesOf<Metric, Value>(
  metrics: Map<Metric, Map<string, Value>>,
  metric: Metric,
  attributes: Attributes,
  make: (attributes: Attributes) => Value,
): Value {
  const series = metrics.get(metric) ?? new Map<string, Value>()
  metrics.set(metric, series)
  const isKnown = series.size < maxSeries || series.has(attributesKey(attributes))
  const bounded = isKnown ? attributes : othersOf(attributes)
  const key = attributesKey(bounded)
  const value = series.get(key) ?? make(bounded)
  series.set(key, value)
  return value
}

/** What is from a closed set stays. */
function othersOf(attributes: Attributes): Attributes {
  const others = Object.keys(attributes).map((name) => [name, 'other'])
  const { outcome, verdict, type } = attributes
  const isKnownType = defectTypes.some((known) => known === type)
  return {
    ...Object.fromEntries(others),
    ...(outcome !== undefined && { outcome }),
    ...(verdict !== undefined && { verdict }),
    ...(isKnownType && { type }),
  } as Attributes
}

function seconds(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : ms / 1000
}
