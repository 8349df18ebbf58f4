import { logGamma, normalLimit, normalTail } from './distributions.ts'
import { sumOf, type TwoSamples, weighted, weightsOf } from './two-samples.ts'

/** How many there were, and how many of them hit. */
export interface Share {
  readonly hits: number
  readonly count: number
}

/** The shares of one stratum on each side. */
export type ShareStratum = readonly [before: Share, after: Share]

export interface SharesCompared extends TwoSamples {
  /** The least `chance` that so many hits in all could have come to: with few of them nothing is beyond chance. */
  readonly leastChance: number
}

/** Up to so many hits, or misses, their distribution is computed in full. */
const maxExact = 200
/** Probabilities that differ by less are alike: the sums of their logarithms are rounded. */
const alike = 1 + 1e-7

/**
 * Whether shares differ. While hits or misses are few, exactly: the distribution of the hits of one side when those of
 * both are given, which is Fisher's test for one stratum (two-sided by the sum of the outcomes that are no more likely);
 * of several strata, their distributions are convolved (Gart, "Point and interval estimation of the common odds ratio",
 * Biometrika 57, 1970). Else by the score test of Mantel and Haenszel (J. Natl. Cancer Inst. 22, 1959, without
 * correction for continuity).
 *
 * The interval of the difference is Newcombe's from Wilson's intervals (Statistics in Medicine 17, 1998, method 10); of
 * several strata, their distances to the limits are combined by the method of Zou and Donner (Statistics in Medicine 27,
 * 2008).
 *
 * @returns undefined when no stratum has anything on both sides.
 */
export function compareShares(strata: readonly ShareStratum[]): SharesCompared | undefined {
  const usable = strata.filter(([before, after]) => before.count > 0 && after.count > 0)
  if (usable.length === 0) return undefined
  const weights = weightsOf(usable.map(([before, after]) => [before.count, after.count] as const))
  const parts = usable.map(([before, after]) => newcombe(before, after))
  const difference = weighted(
    weights,
    parts.map((part) => part.difference),
  )
  const reach = (of: (part: (typeof parts)[number]) => number) =>
    Math.sqrt(sumOf(parts.map((part, index) => ((weights[index] ?? 0) * of(part)) ** 2)))
  return {
    counts: [sumOf(usable.map(([before]) => before.count)), sumOf(usable.map(([, after]) => after.count))],
    before: weighted(
      weights,
      usable.map(([before]) => before.hits / before.count),
    ),
    after: weighted(
      weights,
      usable.map(([, after]) => after.hits / after.count),
    ),
    difference,
    low: Math.max(-1, difference - reach((part) => part.below)),
    high: Math.min(1, difference + reach((part) => part.above)),
    strength: Math.abs(scoreOf(usable)),
    ...chanceOf(usable),
  }
}

function chanceOf(strata: readonly ShareStratum[]): { chance: number; leastChance: number } {
  const total = (of: (share: Share) => number) => sumOf(strata.flat().map(of))
  const hits = total((share) => share.hits)
  const misses = total((share) => share.count - share.hits)
  if (Math.min(hits, misses) > maxExact) return { chance: normalTail(scoreOf(strata)), leastChance: 0 }
  const rarer =
    hits <= misses ? strata : strata.map(([before, after]) => [missed(before), missed(after)] as const)
  const observed = sumOf(rarer.map(([, after]) => after.hits))
  const { first, shares } = rarer.map(hypergeometric).reduce((left, right) => ({
    first: left.first + right.first,
    shares: convolved(left.shares, right.shares),
  }))
  const likelihood = (shares[observed - first] ?? 0) * alike
  const least = Math.min(...shares) * alike
  const upTo = (most: number) => Math.min(1, sumOf(shares.filter((share) => share <= most)))
  return { chance: upTo(likelihood), leastChance: upTo(least) }
}

function missed({ hits, count }: Share): Share {
  return { hits: count - hits, count }
}

/** The distribution of the hits of `after`, from the fewest that are possible. */
function hypergeometric([before, after]: ShareStratum): { first: number; shares: readonly number[] } {
  const hits = before.hits + after.hits
  const first = Math.max(0, hits - before.count)
  const last = Math.min(hits, after.count)
  const all = logChoose(before.count + after.count, hits)
  const shares = Array.from({ length: last - first + 1 }, (_, index) =>
    Math.exp(logChoose(after.count, first + index) + logChoose(before.count, hits - first - index) - all),
  )
  return { first, shares }
}

function convolved(left: readonly number[], right: readonly number[]): readonly number[] {
  const sums = new Array<number>(left.length + right.length - 1).fill(0)
  for (const [i, a] of left.entries())
    for (const [j, b] of right.entries()) sums[i + j] = (sums[i + j] ?? 0) + a * b
  return sums
}

function logChoose(count: number, chosen: number): number {
  return logGamma(count + 1) - logGamma(chosen + 1) - logGamma(count - chosen + 1)
}

/** The hits of `after` beyond what is expected, in standard deviations. */
function scoreOf(strata: readonly ShareStratum[]): number {
  let [beyond, variance] = [0, 0]
  for (const [before, after] of strata) {
    const all = before.count + after.count
    const hits = before.hits + after.hits
    beyond += after.hits - (after.count * hits) / all
    variance += (before.count * after.count * hits * (all - hits)) / (all * all * (all - 1))
  }
  return variance > 0 ? beyond / Math.sqrt(variance) : 0
}

/** The difference of one stratum, and how far its limits are below and above it. */
function newcombe(before: Share, after: Share): { difference: number; below: number; above: number } {
  const [a, b] = [wilson(before), wilson(after)]
  return {
    difference: b.share - a.share,
    below: Math.hypot(b.share - b.low, a.high - a.share),
    above: Math.hypot(b.high - b.share, a.share - a.low),
  }
}

/** Wilson's 95 % interval of a share ("Probable inference", JASA 22, 1927). */
function wilson({ hits, count }: Share): { share: number; low: number; high: number } {
  const share = hits / count
  const square = normalLimit ** 2
  const middle = (share + square / (2 * count)) / (1 + square / count)
  const half =
    (normalLimit * Math.sqrt((share * (1 - share)) / count + square / (4 * count * count))) /
    (1 + square / count)
  return { share, low: Math.max(0, middle - half), high: Math.min(1, middle + half) }
}
