import { isFramewatchError } from '../../../model/errors.ts'
import { stepStart } from '../../step-start.ts'
import type { RetentionPolicy } from '../../store.ts'
import type { Database } from '../database.ts'
import { FrameDraft } from './frame-draft.ts'
import { PointReader } from './point-reader.ts'
import type { SampleTables } from './sample-queries.ts'
import type { StoredSeries } from './series-table.ts'
import { keepsSketch, StepSummarizer, type SummaryTier, summaryTiers, tierSteps } from './tier-columns.ts'

/** Raw samples are summarised when they are a day old, or as old as they may get if that is less. */
const summaryAgeMs = 24 * 3600_000
/** A call reads about so many points, which takes some milliseconds. */
const pointsPerCall = 8_000
const seriesPerCall = 40

interface Job {
  readonly tier: SummaryTier
  readonly startMs: number
  readonly draft: FrameDraft
  readonly series: readonly StoredSeries[]
  next: number
}

/** The tiers that a policy keeps longer than raw samples. */
function wantedTiers(policy: RetentionPolicy): readonly SummaryTier[] {
  const keptMs = { '1m': policy.samples1mMs, '10m': policy.samples10mMs }
  return summaryTiers.filter((tier) => keptMs[tier] > policy.samplesMs)
}

/**
 * Makes the summaries of aged samples, span by span, a few series with every call. A tick that comes late takes the
 * summary of its span with it, and the span is summarised again. Runs in the caller's transaction, only in the writer.
 */
export class Summariser {
  readonly #database: Database
  readonly #tables: SampleTables
  readonly #jobs = new Map<SummaryTier, Job>()
  /** Ticks from here on touch no summary; absent when it must be looked up. */
  #untouchedFromMs: number | undefined

  constructor(database: Database, tables: SampleTables) {
    this.#database = database
    this.#tables = tables
  }

  /** Does a little, for one tier. @returns true when there is more to do. */
  advance(policy: RetentionPolicy, nowMs: number): boolean {
    const readyMs = nowMs - Math.min(summaryAgeMs, policy.samplesMs)
    for (const tier of wantedTiers(policy)) {
      const job = this.#jobs.get(tier) ?? this.#begin(tier, readyMs)
      if (!job) continue
      this.#work(job)
      return true
    }
    return false
  }

  /** Raw samples before this are in every summary that is wanted, Unix milliseconds. */
  summarisedMs(policy: RetentionPolicy): number {
    return Math.min(
      Number.POSITIVE_INFINITY,
      ...wantedTiers(policy).flatMap((tier) => [
        this.#staleSpan(tier) ?? Number.POSITIVE_INFINITY,
        this.#doneMs(tier) ?? Number.NEGATIVE_INFINITY,
      ]),
    )
  }

  /** Must be told of every tick that is written. */
  noteTick(timestampMs: number): void {
    this.#untouchedFromMs ??= Math.max(...summaryTiers.map((tier) => this.#touchedMs(tier)))
    if (timestampMs >= this.#untouchedFromMs) return
    for (const tier of summaryTiers) if (timestampMs < this.#touchedMs(tier)) this.#renew(tier, timestampMs)
  }

  rolledBack(): void {
    this.#jobs.clear()
    this.#untouchedFromMs = undefined
  }

  #touchedMs(tier: SummaryTier): number {
    const job = this.#jobs.get(tier)
    const jobEndMs = job ? job.startMs + tierSteps[tier].spanMs : Number.NEGATIVE_INFINITY
    return Math.max(this.#doneMs(tier) ?? Number.NEGATIVE_INFINITY, jobEndMs)
  }

  #doneMs(tier: SummaryTier): number | undefined {
    return this.#tables.state.get(`samples.summarised.${tier}`)
  }

  /** Its raw samples may be gone in part: then the summary stays as it is, and lacks the late tick. */
  #renew(tier: SummaryTier, timestampMs: number): void {
    const { frames, state } = this.#tables
    const { spanMs } = tierSteps[tier]
    const startMs = stepStart(timestampMs, spanMs)
    const job = this.#jobs.get(tier)
    if (job?.startMs === startMs) {
      job.draft.abandon()
      this.#jobs.delete(tier)
      return
    }
    if (startMs <= (state.get('samples.deleted') ?? Number.NEGATIVE_INFINITY)) return
    for (const { id } of frames.overlapping(tier, startMs, startMs + spanMs - 1)) frames.delete(id)
    const sql = 'INSERT OR IGNORE INTO stale_spans VALUES (:tier, :startMs)'
    this.#database.run(sql, { tier, startMs })
  }

