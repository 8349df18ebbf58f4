import type { MetricDescriptor, Point, Series } from '../model/sample.ts'
import type { SeriesSummary } from '../model/status.ts'
import type { SeriesPoint } from './series-points.ts'
import { trendOf } from './trend.ts'

/** What was read of one series over a window. */
export interface SeriesWindow {
  readonly series: Series
  readonly metric: Pick<MetricDescriptor, 'kind' | 'unit'>
  readonly windowSeconds: number
  /** 0 when the points are raw samples, else the step they were read in. */
  readonly resolutionSeconds: number
  /** Raw samples. */
  readonly count: number
  readonly last: Point
  /** Finite values of a gauge, or rates per second of a counter, in ascending time. */
  readonly points: readonly SeriesPoint[]
  /** Of a counter. */
  readonly increase: number | null
}

/**
 * Statistics of one series over a window. Mean and population standard deviation by West's weighted recurrence
 * (Communications of the ACM 22, 1979; Welford's, where all weights are equal); quantiles by linear interpolation
 * between the closest ranks (type 7 of Hyndman and Fan, The American Statistician 50, 1996); the trend as `trendOf`
 * says.
 */
export function summarizeSeries(window: SeriesWindow): SeriesSummary {
  const { series, metric, windowSeconds, resolutionSeconds, count, last, points, increase } = window
  const ascending = Float64Array.from(points, ({ value }) => value).sort()
  const isGauge = metric.kind === 'gauge'
  return {
    name: series.name,
    attributes: series.attributes,
    unit: metric.unit,
    kind: metric.kind,
    windowSeconds,
    resolutionSeconds,
    count,
    last: last.value,
    lastTimestampMs: last.timestampMs,
    ...momentsOf(points),
    p50: quantile(ascending, 0.5),
    p90: quantile(ascending, 0.9),
    p95: quantile(ascending, 0.95),
    p99: quantile(ascending, 0.99),
    changePerHour: isGauge ? changePerHour(points[0], last) : null,
    increase: isGauge ? null : increase,
    trend: trendOf(points),
  }
}

type Moments = Pick<SeriesSummary, 'min' | 'max' | 'mean' | 'standardDeviation'>

function momentsOf(points: readonly SeriesPoint[]): Moments {
  if (points.length === 0) return { min: null, max: null, mean: null, standardDeviation: null }
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  let [weights, mean, squares] = [0, 0, 0]
  for (const point of points) {
    if (point.min < min) min = point.min
    if (point.max > max) max = point.max
    weights += point.weight
    const distance = point.value - mean
    mean += (distance * point.weight) / weights
    squares += point.weight * distance * (point.value - mean)
  }
  // Rounding can carry the mean of nearly equal values an ulp past them.
  return {
    min,
    max,
    mean: Math.min(max, Math.max(min, mean)),
    standardDeviation: Math.sqrt(squares / weights),
  }
}

function quantile(ascending: Float64Array, share: number): number | null {
  if (ascending.length === 0) return null
  const rank = share * (ascending.length - 1)
  const below = ascending[Math.floor(rank)] ?? Number.NaN
  const above = ascending[Math.ceil(rank)] ?? Number.NaN
  return below + (above - below) * (rank - Math.floor(rank))
}

function changePerHour(first: Point | undefined, last: Point): number | null {
  const hours = (last.timestampMs - (first?.timestampMs ?? last.timestampMs)) / 3_600_000
  return first && hours > 0 ? (last.value - first.value) / hours : null
}
