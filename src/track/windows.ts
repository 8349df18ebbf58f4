import type * as sketches from '@datadog/sketches-js'
import {
  type GenerationOutcome,
  type GenerationRecord,
  isEnded,
  noOutcomes,
  outcomeRates,
} from '../model/generation.ts'
import type { DurationSummary, PerformanceWindow } from '../model/status.ts'
import { lazyModule } from '../system/lazy-module.ts'

type DDSketch = sketches.DDSketch

const loadSketches = lazyModule<typeof sketches>('@datadog/sketches-js')

const bucketMs = 60_000
const keptBuckets = 24 * 60
const relativeAccuracy = 0.01

interface Bucket {
  readonly byOutcome: Record<GenerationOutcome, number>
  verified: number
  defective: number
  /** Milliseconds; only of succeeded generations. */
  readonly durations: DDSketch
  readonly quality: Map<string, { sum: number; count: number }>
}

/** The names of quality scores are the caller's: no more than this many are averaged. */
const maxQualityNames = 32

/**
 * Ended generations of the last 24 hours in buckets of one minute of wall time: counts, and a DDSketch of
 * durations (Masson, Rim, Lee: "DDSketch", PVLDB 12(12), 2019; within 1 % of the true value). Memory is bounded by
 * the number of minutes, not of generations. A window is a whole number of buckets, the current one included.
 */
export class PerformanceWindows {
  readonly #buckets = new Map<number, Bucket>()
  readonly #watchedSinceMs: number

  /** @param watchedSinceMs - Unix milliseconds since when ends have been seen; bounds throughput denominators. */
  constructor(watchedSinceMs: number) {
    this.#watchedSinceMs = watchedSinceMs
  }

  /** Adds an ended generation at its end; others, and those older than 24 hours at `nowMs`, are ignored. */
  add(record: GenerationRecord, nowMs: number): void {
    if (!isEnded(record.status) || record.endedAtMs === undefined) return
    const index = Math.floor(record.endedAtMs / bucketMs)
    const oldest = Math.floor(nowMs / bucketMs) - keptBuckets
    if (index <= oldest) return
    const bucket = this.#bucket(index, oldest)
    bucket.byOutcome[record.status] += 1
    if (record.status !== 'succeeded') return
    if (record.verification === 'verified') bucket.verified += 1
    if (record.verification === 'defective') bucket.defective += 1
    if (record.durationMs !== undefined) bucket.durations.accept(record.durationMs)
    addQuality(bucket, record.quality)
  }

  /** What ended in the last `windowSeconds`, rounded to whole minutes, up to 24 hours. */
  summarize(windowSeconds: number, nowMs: number): PerformanceWindow {
    const current = Math.floor(nowMs / bucketMs)
    const first = current - Math.max(1, Math.round(windowSeconds / 60)) + 1
    const total = newBucket()
    for (const [index, bucket] of this.#buckets) if (index >= first && index <= current) merge(total, bucket)
    const watchedSinceMs = Math.min(this.#watchedSinceMs, Math.min(...this.#buckets.keys()) * bucketMs)
    const coveredMs = nowMs - Math.max(first * bucketMs, watchedSinceMs)
    return {
      windowSeconds,
      byOutcome: total.byOutcome,
      verified: total.verified,
      defective: total.defective,
      ...outcomeRates(total),
      videosPerMinute: coveredMs <= 0 ? 0 : total.byOutcome.succeeded / (coveredMs / 60_000),
      duration: summarizeDurations(total.durations),
      qualityMeans: Object.fromEntries(
        [...total.quality].map(([name, { sum, count }]) => [name, sum / count]),
      ),
    }
  }

  #bucket(index: number, oldest: number): Bucket {
    const known = this.#buckets.get(index)
    if (known) return known
    for (const old of this.#buckets.keys()) if (old <= oldest) this.#buckets.delete(old)
    const bucket = newBucket()
    this.#buckets.set(index, bucket)
    return bucket
  }
}

function newSketch(): DDSketch {
  const { DDSketch } = loadSketches()
  return new DDSketch({ relativeAccuracy })
}

function newBucket(): Bucket {
  return {
    byOutcome: noOutcomes(),
    verified: 0,
    defective: 0,
    durations: newSketch(),
    quality: new Map(),
  }
}

function addQuality(bucket: Bucket, quality: GenerationRecord['quality']): void {
  for (const [name, score] of Object.entries(quality ?? {})) addScore(bucket, name, score, 1)
}

function addScore(bucket: Bucket, name: string, sum: number, count: number): void {
  const known = bucket.quality.get(name)
  if (!known && bucket.quality.size >= maxQualityNames) return
  bucket.quality.set(name, { sum: (known?.sum ?? 0) + sum, count: (known?.count ?? 0) + count })
}

function merge(total: Bucket, bucket: Bucket): void {
  for (const [outcome, count] of Object.entries(bucket.byOutcome)) {
    total.byOutcome[outcome as GenerationOutcome] += count
  }
  total.verified += bucket.verified
  total.defective += bucket.defective
  if (bucket.durations.count > 0) total.durations.merge(bucket.durations)
  for (const [name, { sum, count }] of bucket.quality) addScore(total, name, sum, count)
}

function summarizeDurations(sketch: DDSketch): DurationSummary {
  const { count } = sketch
  if (count === 0)
    return { count, meanMs: null, p50Ms: null, p90Ms: null, p95Ms: null, p99Ms: null, maxMs: null }
  const quantile = (q: number) => Math.min(sketch.max, Math.max(sketch.min, sketch.getValueAtQuantile(q)))
  return {
    count,
    meanMs: sketch.sum / count,
    p50Ms: quantile(0.5),
    p90Ms: quantile(0.9),
    p95Ms: quantile(0.95),
    p99Ms: quantile(0.99),
    maxMs: sketch.max,
  }
}
