import type { Trend } from '../model/status.ts'

/** One value of a series at a time. */
interface TimedValue {
  /** Unix milliseconds. */
  readonly timestampMs: number
  readonly value: number
}

/** A stretch of time: hours and change since the first point, both means. */
interface Block {
  readonly hours: number
  readonly change: number
}

const hourMs = 3_600_000
const maxBlocks = 32
/** Below this there is nothing to judge the residuals by. */
const minBlocks = 5
/** A random walk has hardly more: with this, its slope is inside the interval in nine of ten cases. */
const minEffective = 4
/** Residuals this small against the change are those of rounding. */
const exactShare = 1e-20

/**
 * The least-squares line through the means of up to 32 equal stretches of the time covered, with a 95 % interval.
 *
 * Samples resemble those just before them, and an interval that takes them for independent covers the true slope in as
 * little as one case of ten. So the means of stretches are compared instead of the points, which lets what wanders
 * slowly under fast noise show, and their number is reduced to the effective n(1 − r)/(1 + r), r being the
 * autocorrelation of neighbouring residuals (Santer et al., J. Geophys. Res. 105, 2000), raised by 0.68/√n because few
 * residuals understate it (Nychka et al., "Confidence intervals for trend estimates with autocorrelated observations",
 * NCAR, 2000). Student's t has two degrees of freedom less than that.
 *
 * @param points - finite values in ascending time.
 * @returns `null` with fewer than two distinct times, or values so large that their differences are no numbers.
 */
export function trendOf(points: readonly TimedValue[]): Trend | null {
  const blocks = blocksOf(points)
  const coveredMs = (points.at(-1)?.timestampMs ?? 0) - (points[0]?.timestampMs ?? 0)
  const meanHours = meanOf(blocks, ({ hours }) => hours)
  const meanChange = meanOf(blocks, ({ change }) => change)
  let covariance = 0
  let variance = 0
  for (const { hours, change } of blocks) {
    covariance += (hours - meanHours) * (change - meanChange)
    variance += (hours - meanHours) ** 2
  }
  if (!(variance > 0)) return null
  const slopePerHour = covariance / variance
  if (!Number.isFinite(slopePerHour)) return null
  const residuals = blocks.map(
    ({ hours, change }) => change - meanChange - slopePerHour * (hours - meanHours),
  )
  const halfWidth = halfWidthOf(residuals, variance, slopePerHour)
  const interval =
    halfWidth === undefined ? null : { low: slopePerHour - halfWidth, high: slopePerHour + halfWidth }
  const isSignificant = interval !== null && (interval.low > 0 || interval.high < 0)
  return { slopePerHour, interval, isSignificant, windowSeconds: coveredMs / 1000 }
}

/** Taken from the first time and value: Unix milliseconds squared would use up the digits of a double. */
function blocksOf(points: readonly TimedValue[]): Block[] {
  const first = points[0]
  const last = points.at(-1)
  if (!first || !last) return []
  const place = (point: TimedValue): Block => ({
    hours: (point.timestampMs - first.timestampMs) / hourMs,
    change: point.value - first.value,
  })
  if (points.length <= maxBlocks) return points.map(place)
  const blockMs = (last.timestampMs - first.timestampMs) / maxBlocks || 1
  const members = Map.groupBy(points.map(place), ({ hours }) =>
    Math.min(maxBlocks - 1, Math.floor((hours * hourMs) / blockMs)),
  )
  return [...members.values()].map((block) => ({
    hours: meanOf(block, ({ hours }) => hours),
    change: meanOf(block, ({ change }) => change),
  }))
}

/** Half the interval; undefined when there is too little to tell. */
function halfWidthOf(residuals: readonly number[], variance: number, slope: number): number | undefined {
  const count = residuals.length
  if (count < minBlocks) return undefined
  const squares = residuals.reduce((sum, residual) => sum + residual * residual, 0)
  if (squares <= exactShare * slope * slope * variance) return 0
  const products = residuals.reduce((sum, residual, index) => sum + residual * (residuals[index - 1] ?? 0), 0)
  const autocorrelation = Math.max(0, (products / (count - 1)) * (count / squares)) + 0.68 / Math.sqrt(count)
  const effective = Math.max(
    Math.min(count, minEffective),
    (count * (1 - autocorrelation)) / (1 + autocorrelation),
  )
  return studentQuantile(effective - 2) * Math.sqrt(squares / (effective - 2) / variance)
}

/**
 * The value that Student's t is beyond, either way, in one case of twenty, by Hill's expansion (Algorithm 396,
 * Communications of the ACM 13, 1970).
 *
 * @param freedom - degrees of freedom, from 2 up; need not be whole.
 */
export function studentQuantile(freedom: number): number {
  const share = 0.05
  if (freedom <= 2) return Math.sqrt(2 / (share * (2 - share)) - 2)
  const a = 1 / (freedom - 0.5)
  const b = 48 / a ** 2
  let c = ((20_700 * a) / b - 98) * a ** 2 - 16 * a + 96.36
  const d = ((94.5 / (b + c) - 3) / b + 1) * Math.sqrt((a * Math.PI) / 2) * freedom
  let y = (d * share) ** (2 / freedom)
  if (y <= 0.05 + a) {
    const inner = 1 / (((freedom + 6) / (freedom * y) - 0.089 * d - 0.822) * (freedom + 2) * 3)
    y = ((inner + 0.5 / (freedom + 4)) * y - 1) * ((freedom + 1) / (freedom + 2)) + 1 / y
    return Math.sqrt(freedom * y)
  }
  const x = -1.959963984540054
  y = x * x
  if (freedom < 5) c += 0.3 * (freedom - 4.5) * (x + 0.6)
  c += (((0.05 * d * x - 5) * x - 7) * x - 2) * x + b
  y = (((((0.4 * y + 6.3) * y + 36) * y + 94.5) / c - y - 3) / b + 1) * x
  return Math.sqrt(freedom * Math.expm1(a * y * y))
}

function meanOf<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((sum, item) => sum + of(item) / items.length, 0)
}
