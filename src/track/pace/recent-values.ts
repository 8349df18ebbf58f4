const kept = 50

/** The last values of something, as they are: quantiles follow what changes, and nothing is assumed of their form. */
export class RecentValues {
  readonly #values: number[] = []
  #next = 0

  add(value: number): void {
    if (!Number.isFinite(value) || value < 0) return
    this.#values[this.#next] = value
    this.#next = (this.#next + 1) % kept
  }

  get count(): number {
    return this.#values.length
  }

  /** The value of each rank in [0, 1] (nearest rank) of those for which `filter` is true; undefined where there is none. */
  quantiles(
    ranks: readonly number[],
    filter: (value: number) => boolean = () => true,
  ): readonly number[] | undefined {
    const sorted = this.#values.filter(filter).sort((a, b) => a - b)
    if (sorted.length === 0) return undefined
    return ranks.map((rank) => sorted[Math.round(rank * (sorted.length - 1))] as number)
  }
}
