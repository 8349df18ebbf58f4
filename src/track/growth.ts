/** Whether a series of values, one per run, keeps growing, and when it reaches a limit: pure statistics. */

/** Growth that chance does not explain. */
export interface Growth {
  /** Of the value, per run. */
  readonly perRun: number
  /** Of `perRun`, 95 %. */
  readonly interval: { readonly low: number; readonly high: number }
  /**
   * How many more runs stay below the limit. The interval covers that of `perRun`, and at its upper end that growth
   * may slow down as much as it did so far. Undefined when the limit is not known.
   */
  readonly runsLeft?: { readonly expected: number; readonly low: number; readonly high: number }
}

/** Of a series, this many of the newest values say all that is asked here. */
export const maxGrowthValues = 64
/** The newest so many are tested: the shorter find growth that began late, the longer growth under noise. */
const minTested = 8
const testedLengths = [maxGrowthValues, 32, 16, minTested]
const minValues = 3
/** One-sided level of one test of eight or more; a series is tested at each of its values. */
const significance = 5e-5
/** Of growth over the whole, each half must show this much: after a step one half is flat. */
const minHalfShare = 0.5
/** No further ahead than so many times the length of what was seen is predicted. */
const horizonLengths = 4
/** Standard errors by which growth may be slowing down more than it seems to. */
const doubtErrors = 4

/**
 * Growth of the newest values of a series, or undefined.
 *
 * From eight values up it is the trend test of Mann and Kendall (Econometrica 13, 1945; Kendall, "Rank correlation
 * methods", 1975) with its exact distribution, its statistic reduced for autocorrelation by the effective sample size
 * (Yue and Wang, Water Resources Management 18, 2004), at a one-sided level of 5·10⁻⁵. With three to seven values no
 * rank test can be that sure (three values ascend by chance in one case of six), so they must ascend without exception
 * and lie on a line: Student's t of its slope is beyond what noise of any size gives in one of 400 series of three
 * values, one of 2000 of more.
 *
 * In both cases growth must go on. Each half of the values grows by at least half of the whole's slope: after a step, one
 * does not. And growth that slows down as from the first half to the second, with four standard errors of doubt, must
 * still reach the limit: what a warm-up does not. Last, nothing is predicted further ahead than four times the length of
 * what was seen. The slope is the median of those between all pairs (Theil 1950; Sen, J. Am. Stat. Assoc. 63, 1968), its
 * interval Sen's, or Student's for fewer than eight values.
 *
 * How often it is wrong is measured in `growth.test.ts`. A rise over several runs to just below the limit, under noise, can
 * look like a line for a few runs; two equal steps one after the other always do.
 *
 * @param values - finite, oldest first; only the last 64 are looked at.
 * @param limit - where it ends badly; without one, twice the newest level is taken, and `runsLeft` is left out.
 * @param isComparable - false when the values may be of different kinds of runs: then fewer than eight say nothing.
 */
export function growthOf(values: readonly number[], limit?: number, isComparable = true): Growth | undefined {
  const count = values.length
  if (count < minTested) {
    const mayTell = isComparable && limit !== undefined && count >= minValues
    return mayTell && isStraightRise(values) ? describe(values, limit, studentInterval) : undefined
  }
  for (const length of testedLengths) {
    if (length > count) continue
    const newest = values.slice(-length)
    const inflation = risingInflation(newest)
    if (inflation === undefined) continue
    const growth = describe(newest, limit, (slopes) => senInterval(slopes, length, inflation))
    if (growth) return growth
  }
  return undefined
}

type IntervalOf = (slopes: readonly number[], values: readonly number[]) => Growth['interval']

function describe(
  values: readonly number[],
  limit: number | undefined,
  intervalOf: IntervalOf,
): Growth | undefined {
  const slopes = pairSlopes(values)
  const perRun = medianOf(slopes)
  if (!(perRun > 0)) return undefined
  const half = Math.floor(values.length / 2)
  const early = medianOf(pairSlopes(values.slice(0, values.length - half)))
  const late = medianOf(pairSlopes(values.slice(half)))
  if (Math.min(early, late) < minHalfShare * perRun) return undefined
  const level = medianOf(
    values.map((value, index) => value + perRun * (values.length - 1 - index)).sort(ascending),
  )
  const room = (limit ?? 2 * level) - level
  const doubt = doubtErrors * standardErrorOver(half + 1, leastSquares(values).deviation)
  const ratio = Math.max(0, Math.min(1, (late - doubt) / (early + doubt)))
  const slowed = slowedRuns(room, late, ratio ** (1 / half))
  if (Math.max(room / perRun, slowed) > horizonLengths * values.length) return undefined
  const interval = intervalOf(slopes, values)
  if (limit === undefined) return { perRun, interval }
  const runs = (slope: number) => Math.max(0, Math.floor(room / slope))
  const slowest = Math.max(interval.low, perRun / horizonLengths)
  const high = Math.max(runs(slowest), Math.floor(slowed))
  return { perRun, interval, runsLeft: { expected: runs(perRun), low: runs(interval.high), high } }
}

/** How many runs fill the room when each grows `ratio` times as much as the one before; infinite when none does. */
function slowedRuns(room: number, perRun: number, ratio: number): number {
  if (room <= 0) return 0
  if (ratio >= 1) return room / perRun
  const share = 1 - (room * (1 - ratio)) / (perRun * ratio)
  return share <= 0 ? Number.POSITIVE_INFINITY : Math.log(share) / Math.log(ratio)
}

