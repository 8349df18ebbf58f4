import type { Attributes, Point, Sample, Series, Tick } from '../../../model/sample.ts'
import { attributesKey } from '../../../model/sample.ts'
import type {
  GroupAggregate,
  LatestQuery,
  LatestSample,
  RangeQuery,
  RangeResult,
  SeriesPoints,
  Tier,
} from '../../sample-query.ts'
import { stepStart } from '../../step-start.ts'
import type { FrameTable } from './frame-table.ts'
import type { OpenTicks } from './open-ticks.ts'
import { PointReader } from './point-reader.ts'
import { PointList, reducerOf } from './reducers.ts'
import type { SampleState } from './sample-state.ts'
import type { SeriesTable, StoredSeries } from './series-table.ts'
import { keepsSketch, tierSteps } from './tier-columns.ts'

/** The tables that questions about samples are answered from. */
export interface SampleTables {
  readonly series: SeriesTable
  readonly openTicks: OpenTicks
  readonly frames: FrameTable
  readonly state: SampleState
}

const framesPerLook = 16

/** What of the past a question is about, Unix milliseconds; nothing before the horizon is in any answer. */
interface Bounds {
  readonly horizonMs: number
  readonly fromMs: number
  readonly toMs: number
}

/** Answers questions about samples. Methods run inside a transaction of the caller. */
export class SampleQueries {
  readonly #tables: SampleTables

  constructor(tables: SampleTables) {
    this.#tables = tables
  }

  listSeries(name?: string): Series[] {
    return this.#tables.series
      .list(name)
      .map(({ name: metric, attributes }) => ({ name: metric, attributes }))
  }

