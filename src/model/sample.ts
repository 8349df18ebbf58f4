/** The first noun: a sample is (series, time, value); a series is a metric name and a small set of attributes. */

/** Bounded, low-cardinality attributes. Ids, prompts and paths are never attributes. */
export type Attributes = Readonly<Record<string, string>>

/** A metric name with its attributes. Names follow OpenTelemetry semantic conventions. */
export interface Series {
  readonly name: string
  readonly attributes: Attributes
}

/** One measured value of a series. The time is that of the tick it belongs to. */
export interface Sample extends Series {
  /** A finite number, in the unit of its metric descriptor. */
  readonly value: number
}

/** What was collected together: one timestamp, many samples. */
export interface Tick {
  /** Whose tick it is: the ticks of one node are stored together, and nodes share no series. @default '' */
  readonly node?: string
  /** Unix milliseconds. */
  readonly timestampMs: number
  /** Monotonic milliseconds of the process that collected it, for rates that no clock step bends; it is not stored. */
  readonly monotonicMs?: number
  readonly samples: readonly Sample[]
}

/** One point of a series. */
export interface Point {
  /** Unix milliseconds. */
  readonly timestampMs: number
  readonly value: number
}

/** A gauge goes up and down; a counter only grows, and starts again at zero when its owner restarts. */
export type MetricKind = 'gauge' | 'counter'

/** What a metric is: the source of the reference documentation and of every exposition. */
export interface MetricDescriptor {
  readonly name: string
  readonly kind: MetricKind
  /** UCUM unit as OpenTelemetry writes it: `By`, `s`, `1` (a ratio in 0..1), `{process}` … */
  readonly unit: string
  readonly description: string
}

/** A distribution since its owner started: how many observations fell into each bucket, and their sum. */
export interface Histogram extends Series {
  /** Upper bounds of the buckets, ascending, each inclusive; the last bucket has none. */
  readonly bounds: readonly number[]
  /** By bucket, not cumulative: one more than there are bounds. */
  readonly counts: readonly number[]
  readonly sum: number
  readonly count: number
}

/** Attributes as one canonical string: equal attributes in any order give the same key. */
export function attributesKey(attributes: Attributes): string {
  const names = Object.keys(attributes)
  if (names.length === 0) return ''
  if (names.length > 1) names.sort()
  return names.map((name) => `${name}=${JSON.stringify(attributes[name])}`).join(',')
}

/** `attributesKey` that remembers: for who meets the same objects again and again. */
export function rememberingAttributesKey(): (attributes: Attributes) => string {
  const keys = new WeakMap<Attributes, string>()
  return (attributes) => {
    const known = keys.get(attributes)
    if (known !== undefined) return known
    const key = attributesKey(attributes)
    keys.set(attributes, key)
    return key
  }
}

/** A series as one canonical string, `name{a="1",b="2"}`, equal for equal series. */
export function seriesKey(series: Series): string {
  const key = attributesKey(series.attributes)
  return key === '' ? series.name : `${series.name}{${key}}`
}

/** True when `attributes` has every pair of `wanted`. An empty `wanted` matches all. */
export function matchesAttributes(attributes: Attributes, wanted: Attributes): boolean {
  for (const name in wanted) if (attributes[name] !== wanted[name]) return false
  return true
}
