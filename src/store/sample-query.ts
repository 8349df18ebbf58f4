/** Questions about the past of metrics, and the shapes of their answers. */
import type { Attributes, Point, Sample, Series } from '../model/sample.ts'

/**
 * How the points of a step become one. `increase`: how much a counter grew since the point before the step, when that
 * is no older than a step before it began, else since the first in it; a fall is a reset to zero. `rate`: that, in units
 * per second of the time between. A step without two points to compare has neither. `quantile` needs
 * `RangeQuery.quantile`.
 */
export const aggregates = [
  'avg',
  'min',
  'max',
  'sum',
  'last',
  'count',
  'increase',
  'rate',
  'quantile',
] as const
export type Aggregate = (typeof aggregates)[number]

/** How the series of a group become one. */
export const groupAggregates = ['avg', 'min', 'max', 'sum', 'count'] as const
export type GroupAggregate = (typeof groupAggregates)[number]

/** Raw samples, and the summaries of a minute and of ten that are made of them when they age. */
export const tiers = ['raw', '1m', '10m'] as const
export type Tier = (typeof tiers)[number]

/** A question about the past of one metric. */
export interface RangeQuery {
  readonly name: string
  /** Only series with all of these. @default all series of the name */
  readonly attributes?: Attributes
  /** Unix milliseconds, inclusive. */
  readonly fromMs: number
  /** Unix milliseconds, inclusive. */
  readonly toMs: number
  /**
   * Raw points when absent. Else one point per step that has data, stamped with the step's start; steps are
   * aligned to multiples of `stepMs` since the Unix epoch. A positive integer.
   *
   * The step chooses the tier: a multiple of ten minutes reads the `10m` tier, any other multiple of a minute the
   * `1m` tier, both with raw samples where these are not yet summarised; every other step reads raw samples only. A
   * tier's bounds are widened to its whole minutes. `quantile` reads a tier only for metrics that keep a sketch.
   */
  readonly stepMs?: number
  /** How the points of a step become one. @default 'avg' */
  readonly aggregate?: Aggregate
  /** In [0, 1]; only with `aggregate: 'quantile'`. Exact on raw samples, within 1 % from sketches. */
  readonly quantile?: number
  /** One answer per combination of the values of these attributes, with only these. Needs `stepMs`. @default no groups */
  readonly groupBy?: readonly string[]
  /** @default 'avg' */
  readonly groupAggregate?: GroupAggregate
  /** Only so many answers: those with the largest mean of their points, largest first. A positive integer. */
  readonly top?: number
}

/** The points of one series or group, ascending in time. */
export interface SeriesPoints extends Series {
  readonly points: readonly Point[]
}

/** The answer of `range`. */
export interface RangeResult {
  /** The coarsest tier that was asked; see `RangeQuery.stepMs`. */
  readonly tier: Tier
  /** One entry per series or group that has points, sorted by attributes, or by `top`. */
  readonly series: readonly SeriesPoints[]
}

/** Which newest values to read. */
export interface LatestQuery {
  readonly name?: string
  /** Only series with all of these. */
  readonly attributes?: Attributes
  /** Series that are silent since before are left out. Unix milliseconds. */
  readonly sinceMs: number
}

/** The newest value of a series. */
export interface LatestSample extends Sample {
  /** Unix milliseconds. */
  readonly timestampMs: number
}
