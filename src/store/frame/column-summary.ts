/** What a column says of itself without being decoded: of its values that are not NaN. */
export interface ColumnSummary {
  /** How many values the column has. */
  readonly count: number
  readonly min: number
  readonly max: number
  readonly sum: number
}

/** @returns of the values that are not NaN; NaN when all are. */
export function summarize(values: Float64Array, count: number): Omit<ColumnSummary, 'count'> {
  let min = Number.NaN
  let max = Number.NaN
  let sum = 0
  let isEmpty = true
  for (let index = 0; index < count; index++) {
    const value = values[index] as number
    if (Number.isNaN(value)) continue
    if (isEmpty || value < min) min = value
    if (isEmpty || value > max) max = value
    isEmpty = false
    sum += value
  }
  return { min, max, sum: isEmpty ? Number.NaN : sum }
}
