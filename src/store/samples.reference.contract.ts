import {
  type Attributes,
  attributesKey,
  matchesAttributes,
  type Point,
  type Sample,
  type Series,
  seriesKey,
  type Tick,
} from '../model/sample.ts'
import type {
  LatestQuery,
  LatestSample,
  RangeQuery,
  RangeResult,
  SeriesPoints,
  Tier,
} from './sample-query.ts'
import type { RetentionPolicy } from './store.ts'

const minuteMs = 60_000
const tierStepMs = { raw: 1, '1m': minuteMs, '10m': 10 * minuteMs } as const

/** What a store must answer about samples, written as plainly as can be: maps of points, filtered and sorted. */
export class ReferenceSamples {
  readonly #values = new Map<string, { readonly series: Series; readonly points: Map<number, number> }>()
  readonly #times = new Set<number>()
  readonly #horizons = { raw: -Infinity, '1m': -Infinity, '10m': -Infinity }

  write({ timestampMs, samples }: Tick): void {
    this.#times.add(timestampMs)
    for (const { name, attributes, value } of samples) {
      if (!Number.isFinite(value)) continue
      const key = seriesKey({ name, attributes })
      const entry = this.#values.get(key) ?? { series: { name, attributes }, points: new Map() }
      entry.points.set(timestampMs, value)
      this.#values.set(key, entry)
    }
  }

  maintain({ samplesMs, samples1mMs, samples10mMs }: RetentionPolicy, nowMs: number): void {
    this.#horizons.raw = nowMs - samplesMs
    this.#horizons['1m'] = nowMs - samples1mMs
    this.#horizons['10m'] = nowMs - samples10mMs
  }

  /** Every series that was ever written. */
  listSeries(name?: string): Series[] {
    return this.#series(name).map(({ series }) => series)
  }

