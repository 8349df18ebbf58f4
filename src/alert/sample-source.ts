import { type Attributes, matchesAttributes } from '../model/sample.ts'

/** The newest value of one series. */
export interface LatestValue {
  readonly attributes: Attributes
  readonly value: number
  /** Unix milliseconds. */
  readonly timestampMs: number
}

/** What rules are evaluated on: one consistent view, which does not change during an evaluation. */
export interface SampleSource {
  /**
   * The newest value of each series of `metric` that has all of `attributes`; silent series too, for as long as
   * the source remembers them.
   */
  select(metric: string, attributes: Attributes): readonly LatestValue[]
}

/** Which series a rule means. An attribute wanted as an empty string must be absent or empty, as in Prometheus. */
export interface SeriesSelector {
  readonly metric: string
  readonly attributes: Attributes
}

/** The values a selector means that are usable: finite, and not stamped far in the future by a clock set back. */
export function selectLatest(
  source: SampleSource,
  selector: SeriesSelector,
  latestTimestampMs: number,
): readonly LatestValue[] {
  const wanted = Object.entries(selector.attributes)
  const present = Object.fromEntries(wanted.filter(([, value]) => value !== ''))
  const absent = wanted.filter(([, value]) => value === '').map(([name]) => name)
  return source
    .select(selector.metric, present)
    .filter(
      ({ attributes, value, timestampMs }) =>
        Number.isFinite(value) &&
        timestampMs <= latestTimestampMs &&
        matchesAttributes(attributes, present) &&
        absent.every((name) => (attributes[name] ?? '') === ''),
    )
}