  #begin(tier: SummaryTier, readyMs: number): Job | undefined {
    const startMs = this.#staleSpan(tier) ?? this.#nextSpan(tier, readyMs)
    if (startMs === undefined) return undefined
    const { stepMs, spanMs } = tierSteps[tier]
    const times = Float64Array.from({ length: spanMs / stepMs }, (_, step) => startMs + step * stepMs)
    const draft = new FrameDraft(this.#tables.frames, tier, '', times)
    const series = this.#tables.series.list().sort((a, b) => a.id - b.id)
    const job = { tier, startMs, draft, series, next: 0 }
    this.#jobs.set(tier, job)
    this.#untouchedFromMs = undefined
    return job
  }

  #staleSpan(tier: SummaryTier): number | undefined {
    const sql = 'SELECT start_ms AS startMs FROM stale_spans WHERE tier = :tier ORDER BY start_ms LIMIT 1'
    return this.#database.get<{ startMs: number }>(sql, { tier })?.startMs
  }

  /** The first span after the last one that has samples, when all of it is old enough. */
  #nextSpan(tier: SummaryTier, readyMs: number): number | undefined {
    const { spanMs } = tierSteps[tier]
    const doneMs = this.#doneMs(tier)
    const firstMs = this.#firstRawMs(doneMs ?? Number.NEGATIVE_INFINITY)
    if (firstMs === undefined) return undefined
    const startMs = Math.max(doneMs ?? Number.NEGATIVE_INFINITY, stepStart(firstMs, spanMs))
    if (startMs + spanMs > readyMs) return undefined
    return startMs
  }

  #firstRawMs(fromMs: number): number | undefined {
    const { frames, openTicks } = this.#tables
    const candidates = openTicks.all().map(({ timestampMs }) => timestampMs)
    for (const info of frames.overlapping('raw', fromMs, Number.MAX_SAFE_INTEGER)) {
      // A frame that began before may have a long silence in it.
      const timesMs =
        info.firstMs < fromMs ? (unlessDamaged(() => frames.head(info).times) ?? []) : [info.firstMs]
      const firstMs = timesMs.find((timeMs) => timeMs >= fromMs)
      if (firstMs !== undefined) candidates.push(firstMs)
    }
    const later = candidates.filter((timestampMs) => timestampMs >= fromMs)
    return later.length === 0 ? undefined : later.reduce((least, timestampMs) => Math.min(least, timestampMs))
  }

  #work(job: Job): void {
    const { tier, startMs, draft, series } = job
    const { stepMs, spanMs } = tierSteps[tier]
    const reader = new PointReader(this.#tables.frames, this.#tables.openTicks.sources())
    const end = Math.min(series.length, job.next + seriesPerCall)
    for (let points = 0; job.next < end && points < pointsPerCall; job.next++) {
      const { id, name } = series[job.next] as StoredSeries
      const summaries = new StepSummarizer(tier, keepsSketch(name))
      const read = () => {
        reader.readPoints(id, startMs, startMs + spanMs - 1, summaries)
        return true
      }
      if (!unlessDamaged(read)) continue
      points += summaries.pointCount
      if (summaries.pointCount === 0) continue
      draft.beginSeries(id)
      summaries.writeTo(draft, startMs, spanMs / stepMs)
    }
    if (job.next === series.length) this.#finish(job)
  }

  #finish({ tier, startMs, draft }: Job): void {
    if (draft.seriesIds.length === 0) draft.abandon()
    else {
      draft.finish()
      this.#tables.series.extend(draft.seriesIds, draft.lastMs)
    }
    this.#jobs.delete(tier)
    const endMs = startMs + tierSteps[tier].spanMs
    const sql = 'DELETE FROM stale_spans WHERE tier = :tier AND start_ms = :startMs'
    this.#database.run(sql, { tier, startMs })
    if (endMs > (this.#doneMs(tier) ?? Number.NEGATIVE_INFINITY))
      this.#tables.state.set(`samples.summarised.${tier}`, endMs)
    this.#untouchedFromMs = undefined
  }
}

/** What cannot be read has no summary, and must not keep the rest from having one. */
function unlessDamaged<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (isFramewatchError(error, 'STORE_DAMAGED')) return undefined
    throw error
  }
}
