/** How the next number of a column is guessed from those before it: what is written is how far off the guess is. */
import { unzigzag, zigzag } from './bytes.ts'

/**
 * - `constant`: the bias.
 * - `previous`: the number before, plus the bias. The first is guessed to be the bias.
 * - `line`: the line through the two before.
 */
const kinds = ['constant', 'previous', 'line'] as const
export const predictionCount = kinds.length

/** A choice: the place of the kind in the list, and its bias. */
export interface Prediction {
  readonly kind: number
  readonly bias: number
}

/** The kind that leaves the least sum of residuals. @param values - integers; differences must be exact. */
export function choosePrediction(values: Float64Array, count: number): Prediction {
  let sum = 0
  for (let index = 0; index < count; index++) sum += values[index] as number
  const mean = Math.round(sum / count)
  const trend =
    count < 2 ? 0 : Math.round(((values[count - 1] as number) - (values[0] as number)) / (count - 1))
  let fromZero = 0
  let fromMean = 0
  let fromPrevious = 0
  let fromTrend = 0
  let fromLine = 0
  let before = 0
  let step = 0
  for (let index = 0; index < count; index++) {
    const value = values[index] as number
    const nextStep = value - before
    fromZero += Math.abs(value)
    fromMean += Math.abs(value - mean)
    fromPrevious += Math.abs(nextStep)
    fromTrend += Math.abs(nextStep - trend)
    fromLine += Math.abs(nextStep - step)
    before = value
    step = nextStep
  }
  const choices: readonly (readonly [cost: number, kind: number, bias: number])[] = [
    [fromZero, 0, 0],
    [fromMean, 0, mean],
    [fromPrevious, 1, 0],
    [fromTrend, 1, trend],
    [fromLine, 2, 0],
  ]
  let best = choices[0] as (typeof choices)[number]
  for (const choice of choices) if (choice[0] < best[0]) best = choice
  return { kind: best[1], bias: best[2] }
}

/** Puts the zigzags of what the prediction leaves of `values` into `residuals`. */
export function toResiduals(
  values: Float64Array,
  residuals: Float64Array,
  count: number,
  { kind, bias }: Prediction,
): void {
  let before = 0
  let step = 0
  for (let index = 0; index < count; index++) {
    const value = values[index] as number
    residuals[index] = zigzag(value - guess(kind, bias, before, step))
    step = value - before
    before = value
  }
}

/** Turns zigzags of residuals into the values they were made of, in place. */
export function fromResiduals(values: Float64Array, count: number, { kind, bias }: Prediction): void {
  let before = 0
  let step = 0
  for (let index = 0; index < count; index++) {
    const value = guess(kind, bias, before, step) + unzigzag(values[index] as number)
    values[index] = value
    step = value - before
    before = value
  }
}

function guess(kind: number, bias: number, before: number, step: number): number {
  if (kind === 0) return bias
  return before + (kind === 1 ? bias : step)
}
