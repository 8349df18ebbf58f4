import { maxFrameTicks } from '../../frame/frame-head.ts'
import { ColumnSource } from './column-source.ts'
import { FrameDraft } from './frame-draft.ts'
import type { FrameTable } from './frame-table.ts'
import type { OpenTick } from './open-tick.ts'
import type { OpenTicks } from './open-ticks.ts'
import type { SeriesTable } from './series-table.ts'

/** A frame is begun when a node has so many open ticks. */
export const defaultFrameTicks = 360
/** A frame is begun earlier when the open ticks of a node hold so many values: they are kept in memory, 4 MiB. */
const maxOpenValues = 512 * 1024
/** Fewer ticks are not worth a frame of their own when the store is closed: they stay open for the next writer. */
const leastTicksAtClose = 64

/** A frame that spans a longer silence would overlap all that is written into it later. */
const maxSilenceMs = 36 * 3600_000

/** Some columns are encoded with each tick, so that a frame is done in a quarter of the time the next one takes. */
const sharePerTick = 4

interface Job {
  readonly ticks: readonly OpenTick[]
  readonly columns: ColumnSource
  readonly draft: FrameDraft
  next: number
}

/** Makes frames of open ticks, a little with every tick, so that no tick takes long. Runs in the caller's transaction. */
export class Sealer {
  readonly #openTicks: OpenTicks
  readonly #frames: FrameTable
  readonly #series: SeriesTable
  readonly #frameTicks: number
  readonly #jobs = new Map<string, Job>()
  /** More after each rollback that undid a frame: one must be done between two of them. */
  #share = sharePerTick

  constructor(openTicks: OpenTicks, frames: FrameTable, series: SeriesTable, frameTicks = defaultFrameTicks) {
    this.#openTicks = openTicks
    this.#frames = frames
    this.#series = series
    this.#frameTicks = frameTicks
  }

  /** Does a tick's share of the work for a node. */
  advance(node: string): void {
    const job = this.#jobs.get(node) ?? this.#beginWhenFull(node)
    if (job) this.#work(node, job, Math.ceil((job.columns.seriesIds.length * this.#share) / this.#frameTicks))
  }

  /** Finishes what is begun, and makes frames of what is worth one. */
  finishAll(): void {
    for (const [node, job] of [...this.#jobs]) this.#work(node, job, Number.POSITIVE_INFINITY)
    for (const node of this.#openTicks.nodes()) {
      const ticks = this.#openTicks.ofNode(node).filter((tick) => !this.#openTicks.isDeleted(tick))
      if (ticks.length >= Math.min(leastTicksAtClose, this.#frameTicks))
        this.#work(node, this.#begin(node, ticks), Number.POSITIVE_INFINITY)
    }
  }

  /** What was begun may not be in the store: it is begun again. */
  rolledBack(): void {
    if (this.#jobs.size > 0) this.#share = Math.min(this.#share * 2, this.#frameTicks)
    this.#jobs.clear()
  }

  /** Gives up what was begun: open ticks that are deleted must not come back in a frame. */
  abandon(): void {
    for (const { draft } of this.#jobs.values()) draft.abandon()
    this.#jobs.clear()
  }

  #beginWhenFull(node: string): Job | undefined {
    const ticks = this.#openTicks.ofNode(node)
    const values = ticks.length * (ticks[0]?.values.length ?? 0)
    const isFull = ticks.length >= this.#frameTicks || (values >= maxOpenValues && ticks.length > 1)
    return isFull ? this.#begin(node, ticks) : undefined
  }

  #begin(node: string, open: readonly OpenTick[]): Job {
    const ticks = ofOneTime(open)
    const columns = new ColumnSource(ticks)
    const job = { ticks, columns, draft: new FrameDraft(this.#frames, 'raw', node, columns.times), next: 0 }
    this.#jobs.set(node, job)
    return job
  }

  #work(node: string, job: Job, seriesCount: number): void {
    const { columns, draft, ticks } = job
    const end = Math.min(columns.seriesIds.length, job.next + seriesCount)
    for (; job.next < end; job.next++) {
      const id = columns.seriesIds[job.next] as number
      const { values, count, present } = columns.column(id)
      draft.beginSeries(id)
      draft.addColumn(values, count, present)
    }
    if (job.next < columns.seriesIds.length) return
    draft.finish()
    this.#series.extend(draft.seriesIds, draft.lastMs)
    this.#openTicks.delete(ticks)
    this.#jobs.delete(node)
    this.#share = sharePerTick
  }
}

/** The ticks before the first long silence; those behind it stay open. */
function ofOneTime(open: readonly OpenTick[]): readonly OpenTick[] {
  const times = Float64Array.from(open, ({ timestampMs }) => timestampMs).sort()
  const end = times.find((timeMs, index) => index > 0 && timeMs - (times[index - 1] as number) > maxSilenceMs)
  const ticks = end === undefined ? open : open.filter(({ timestampMs }) => timestampMs < end)
  return ticks.slice(0, maxFrameTicks)
}
