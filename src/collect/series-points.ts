import type { Point } from '../model/sample.ts'
import { restartShare } from './counter-guard.ts'

/** A series at a time, or in a step of time: a raw sample is its own mean, least and greatest. */
export interface SeriesPoint extends Point {
  readonly min: number
  readonly max: number
  /** What it counts for in a mean: samples of a gauge, seconds of a rate. */
  readonly weight: number
  /** False after a gap: nothing is known of the time since the point before. */
  readonly isJoined: boolean
}

/** What a counter did over a window. */
interface CounterGrowth {
  /** Per second, each at the end of its interval. */
  readonly rates: readonly SeriesPoint[]
  readonly increase: number
}

/** An interval so many times longer than those around it is a gap. */
const gapFactor = 3
/** How many intervals on each side say what is usual. */
const neighbours = 5

/** Marks gaps: an interval of over three times the median of the ten around it, the collection interval may change. */
export function joinPoints(points: readonly Omit<SeriesPoint, 'isJoined'>[]): SeriesPoint[] {
  const intervals = points.map(({ timestampMs }, index) =>
    index === 0 ? Number.NaN : timestampMs - (points[index - 1]?.timestampMs ?? Number.NaN),
  )
  const usual = gapFactor * medianOf(intervals.slice(1))
  const isGap = (interval: number, index: number) => {
    if (interval <= usual) return false
    const around = [
      ...intervals.slice(Math.max(1, index - neighbours), index),
      ...intervals.slice(index + 1, index + 1 + neighbours),
    ]
    return interval > gapFactor * medianOf(around)
  }
  return points.map((point, index) => ({
    ...point,
    isJoined: index > 0 && !isGap(intervals[index] as number, index),
  }))
}

/** Raw samples as points of a series. */
export function rawPoints(points: readonly Point[]): SeriesPoint[] {
  return joinPoints(
    points.map(({ timestampMs, value }) => ({ timestampMs, value, min: value, max: value, weight: 1 })),
  )
}

/**
 * How fast a counter grew from point to point, and how much in all. A counter that falls has started again at zero: what
 * it has counted since adds to the increase, and there is no rate of that interval, nor of a gap. Where it steps back
 * by less than half it stands still until it has passed its greatest value: it did not start again.
 */
export function counterGrowth(points: readonly SeriesPoint[]): CounterGrowth {
  const rates: SeriesPoint[] = []
  let [greatest, increase, isBroken] = [points[0]?.value ?? 0, 0, true]
  for (const [index, { timestampMs, value, isJoined }] of points.entries()) {
    const before = points[index - 1]
    if (before === undefined) continue
    const stoodStill = isJoined && value < greatest && value >= greatest * restartShare
    const hasRestarted = value < greatest && !stoodStill
    const growth = hasRestarted ? Math.max(0, value) : stoodStill ? 0 : value - greatest
    if (!stoodStill) greatest = value
    increase += growth
    const seconds = (timestampMs - before.timestampMs) / 1000
    const hasRate = isJoined && !hasRestarted && seconds > 0
    if (hasRate) {
      const rate = growth / seconds
      rates.push({ timestampMs, value: rate, min: rate, max: rate, weight: seconds, isJoined: !isBroken })
    }
    isBroken = !hasRate
  }
  return { rates, increase }
}

function medianOf(values: readonly number[]): number {
  const ascending = Float64Array.from(values).sort()
  return ascending[Math.floor(ascending.length / 2)] ?? Number.POSITIVE_INFINITY
}
