import type { GenerationRecord } from '../../model/generation.ts'
import type { PerformanceGroups } from '../../model/performance-group.ts'
import { SlidingWindow } from '../sliding-window.ts'
import { GroupTallies } from './group-tallies.ts'

const windowMs = 3_600_000
const partCount = 60
/** Groups that a snapshot tells apart; the rest of its hour is told as one. */
const maxTold = 20
/** The names are the caller's: no more groups than this are told apart in a minute. */
const maxPerMinute = 32

/** Ended generations of the last hour by group, told to a minute. */
export class GroupWindow {
  readonly #window = new SlidingWindow(windowMs, partCount, () => new GroupTallies(maxPerMinute))

  /** Adds an ended generation at its end; others, and those older than an hour at `nowMs`, are not in it. */
  add(record: GenerationRecord, nowMs: number): void {
    if (record.endedAtMs !== undefined) this.#window.add(record, record.endedAtMs, nowMs, 1)
  }

  /** Takes back one that was added, as it was. */
  remove(record: GenerationRecord, nowMs: number): void {
    if (record.endedAtMs !== undefined) this.#window.add(record, record.endedAtMs, nowMs, -1)
  }

  summarize(nowMs: number): PerformanceGroups {
    const span = { fromMs: this.#window.beginMs(nowMs), toMs: nowMs }
    return this.#window.tally(nowMs, new GroupTallies(partCount * maxPerMinute)).summarize(span, maxTold)
  }
}
