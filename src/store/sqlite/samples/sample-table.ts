/**
 * The samples of a store: ticks flow in and become frames, frames age and become summaries, and expire. What is asked
 * is answered by `SampleQueries`. Methods run inside a transaction of the caller, who says how it ended.
 */
import type { Tick } from '../../../model/sample.ts'
import { type RetentionPolicy, type Tier, tiers } from '../../store.ts'
import type { Database } from '../database.ts'
import { type FrameInfo, FrameTable } from './frame-table.ts'
import { OpenTicks } from './open-ticks.ts'
import { SampleQueries, type SampleTables } from './sample-queries.ts'
import { SampleState } from './sample-state.ts'
import { Sealer } from './sealer.ts'
import { SeriesTable } from './series-table.ts'
import { Summariser } from './summariser.ts'
import { summaryTiers, tierSteps } from './tier-columns.ts'

export interface SampleOptions {
  /** Ticks of a frame. From 1 up. @default 360 */
  readonly frameTicks?: number
}

export class SampleTable {
  readonly queries: SampleQueries
  readonly #tables: SampleTables
  readonly #sealer: Sealer
  readonly #summariser: Summariser
  #isInterrupted = false

  constructor(database: Database, options: SampleOptions = {}) {
    const series = new SeriesTable(database)
    const openTicks = new OpenTicks(database, series)
    const frames = new FrameTable(database)
    this.#tables = { series, openTicks, frames, state: new SampleState(database) }
    this.queries = new SampleQueries(this.#tables)
    this.#sealer = new Sealer(openTicks, frames, series, options.frameTicks)
    this.#summariser = new Summariser(database, this.#tables)
  }

  /** Takes up what the last writer left. Comes before any other writing. */
  beginWriting(): void {
    this.#tables.frames.deleteUnfinished()
    this.#tables.openTicks.keepInMemory()
    this.#tables.frames.keepInMemory()
    this.#tables.series.keepInMemory()
  }

  insertTick(tick: Tick): void {
    this.#cleanUp()
    this.#tables.openTicks.insert(tick)
    this.#summariser.noteTick(tick.timestampMs)
    this.#sealer.advance(tick.node ?? '')
  }

  /** Makes frames of what is worth one; comes last. */
  finishWriting(): void {
    this.#cleanUp()
    this.#sealer.finishAll()
  }

  /**
   * Summarises what has aged, and deletes what has expired: of each kind one frame a call at most.
   *
   * @returns true when there may be more to do.
   */
  maintain(policy: RetentionPolicy, nowMs: number): boolean {
    this.#cleanUp()
    const { state } = this.#tables
    const retentionMs = { raw: policy.samplesMs, '1m': policy.samples1mMs, '10m': policy.samples10mMs }
    state.set('samples.horizon.raw', nowMs - retentionMs.raw)
    for (const tier of summaryTiers) state.set(`samples.horizon.${tier}`, nowMs - retentionMs[tier])
    const isSummarising = this.#summariser.advance(policy, nowMs)
    const expiredMs = Math.min(nowMs - retentionMs.raw, this.#summariser.summarisedMs(policy))
    const deleted = [
      this.#deleteOpenTicks(expiredMs),
      this.#deleteFrame('raw', expiredMs),
      ...summaryTiers.map((tier) =>
        this.#deleteFrame(tier, nowMs - retentionMs[tier] - tierSteps[tier].stepMs),
      ),
    ]
    if (deleted.includes(true)) this.#forgetSeries()
    return isSummarising || deleted.includes(true)
  }

  /** Deletes the frame that ends first, of any tier, whatever its age. */
  deleteOldest(): void {
    const oldest = this.#oldest()
    if (!oldest) return
    this.#deleteFrame(oldest.tier, oldest.lastMs + 1)
    this.#forgetSeries()
  }

  /** The end of the frame that ends first, Unix milliseconds; undefined when there is none. */
  oldestMs(): number | undefined {
    return this.#oldest()?.lastMs
  }

  committed(): void {
    this.#tables.openTicks.committed()
  }

  rolledBack(): void {
    this.#tables.series.forget()
    this.#tables.frames.forget()
    this.#tables.openTicks.rolledBack()
    this.#sealer.rolledBack()
    this.#summariser.rolledBack()
    this.#isInterrupted = true
  }

  /** Frames that were begun before a rollback are begun again. */
  #cleanUp(): void {
    if (!this.#isInterrupted) return
    this.#tables.frames.deleteUnfinished()
    this.#isInterrupted = false
  }

  #oldest(): FrameInfo | undefined {
    const oldest = tiers.flatMap((tier) => this.#tables.frames.oldest(tier) ?? [])
    return oldest.sort((a, b) => a.lastMs - b.lastMs)[0]
  }

  #deleteOpenTicks(beforeMs: number): boolean {
    const { openTicks } = this.#tables
    const expired = openTicks.all().filter(({ timestampMs }) => timestampMs < beforeMs)
    if (expired.length === 0) return false
    this.#sealer.abandon()
    openTicks.delete(expired)
    this.#noteDeleted(expired.reduce((last, { timestampMs }) => Math.max(last, timestampMs), -Infinity))
    return true
  }

  #deleteFrame(tier: Tier, beforeMs: number): boolean {
    const { frames } = this.#tables
    const oldest = frames.oldest(tier)
    if (!oldest || oldest.lastMs >= beforeMs) return false
    frames.delete(oldest.id)
    if (tier === 'raw') this.#noteDeleted(oldest.lastMs)
    return true
  }

  #noteDeleted(lastMs: number): void {
    const { state } = this.#tables
    const deletedMs = state.get('samples.deleted') ?? Number.MIN_SAFE_INTEGER
    state.set('samples.deleted', Math.max(deletedMs, lastMs))
  }

  /** Series that no frame and no open tick holds. */
  #forgetSeries(): void {
    const { openTicks, series } = this.#tables
    const left = openTicks.all().filter((tick) => !openTicks.isDeleted(tick))
    const layouts = new Set(left.map(({ layout }) => layout))
    const inUse = new Set([...layouts].flatMap(({ seriesIds }) => [...seriesIds]))
    series.deleteBefore(this.oldestMs() ?? Number.MAX_SAFE_INTEGER, inUse)
    openTicks.forget()
  }
}