  /** The newest ticks, newest first; the frames before them are not looked at. */
  recentTicks(limit: number): Tick[] {
    const times = this.#recentTimes(limit)
    if (times.length === 0) return []
    const samples = new Map(times.map((timestampMs) => [timestampMs, [] as Sample[]]))
    const reader = this.#reader()
    const fromMs = times.at(-1) as number
    const read = (series: StoredSeries) => {
      const points = new PointList()
      reader.readPoints(series.id, fromMs, times[0] as number, points)
      return { name: series.name, attributes: series.attributes, points: points.finish() }
    }
    for (const { name, attributes, points } of inOrderOfIds(this.#tables.series.list(), read))
      for (const { timestampMs, value } of points) samples.get(timestampMs)?.push({ name, attributes, value })
    return times.map((timestampMs) => ({ timestampMs, samples: samples.get(timestampMs) ?? [] }))
  }

  latest({ name, attributes, sinceMs }: LatestQuery): LatestSample[] {
    const reader = this.#reader()
    const fromMs = Math.max(sinceMs, this.#tables.state.horizon('raw'))
    const read = (series: StoredSeries): LatestSample[] => {
      const points = new PointList()
      reader.readPoints(series.id, fromMs, Number.MAX_SAFE_INTEGER, points)
      const last = points.finish().at(-1)
      return last ? [{ name: series.name, attributes: series.attributes, ...last }] : []
    }
    return inOrderOfIds(this.#tables.series.list(name, attributes), read).flat()
  }

  range(query: RangeQuery): RangeResult {
    const tier = tierOf(query)
    const bounds = this.#bounds(query, tier)
    const reader = this.#reader()
    const read = (series: StoredSeries): SeriesPoints => {
      const points = this.#points(reader, series, query, tier, bounds)
      return { name: series.name, attributes: series.attributes, points }
    }
    const found = inOrderOfIds(this.#tables.series.list(query.name, query.attributes), read).filter(
      ({ points }) => points.length > 0,
    )
    const grouped = query.groupBy ? group(found, query.groupBy, query.groupAggregate ?? 'avg') : found
    return { tier, series: query.top === undefined ? grouped : largest(grouped, query.top) }
  }

  /** Of a tier, whole steps; nothing that is past its retention. */
  #bounds({ fromMs, toMs }: RangeQuery, tier: Tier): Bounds {
    const { state } = this.#tables
    if (tier === 'raw') {
      const horizonMs = state.horizon('raw')
      return { horizonMs, fromMs: Math.max(fromMs, horizonMs), toMs }
    }
    const unitMs = tierSteps[tier].stepMs
    const start = (timeMs: number) => stepStart(timeMs, unitMs)
    // Raw samples that are kept for longer than a tier answer in its place.
    const horizonMs = start(Math.min(state.horizon(tier), state.horizon('raw')))
    return { horizonMs, fromMs: Math.max(start(fromMs), horizonMs), toMs: start(toMs) + unitMs - 1 }
  }

  #points(
    reader: PointReader,
    { id }: StoredSeries,
    { stepMs, aggregate = 'avg', quantile }: RangeQuery,
    tier: Tier,
    { horizonMs, fromMs, toMs }: Bounds,
  ): Point[] {
    if (fromMs > toMs) return []
    const reducer = reducerOf(stepMs, aggregate, quantile, fromMs)
    // The growth of the first step needs the point before it.
    const isGrowth = stepMs !== undefined && (aggregate === 'increase' || aggregate === 'rate')
    const firstMs = isGrowth ? Math.max(horizonMs, stepStart(fromMs, stepMs) - stepMs) : fromMs
    if (tier === 'raw') reader.readPoints(id, firstMs, toMs, reducer)
    else reader.readTier(tier, id, firstMs, toMs, reducer)
    return reducer.finish()
  }

  #reader(): PointReader {
    return new PointReader(this.#tables.frames, this.#tables.openTicks.sources())
  }

  #recentTimes(limit: number): number[] {
    const { openTicks, frames, state } = this.#tables
    const horizonMs = state.horizon('raw')
    const found = new Set(openTicks.all().map(({ timestampMs }) => timestampMs))
    const newest = () =>
      [...found]
        .filter((timestampMs) => timestampMs >= horizonMs)
        .sort((a, b) => b - a)
        .slice(0, limit)
    for (let offset = 0; ; offset += framesPerLook) {
      for (const info of frames.newest('raw', framesPerLook, offset)) {
        const { lastMs } = info
        const times = newest()
        if (lastMs < horizonMs || (times.length === limit && lastMs < (times.at(-1) as number))) return times
        for (const time of frames.head(info).times) found.add(time)
      }
      if (frames.newest('raw', 1, offset + framesPerLook).length === 0) return newest()
    }
  }
}

/** Reads series as they lie side by side in frames; the answers are in the order of the list. */
function inOrderOfIds<T>(series: readonly StoredSeries[], read: (series: StoredSeries) => T): T[] {
  const answers = new Map(series.toSorted((a, b) => a.id - b.id).map((entry) => [entry, read(entry)]))
  return series.map((entry) => answers.get(entry) as T)
}

/** The coarsest tier whose steps make up the step of the question. */
function tierOf({ name, stepMs, aggregate }: RangeQuery): Tier {
  if (stepMs === undefined || (aggregate === 'quantile' && !keepsSketch(name))) return 'raw'
  if (stepMs % tierSteps['10m'].stepMs === 0) return '10m'
  return stepMs % tierSteps['1m'].stepMs === 0 ? '1m' : 'raw'
}

function group(
  series: readonly SeriesPoints[],
  names: readonly string[],
  how: GroupAggregate,
): SeriesPoints[] {
  const groups = Map.groupBy(series, ({ attributes }) => attributesKey(pick(attributes, names)))
  return [...groups.keys()].sort().map((key) => {
    const members = groups.get(key) as readonly SeriesPoints[]
    const [{ name, attributes }] = members as readonly [SeriesPoints]
    return { name, attributes: pick(attributes, names), points: combine(members, how) }
  })
}

function pick(attributes: Attributes, names: readonly string[]): Attributes {
  return Object.fromEntries(
    names.flatMap((name) => (Object.hasOwn(attributes, name) ? [[name, attributes[name] ?? '']] : [])),
  )
}

/** What a group has in one step. */
interface GroupStep {
  readonly timestampMs: number
  sum: number
  count: number
  min: number
  max: number
}

function combine(members: readonly SeriesPoints[], how: GroupAggregate): Point[] {
  const steps: GroupStep[] = []
  for (const { points } of members) {
    let place = 0
    for (const { timestampMs, value } of points) {
      // Both ascend, and the steps of the members are the same as a rule.
      while (place < steps.length && (steps[place] as GroupStep).timestampMs < timestampMs) place += 1
      const step = steps[place]
      if (step?.timestampMs !== timestampMs)
        steps.splice(place, 0, { timestampMs, sum: value, count: 1, min: value, max: value })
      else {
        step.sum += value
        step.count += 1
        if (value < step.min) step.min = value
        if (value > step.max) step.max = value
      }
    }
  }
  return steps.map((step) => ({
    timestampMs: step.timestampMs,
    value: how === 'avg' ? step.sum / step.count : step[how],
  }))
}

function largest(series: readonly SeriesPoints[], count: number): SeriesPoints[] {
  return series
    .map((entry) => ({ entry, mean: meanOf(entry.points) }))
    .sort((a, b) => b.mean - a.mean)
    .slice(0, count)
    .map(({ entry }) => entry)
}

function meanOf(points: readonly Point[]): number {
  return points.reduce((sum, { value }) => sum + value, 0) / points.length
}