  recentTicks(limit: number): Tick[] {
    const times = [...this.#times].filter((time) => time >= this.#horizons.raw)
    const newest = times.sort((a, b) => b - a).slice(0, limit)
    return newest.map((timestampMs) => ({ timestampMs, samples: this.#samplesAt(timestampMs) }))
  }

  latest({ name, attributes = {}, sinceMs }: LatestQuery): LatestSample[] {
    return this.#series(name)
      .filter(({ series }) => matchesAttributes(series.attributes, attributes))
      .flatMap(({ series, points }) => {
        const last = this.#visible(points, 'raw').findLast(({ timestampMs }) => timestampMs >= sinceMs)
        return last ? [{ ...series, ...last }] : []
      })
  }

  range(query: RangeQuery): RangeResult {
    const { attributes = {}, groupBy, top } = query
    const tier = tierOf(query)
    const series = this.#series(query.name)
      .filter((entry) => matchesAttributes(entry.series.attributes, attributes))
      .map((entry) => ({ ...entry.series, points: reduce(this.#visible(entry.points, tier), query, tier) }))
      .filter(({ points }) => points.length > 0)
    const grouped = groupBy ? groups(series, groupBy, query.groupAggregate ?? 'avg') : series
    if (top === undefined) return { tier, series: grouped }
    const mean = (points: readonly Point[]) =>
      aggregateOf(
        points.map(({ value }) => value),
        'avg',
      )
    return { tier, series: grouped.sort((a, b) => mean(b.points) - mean(a.points)).slice(0, top) }
  }

  #visible(points: ReadonlyMap<number, number>, tier: Tier): Point[] {
    // Raw samples that are kept for longer answer in the place of a tier.
    const horizonMs = floorTo(Math.min(this.#horizons[tier], this.#horizons.raw), tierStepMs[tier])
    return [...points]
      .map(([timestampMs, value]) => ({ timestampMs, value }))
      .filter(({ timestampMs }) => timestampMs >= horizonMs)
      .sort((a, b) => a.timestampMs - b.timestampMs)
  }

  #series(name?: string) {
    return [...this.#values.values()]
      .filter(({ series }) => name === undefined || series.name === name)
      .sort(({ series: a }, { series: b }) => order(a.name, b.name) || order(keyOf(a), keyOf(b)))
  }

  #samplesAt(timestampMs: number): Sample[] {
    return this.#series().flatMap(({ series, points }) => {
      const value = points.get(timestampMs)
      return value === undefined ? [] : [{ ...series, value }]
    })
  }
}

const keyOf = (series: Series): string => attributesKey(series.attributes)
const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
const floorTo = (timeMs: number, stepMs: number): number => Math.floor(timeMs / stepMs) * stepMs

function tierOf({ name, stepMs, aggregate }: RangeQuery): Tier {
  if (stepMs === undefined || (aggregate === 'quantile' && !name.endsWith('.duration'))) return 'raw'
  if (stepMs % tierStepMs['10m'] === 0) return '10m'
  return stepMs % minuteMs === 0 ? '1m' : 'raw'
}

function reduce(points: readonly Point[], query: RangeQuery, tier: Tier): Point[] {
  const { stepMs, aggregate = 'avg', quantile = 0 } = query
  const unitMs = tierStepMs[tier]
  const fromMs = floorTo(query.fromMs, unitMs)
  const toMs = floorTo(query.toMs, unitMs) + unitMs - 1
  const isInRange = ({ timestampMs }: Point) => timestampMs >= fromMs && timestampMs <= toMs
  const inRange = points.filter(isInRange)
  if (stepMs === undefined) return inRange
  const steps = Map.groupBy(inRange, ({ timestampMs }) => floorTo(timestampMs, stepMs))
  return [...steps].flatMap(([startMs, step]) => {
    const values = step.map(({ value }) => value)
    if (aggregate === 'quantile') return [{ timestampMs: startMs, value: quantileOf(values, quantile) }]
    if (aggregate !== 'increase' && aggregate !== 'rate')
      return [{ timestampMs: startMs, value: aggregateOf(values, aggregate) }]
    const firstMs = floorTo(fromMs, stepMs)
    const before = points.findLast(({ timestampMs }) => timestampMs < (step[0]?.timestampMs ?? 0))
    const isNear = before && before.timestampMs >= Math.max(startMs, firstMs) - stepMs
    return growthOf(isNear ? [before, ...step] : step, startMs, aggregate)
  })
}

function growthOf(points: readonly Point[], timestampMs: number, aggregate: 'increase' | 'rate'): Point[] {
  const [first, ...others] = points
  const last = others.at(-1)
  if (!first || !last) return []
  let before = first.value
  let increase = 0
  for (const { value } of others) {
    increase += value >= before ? value - before : value
    before = value
  }
  const perSecond = (increase * 1000) / (last.timestampMs - first.timestampMs)
  return [{ timestampMs, value: aggregate === 'rate' ? perSecond : increase }]
}

function quantileOf(values: readonly number[], quantile: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  const rank = quantile * (sorted.length - 1)
  const below = sorted[Math.floor(rank)] ?? Number.NaN
  const above = sorted[Math.ceil(rank)] ?? Number.NaN
  return below + (above - below) * (rank - Math.floor(rank))
}

function groups(
  series: readonly SeriesPoints[],
  names: readonly string[],
  how: NonNullable<RangeQuery['groupAggregate']>,
): SeriesPoints[] {
  const pick = (attributes: Attributes) =>
    Object.fromEntries(Object.entries(attributes).filter(([name]) => names.includes(name)))
  const byKey = Map.groupBy(series, ({ attributes }) => attributesKey(pick(attributes)))
  return [...byKey]
    .sort(([a], [b]) => order(a, b))
    .map(([, members]) => {
      const points = Map.groupBy(
        members.flatMap((member) => member.points),
        ({ timestampMs }) => timestampMs,
      )
      return {
        name: members[0]?.name ?? '',
        attributes: pick(members[0]?.attributes ?? {}),
        points: [...points]
          .sort(([a], [b]) => a - b)
          .map(([timestampMs, list]) => ({
            timestampMs,
            value: aggregateOf(
              list.map(({ value }) => value),
              how,
            ),
          })),
      }
    })
}

function aggregateOf(values: readonly number[], aggregate: string): number {
  const sum = values.reduce((total, value) => total + value, 0)
  if (aggregate === 'sum') return sum
  if (aggregate === 'avg') return sum / values.length
  if (aggregate === 'count') return values.length
  if (aggregate === 'last') return values.at(-1) ?? Number.NaN
  return aggregate === 'min' ? Math.min(...values) : Math.max(...values)
}
