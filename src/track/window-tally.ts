import {
  type GenerationOutcome,
  type GenerationRecord,
  isEnded,
  isPendingCheck,
  noOutcomes,
  outcomeRates,
} from '../model/generation.ts'
import { maxSketched, Sketch } from '../model/sketch.ts'
import type { DurationSummary, PerformanceWindow } from '../model/status.ts'
import { contentSeconds } from '../model/video-scale.ts'

/** The names of quality scores may be the caller's: no more than this many are averaged. */
const maxQualityNames = 32

/** A distribution of durations that can be taken back: lengths are summed in whole microseconds. */
class Durations {
  readonly sketch = new Sketch()
  count = 0
  totalUs = 0

  add(durationMs: number | undefined, sign: 1 | -1): void {
    if (durationMs === undefined || !(durationMs >= 0 && durationMs <= maxSketched)) return
    this.count += sign
    this.totalUs += sign * Math.round(durationMs * 1000)
    this.sketch.add(durationMs, sign)
  }

  merge(other: Durations): void {
    if (other.count === 0) return
    this.count += other.count
    this.totalUs += other.totalUs
    this.sketch.merge(other.sketch)
  }

  summarize(): DurationSummary {
    const [p50Ms = null, p90Ms = null, p95Ms = null, p99Ms = null, maxMs = null] = this.sketch.quantiles([
      0.5, 0.9, 0.95, 0.99, 1,
    ])
    const meanMs = this.count === 0 ? null : this.totalUs / this.count / 1000
    return { count: this.count, meanMs, p50Ms, p90Ms, p95Ms, p99Ms, maxMs }
  }
}

/** What ended in one span of time: counts, durations, scores. */
export class WindowTally {
  readonly #byOutcome: Record<GenerationOutcome, number> = noOutcomes()
  readonly #durations = new Durations()
  readonly #queues = new Durations()
  readonly #quality = new Map<string, { sum: number; count: number }>()
  #verified = 0
  #defective = 0
  #pending = 0
  #contentSeconds = 0

  /** Adds an ended generation, or takes back one that was added. */
  add(record: GenerationRecord, sign: 1 | -1 = 1): void {
    if (!isEnded(record.status)) return
    this.#byOutcome[record.status] += sign
    this.#queues.add(record.queueMs, sign)
    if (record.status !== 'succeeded') return
    if (record.verification === 'verified') this.#verified += sign
    if (record.verification === 'defective') this.#defective += sign
    if (isPendingCheck(record)) this.#pending += sign
    this.#durations.add(record.durationMs, sign)
    this.#contentSeconds += sign * (contentSeconds(record) ?? 0)
    for (const [name, score] of Object.entries(record.quality ?? {})) this.#addScore(name, sign * score, sign)
  }

  merge(other: WindowTally): void {
    for (const [outcome, count] of Object.entries(other.#byOutcome))
      this.#byOutcome[outcome as GenerationOutcome] += count
    this.#verified += other.#verified
    this.#defective += other.#defective
    this.#pending += other.#pending
    this.#contentSeconds += other.#contentSeconds
    this.#durations.merge(other.#durations)
    this.#queues.merge(other.#queues)
    for (const [name, { sum, count }] of other.#quality) this.#addScore(name, sum, count)
  }

  /** @param coveredMs - how much of the window was watched. */
  summarize(windowSeconds: number, coveredMs: number): PerformanceWindow {
    const perMinute = (amount: number) => (coveredMs <= 0 ? 0 : amount / (coveredMs / 60_000))
    return {
      windowSeconds,
      byOutcome: { ...this.#byOutcome },
      verified: this.#verified,
      defective: this.#defective,
      pending: this.#pending,
      ...outcomeRates({ byOutcome: this.#byOutcome, verified: this.#verified, pending: this.#pending }),
      videosPerMinute: perMinute(this.#byOutcome.succeeded),
      contentSecondsPerMinute: perMinute(this.#contentSeconds),
      duration: this.#durations.summarize(),
      queue: this.#queues.summarize(),
      qualityMeans: Object.fromEntries(
        [...this.#quality]
          .filter(([, { count }]) => count > 0)
          .map(([name, { sum, count }]) => [name, sum / count]),
      ),
    }
  }

  #addScore(name: string, sum: number, count: number): void {
    const known = this.#quality.get(name)
    if (!known && this.#quality.size >= maxQualityNames) return
    this.#quality.set(name, { sum: (known?.sum ?? 0) + sum, count: (known?.count ?? 0) + count })
  }
}
