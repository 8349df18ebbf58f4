/** What a test of two sides told. Several strata are told apart: only like is compared with like. */
export interface TwoSamples {
  /** Generations that were compared, on each side. */
  readonly counts: readonly [before: number, after: number]
  /** The mean or share of each side, the strata weighted alike on both. */
  readonly before: number
  readonly after: number
  /** `after` - `before`, with a 95 % interval. */
  readonly difference: number
  readonly low: number
  readonly high: number
  /** How often chance alone makes a difference as great as this; two-sided. */
  readonly chance: number
  /** How many standard deviations the difference is from none. */
  readonly strength: number
}

/** Strata count by how much they can tell: n·m/(n + m) of n and m values, the weights of Mantel and Haenszel. */
export function weightsOf(counts: readonly (readonly [before: number, after: number])[]): readonly number[] {
  const weights = counts.map(([before, after]) => (before * after) / (before + after))
  const total = sumOf(weights)
  return weights.map((weight) => weight / total)
}

/** The sum of the products of two rows. */
export function weighted(weights: readonly number[], values: readonly number[]): number {
  return weights.reduce((sum, weight, index) => sum + weight * (values[index] ?? 0), 0)
}

export function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0)
}
