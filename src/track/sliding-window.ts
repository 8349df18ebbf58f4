import type { GenerationRecord } from '../model/generation.ts'

/** What is counted of a part of a window. */
interface PartTally<Self> {
  /** Adds an ended generation, or takes back one that was added. */
  add(record: GenerationRecord, sign: 1 | -1): void
  merge(other: Self): void
}

/**
 * Ended generations of a window that slides with wall time, in parts of equal length that are aligned to multiples of it since
 * the Unix epoch. The window is the current part and as many before it as make up its length, so it begins exactly where
 * a part does. Memory is bounded by the number of parts, not of generations.
 */
export class SlidingWindow<Tally extends PartTally<Tally>> {
  readonly #partMs: number
  readonly #partCount: number
  readonly #tallies = new Map<number, Tally>()
  readonly #newTally: () => Tally

  constructor(windowMs: number, partCount: number, newTally: () => Tally) {
    this.#partMs = windowMs / partCount
    this.#partCount = partCount
    this.#newTally = newTally
  }

  /** Adds an ended generation at its end, or takes it back; ignored when that is not in the window at `nowMs`. */
  add(record: GenerationRecord, endedAtMs: number, nowMs: number, sign: 1 | -1): void {
    const current = Math.floor(nowMs / this.#partMs)
    // What the wall clock calls the future is now: it must not lie in wait there.
    const part = Math.min(current, Math.floor(endedAtMs / this.#partMs))
    if (part <= current - this.#partCount) return
    let tally = this.#tallies.get(part)
    if (!tally) {
      this.#forget(current)
      tally = this.#newTally()
      this.#tallies.set(part, tally)
    }
    tally.add(record, sign)
  }

  /** Unix milliseconds of the beginning of the window at `nowMs`. */
  beginMs(nowMs: number): number {
    return (Math.floor(nowMs / this.#partMs) - this.#partCount + 1) * this.#partMs
  }

  /**
   * All of the window at `nowMs`, as one.
   *
   * @param total - an empty one, to be filled.
   */
  tally(nowMs: number, total: Tally = this.#newTally()): Tally {
    const current = Math.floor(nowMs / this.#partMs)
    for (const [part, tally] of this.#tallies)
      if (part > current - this.#partCount && part <= current) total.merge(tally)
    return total
  }

  /** After a step back of the wall clock, what was counted later than now is kept for as long as a window: it may be put right. */
  #forget(current: number): void {
    // Not before there are twice as many as are needed: one event with a wrong time must not empty the window.
    if (this.#tallies.size < 2 * this.#partCount) return
    for (const part of this.#tallies.keys())
      if (Math.abs(part - current) >= this.#partCount) this.#tallies.delete(part)
  }
}
