import type { Moments } from '../../model/moments.ts'
import { studentLimit, studentTail } from './distributions.ts'
import { sumOf, type TwoSamples, weighted, weightsOf } from './two-samples.ts'

/** The values of one stratum on each side. */
export type MeanStratum = readonly [before: Moments, after: Moments]

/**
 * Whether means differ, of values whose variances may. Of one stratum it is Welch's t test (Biometrika 34, 1947) with
 * Satterthwaite's degrees of freedom (Biometrics Bulletin 2, 1946); of several, the same on the weighted mean of their
 * differences, which is linear in the means as well.
 *
 * @returns undefined when no stratum has two values on each side.
 */
export function compareMeans(strata: readonly MeanStratum[]): TwoSamples | undefined {
  const usable = strata.filter(([before, after]) => before[0] >= 2 && after[0] >= 2)
  if (usable.length === 0) return undefined
  const weights = weightsOf(usable.map(([before, after]) => [before[0], after[0]] as const))
  const before = weighted(
    weights,
    usable.map(([[, mean]]) => mean),
  )
  const after = weighted(
    weights,
    usable.map(([, [, mean]]) => mean),
  )
  const terms = usable.flatMap((stratum, index) =>
    stratum.map(([count, , variance]) => ({
      freedom: count - 1,
      variance: ((weights[index] ?? 0) ** 2 * variance) / count,
    })),
  )
  const variance = sumOf(terms.map((term) => term.variance))
  const difference = after - before
  const error = Math.sqrt(variance)
  const freedom = variance ** 2 / sumOf(terms.map((term) => term.variance ** 2 / term.freedom))
  // Where all values are alike, no difference is chance.
  const isExact = !(freedom > 0)
  const halfWidth = isExact ? 0 : studentLimit(freedom) * error
  return {
    counts: countsOf(usable),
    before,
    after,
    difference,
    low: difference - halfWidth,
    high: difference + halfWidth,
    chance: isExact ? Number(difference === 0) : studentTail(difference / error, freedom),
    strength: difference === 0 ? 0 : Math.abs(difference) / error,
  }
}

/** The standard deviation of values within strata and sides, from the mean of their variances. */
export function pooledDeviation(strata: readonly MeanStratum[]): number {
  const sides = strata.flat()
  const freedom = sumOf(sides.map(([count]) => count - 1))
  const squares = sumOf(sides.map(([count, , variance]) => (count - 1) * variance))
  return freedom > 0 ? Math.sqrt(squares / freedom) : 0
}

function countsOf(strata: readonly MeanStratum[]): TwoSamples['counts'] {
  return [sumOf(strata.map(([before]) => before[0])), sumOf(strata.map(([, after]) => after[0]))]
}
