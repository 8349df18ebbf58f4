import type { Point, Series } from '../model/sample.ts'
import type { SeriesSummary } from '../model/status.ts'

/**
 * Statistics of one series over a window. Mean and population standard deviation by Welford's recurrence
 * (Technometrics 4, 1962); quantiles by linear interpolation between the closest ranks (type 7 of Hyndman and
 * Fan, The American Statistician 50, 1996); the trend is a least-squares line over the time the points cover.
 *
 * @param points - finite values in ascending time.
 * @returns undefined when there are no points.
 */
export function summarizeSeries(
  series: Series,
  unit: string,
  points: readonly Point[],
  windowSeconds: number,
): SeriesSummary | undefined {
  const last = points.at(-1)
  if (last === undefined) return undefined
  const ascending = Float64Array.from(points, ({ value }) => value).sort()
  const min = quantile(ascending, 0)
  const max = quantile(ascending, 1)
  return {
    name: series.name,
    attributes: series.attributes,
    unit,
    windowSeconds,
    count: points.length,
    last: last.value,
    lastTimestampMs: last.timestampMs,
    min,
    max,
    ...momentsOf(points, min, max),
    p50: quantile(ascending, 0.5),
    p95: quantile(ascending, 0.95),
    trend: trendOf(points),
  }
}

function momentsOf(points: readonly Point[], min: number, max: number) {
  let mean = 0
  let squares = 0
  for (const [index, { value }] of points.entries()) {
    const distance = value - mean
    mean += distance / (index + 1)
    squares += distance * (value - mean)
  }
  // Rounding can carry the mean of nearly equal values an ulp past them.
  return { mean: Math.min(max, Math.max(min, mean)), standardDeviation: Math.sqrt(squares / points.length) }
}

function quantile(ascending: Float64Array, share: number): number {
  const rank = share * (ascending.length - 1)
  const below = ascending[Math.floor(rank)] ?? Number.NaN
  const above = ascending[Math.ceil(rank)] ?? Number.NaN
  return below + (above - below) * (rank - Math.floor(rank))
}

/** Taken from the mean time and the first value: Unix milliseconds squared would use up the digits of a double. */
function trendOf(points: readonly Point[]): SeriesSummary['trend'] {
  const { timestampMs: firstMs, value: firstValue } = points[0] ?? { timestampMs: 0, value: 0 }
  const coveredMs = (points.at(-1)?.timestampMs ?? firstMs) - firstMs
  const meanMs = points.reduce((sum, { timestampMs }) => sum + timestampMs - firstMs, 0) / points.length
  let covariance = 0
  let variance = 0
  for (const { timestampMs, value } of points) {
    const hours = (timestampMs - firstMs - meanMs) / 3_600_000
    covariance += hours * (value - firstValue)
    variance += hours * hours
  }
  return variance === 0 ? null : { slopePerHour: covariance / variance, windowSeconds: coveredMs / 1000 }
}
