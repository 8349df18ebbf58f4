const memoryMs = 3_600_000

/** Which series are kept: no more than so many in an hour, however often their labels change. */
export class SeriesBudget {
  readonly #max: number
  /** Monotonic milliseconds at which each was last there, the longest gone first. */
  readonly #seen = new Map<string, number>()

  constructor(max: number) {
    this.#max = max
  }

  admits(key: string, monotonicMs: number): boolean {
    if (!this.#seen.delete(key)) {
      for (const [old, seenMs] of this.#seen) {
        if (monotonicMs - seenMs < memoryMs) break
        this.#seen.delete(old)
      }
      if (this.#seen.size >= this.#max) return false
    }
    this.#seen.set(key, monotonicMs)
    return true
  }
}