/** Slopes between all pairs of values, ascending. */
function pairSlopes(values: readonly number[]): number[] {
  const slopes: number[] = []
  for (const [to, value] of values.entries())
    for (let from = 0; from < to; from++) slopes.push((value - (values[from] ?? 0)) / (to - from))
  return slopes.sort(ascending)
}

const ascending = (a: number, b: number): number => a - b

function medianOf(sorted: readonly number[]): number {
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2
}

/**
 * Student's t by degrees of freedom, from one up (NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.2): beyond
 * which it is in one case of 400 (one degree) or 2000 (more), one-sided; and the bounds of 95 %, two-sided.
 */
const studentTable = [
  { rise: 127.321, bounds: 12.706 },
  { rise: 31.599, bounds: 4.303 },
  { rise: 12.924, bounds: 3.182 },
  { rise: 8.61, bounds: 2.776 },
  { rise: 6.869, bounds: 2.571 },
] as const

function isStraightRise(values: readonly number[]): boolean {
  for (let index = 1; index < values.length; index++)
    if (!((values[index] ?? 0) > (values[index - 1] ?? 0))) return false
  const { slope, standardError } = leastSquares(values)
  return slope > (studentTable[values.length - 3]?.rise ?? Number.POSITIVE_INFINITY) * standardError
}

function studentInterval(slopes: readonly number[], values: readonly number[]): Growth['interval'] {
  const halfWidth = leastSquares(values).standardError * (studentTable[values.length - 3]?.bounds ?? 0)
  const perRun = medianOf(slopes)
  return { low: perRun - halfWidth, high: perRun + halfWidth }
}

interface Line {
  readonly slope: number
  readonly standardError: number
  readonly residuals: readonly number[]
  /** Of the residuals. */
  readonly deviation: number
}

/** From the first value, so that large values with small differences lose no digits. */
function leastSquares(values: readonly number[]): Line {
  const count = values.length
  const middle = (count - 1) / 2
  const changes = values.map((value) => value - (values[0] ?? 0))
  const mean = changes.reduce((sum, change) => sum + change / count, 0)
  const spread = (count * (count * count - 1)) / 12
  const slope = changes.reduce((sum, change, index) => sum + (index - middle) * (change - mean), 0) / spread
  const residuals = changes.map((change, index) => change - mean - slope * (index - middle))
  const deviation = Math.sqrt(sumOfSquares(residuals) / (count - 2))
  return { slope, standardError: standardErrorOver(count, deviation), residuals, deviation }
}

/** Of the slope of a line through `count` values one run apart. */
function standardErrorOver(count: number, deviation: number): number {
  return deviation / Math.sqrt((count * (count * count - 1)) / 12)
}

function sumOfSquares(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value * value, 0)
}

/** How much autocorrelation widens the distribution of Kendall's S; undefined when the rise is not significant. */
function risingInflation(values: readonly number[]): number | undefined {
  const score = kendallScore(values)
  // Autocorrelation only makes it less significant.
  if (riseProbability(score, values.length) > significance) return undefined
  const { residuals } = leastSquares(values)
  const squares = sumOfSquares(residuals)
  const products = residuals.reduce((sum, residual, index) => sum + residual * (residuals[index - 1] ?? 0), 0)
  const correlation = squares > 0 ? Math.min(0.95, Math.max(0, products / squares)) : 0
  const inflation = (1 + correlation) / (1 - correlation)
  return riseProbability(score / Math.sqrt(inflation), values.length) > significance ? undefined : inflation
}

/** Ascending pairs less descending ones. */
function kendallScore(values: readonly number[]): number {
  let score = 0
  for (const [to, value] of values.entries())
    for (let from = 0; from < to; from++) score += Math.sign(value - (values[from] ?? 0))
  return score
}

const distributions = new Map<number, readonly number[]>()

/** The probability that chance alone orders `count` values so that S is at least `score`. Ties make it smaller still. */
function riseProbability(score: number, count: number): number {
  const known = distributions.get(count)
  const distribution = known ?? inversionDistribution(count)
  if (!known) distributions.set(count, distribution)
  const descending = Math.floor(((count * (count - 1)) / 2 - score) / 2)
  return distribution[Math.min(descending, distribution.length - 1)] ?? 0
}

/** By number of descending pairs, the probability of at most so many in a random order: one value at a time is added. */
function inversionDistribution(count: number): readonly number[] {
  let shares = [1]
  for (let size = 2; size <= count; size++) {
    const next = new Array<number>(shares.length + size - 1).fill(0)
    for (const [inversions, share] of shares.entries())
      for (let more = 0; more < size; more++)
        next[inversions + more] = (next[inversions + more] ?? 0) + share / size
    shares = next
  }
  let sum = 0
  return shares.map((share) => {
    sum += share
    return sum
  })
}

function senInterval(slopes: readonly number[], count: number, inflation: number): Growth['interval'] {
  const variance = (count * (count - 1) * (2 * count + 5)) / 18
  const reach = 1.959964 * Math.sqrt(variance * inflation)
  const low = Math.max(0, Math.floor((slopes.length - reach) / 2) - 1)
  const high = Math.min(slopes.length - 1, Math.ceil((slopes.length + reach) / 2))
  return { low: slopes[low] ?? Number.NaN, high: slopes[high] ?? Number.NaN }
}
