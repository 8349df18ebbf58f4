/** What a chart shows at a time. */
export interface ChartPoint {
  /** Unix milliseconds. */
  readonly timestampMs: number
  readonly value: number
  readonly min: number
  readonly max: number
  /** False after a gap. */
  readonly isJoined: boolean
}

/** All points that fall into one of equal stretches of the time shown. */
export interface ChartBin extends ChartPoint {
  /** Which stretch, from 0. */
  readonly index: number
}

/**
 * At most `count` bins, those without points left out. `value` is the mean of the points, `timestampMs` the middle of
 * the stretch; a gap within a stretch is too short to show.
 *
 * @param points - in ascending time, finite; those outside of `fromMs` to `toMs` go into the first or last bin.
 */
export function binPoints(
  points: readonly ChartPoint[],
  fromMs: number,
  toMs: number,
  count: number,
): ChartBin[] {
  const widthMs = (toMs - fromMs) / count || 1
  const members = Map.groupBy(points, ({ timestampMs }) =>
    Math.max(0, Math.min(count - 1, Math.floor((timestampMs - fromMs) / widthMs))),
  )
  return [...members].map(([index, bin]) => ({
    index,
    timestampMs: fromMs + (index + 0.5) * widthMs,
    value: bin.reduce((sum, { value }) => sum + value / bin.length, 0),
    min: bin.reduce((least, { min }) => Math.min(least, min), Number.POSITIVE_INFINITY),
    max: bin.reduce((most, { max }) => Math.max(most, max), Number.NEGATIVE_INFINITY),
    isJoined: bin[0]?.isJoined ?? false,
  }))
}
