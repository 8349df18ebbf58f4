/** What a metric did over a window: series flow in from the store one at a time, their points and statistics flow out. */
import { counterGrowth, joinPoints, rawPoints, type SeriesPoint } from '../collect/series-points.ts'
import { summarizeSeries } from '../collect/series-summary.ts'
import {
  type Attributes,
  attributesKey,
  type MetricDescriptor,
  matchesAttributes,
  type Point,
  type Series,
} from '../model/sample.ts'
import type { SeriesSummary } from '../model/status.ts'
import type { Aggregate, RangeQuery, StoreReader } from '../store/store.ts'

/** Which past of which metric. */
export interface HistoryQuery {
  readonly metric: Pick<MetricDescriptor, 'name' | 'kind' | 'unit'>
  /** Only series with all of these; an empty value: that have none of this name. @default all series of the metric */
  readonly attributes?: Attributes
  /** Unix milliseconds, inclusive. */
  readonly fromMs: number
  /** Unix milliseconds, inclusive. */
  readonly toMs: number
}

/** What one series did. */
export interface SeriesHistory {
  readonly summary: SeriesSummary
  /** Values of a gauge, rates per second of a counter. */
  readonly points: readonly SeriesPoint[]
}

/** One series over the window of a question. */
interface Request extends HistoryQuery {
  readonly series: Series
  /** 0: raw samples. */
  readonly stepMs: number
  /** How many parts the window is read in, so that series that match as well do not fill the memory. */
  readonly parts: number
}

const maxPoints = 20_000
/** Of all series that one reading of the store returns. */
const maxPointsAtOnce = 200_000
const minuteMs = 60_000
const tenMinutesMs = 600_000
/** A step that no summary can answer: raw samples are asked. */
const rawOnlyStepMs = minuteMs - 1
const stepSeconds = [1, 2, 5, 10, 15, 20, 30, 60, 120, 180, 300, 600, 1200, 1800, 3600, 7200, 10_800, 21_600]

/** What metric a name is: as the catalogue says, else as its ending does. */
export function describeMetric(metrics: readonly MetricDescriptor[], name: string): MetricDescriptor {
  const known = metrics.find((metric) => metric.name === name)
  const kind = /_(total|count|sum|bucket)$/.test(name) ? 'counter' : 'gauge'
  return known ?? { name, kind, unit: '', description: '' }
}

/**
 * The history of each series of a metric that has points in the window, sorted by attributes, read one at a time: at
 * most 20,000 points of it. A window with more, or with samples that are kept only as summaries, is read in steps.
 */
export async function* readMetricHistory(
  store: StoreReader,
  query: HistoryQuery,
): AsyncGenerator<SeriesHistory> {
  const all = await store.listSeries(query.metric.name)
  const wanted = all.filter(({ attributes }) => isWanted(attributes, query.attributes ?? {}))
  if (wanted.length === 0) return
  const stepMs = await chooseStep(store, query)
  if (stepMs === undefined) return
  for (const series of wanted) {
    const alike = all.filter(({ attributes }) => matchesAttributes(attributes, series.attributes)).length
    const parts = Math.ceil((alike * maxPoints) / maxPointsAtOnce)
    const request = { ...query, series, stepMs, parts: alike === 1 ? 1 : parts }
    const history = stepMs === 0 ? await readRaw(store, request) : await readSteps(store, request)
    if (history) yield history
  }
}

function isWanted(attributes: Attributes, wanted: Attributes): boolean {
  return Object.entries(wanted).every(([name, value]) => (attributes[name] ?? '') === value)
}

/** Milliseconds; 0 for raw samples; undefined when there are none in the window. */
async function chooseStep(
  store: StoreReader,
  { metric: { name }, fromMs, toMs }: HistoryQuery,
): Promise<number | undefined> {
  const lookMs = tenMinutesMs * Math.ceil(Math.max(1, toMs - fromMs) / (tenMinutesMs * 500))
  const count = async (stepMs: number, from: number, to: number) =>
    (await store.range({ name, aggregate: 'count', stepMs, fromMs: from, toMs: to })).series
  const coarse = await count(lookMs, fromMs, toMs)
  if (coarse.length === 0) return undefined
  const earliestMs = Math.max(fromMs, Math.min(...coarse.map(({ points }) => firstOf(points))))
  const most = Math.max(...coarse.map(({ points }) => sumOf(points)))
  const has = async (stepMs: number) =>
    (await count(stepMs, earliestMs, Math.min(toMs, earliestMs + lookMs))).length > 0
  const isRaw = await has(rawOnlyStepMs)
  if (isRaw && most <= maxPoints) return 0
  const leastMs = isRaw ? 1 : (await has(minuteMs)) ? minuteMs : tenMinutesMs
  const neededMs = Math.max(leastMs, (toMs - earliestMs) / maxPoints)
  const seconds = stepSeconds.find((step) => step * 1000 >= neededMs)
  return seconds === undefined ? tenMinutesMs * Math.ceil(neededMs / tenMinutesMs) : seconds * 1000
}

async function readRaw(store: StoreReader, request: Request): Promise<SeriesHistory | undefined> {
  const found = await readSeries(store, request)
  const last = found.at(-1)
  if (last === undefined) return undefined
  const points = rawPoints(found)
  const values = request.metric.kind === 'counter' ? counterGrowth(points) : gaugeOf(points)
  return finish(request, values, found.length, last)
}

async function readSteps(store: StoreReader, request: Request): Promise<SeriesHistory | undefined> {
  const { metric, stepMs, toMs } = request
  const read = (aggregate: Aggregate) => readSeries(store, request, aggregate)
  const counts = await read('count')
  const newest = counts.at(-1)
  if (newest === undefined) return undefined
  const endMs = newest.timestampMs + stepMs
  const tail = { ...request, fromMs: newest.timestampMs, toMs: Math.min(toMs, endMs - 1) }
  const last = (await readSeries(store, tail)).at(-1) ?? {
    timestampMs: Math.min(toMs, endMs),
    value: (await readSeries(store, tail, 'last')).at(-1)?.value ?? Number.NaN,
  }
  const values =
    metric.kind === 'counter'
      ? await counterSteps(read, stepMs)
      : gaugeOf(await gaugeSteps(read, counts, stepMs))
  return finish(request, values, sumOf(counts), last)
}

/** Values of a gauge or rates of a counter, and what the counter grew by. */
interface Values {
  readonly rates: readonly SeriesPoint[]
  readonly increase: number | null
}

const gaugeOf = (points: readonly SeriesPoint[]): Values => ({ rates: points, increase: null })

/**
 * The growth from the last value of a step to that of the next tells restarts and steps back apart. Where the store
 * found the same growth, its rate is taken: it knows the times of the samples.
 */
async function counterSteps(
  read: (aggregate: Aggregate) => Promise<readonly Point[]>,
  stepMs: number,
): Promise<Values> {
  const lasts = await read('last')
  const ends = lasts.map(({ timestampMs, value }) => ({ timestampMs: timestampMs + stepMs, value }))
  const growth = counterGrowth(rawPoints(ends))
  const stored = new Map((await read('rate')).map(({ timestampMs, value }) => [timestampMs + stepMs, value]))
  const grown = new Map(
    (await read('increase')).map(({ timestampMs, value }) => [timestampMs + stepMs, value]),
  )
  const rates = growth.rates.map((point) => {
    const [rate, increase] = [stored.get(point.timestampMs), grown.get(point.timestampMs)]
    const expected = point.value * point.weight
    if (rate === undefined || increase === undefined || Math.abs(increase - expected) > 1e-6 * expected)
      return point
    return { ...point, value: rate, min: rate, max: rate, weight: rate > 0 ? increase / rate : point.weight }
  })
  return { rates, increase: growth.increase }
}

async function gaugeSteps(
  read: (aggregate: Aggregate) => Promise<readonly Point[]>,
  counts: readonly Point[],
  stepMs: number,
): Promise<SeriesPoint[]> {
  const [means, mins, maxes] = [await read('avg'), await read('min'), await read('max')]
  const steps = means.map(({ timestampMs, value }, index) => ({
    timestampMs: timestampMs + stepMs / 2,
    value,
    min: mins[index]?.value ?? value,
    max: maxes[index]?.value ?? value,
    weight: counts[index]?.value ?? 1,
  }))
  return joinPoints(steps)
}

function finish(request: Request, values: Values, count: number, last: Point): SeriesHistory {
  const { metric, series, stepMs, fromMs, toMs } = request
  const { rates: points, increase } = values
  const windowSeconds = (toMs - fromMs) / 1000
  const resolutionSeconds = stepMs / 1000
  const window = { series, metric, windowSeconds, resolutionSeconds, count, last, points, increase }
  return { summary: summarizeSeries(window), points }
}

/** The points of just this series, or one for each of its steps. */
async function readSeries(store: StoreReader, request: Request, aggregate?: Aggregate): Promise<Point[]> {
  const { series, stepMs, fromMs, toMs, parts } = request
  const key = attributesKey(series.attributes)
  const steps: Pick<RangeQuery, 'stepMs' | 'aggregate'> = aggregate ? { stepMs, aggregate } : {}
  const unitMs = stepMs || 1
  const partMs = unitMs * Math.ceil((toMs - fromMs + 1) / parts / unitMs)
  const found: Point[] = []
  // A part ends where a step does, or the step would come twice.
  for (let start = fromMs; start <= toMs; ) {
    const next = Math.floor((start + partMs) / unitMs) * unitMs
    const range = { ...series, ...steps, fromMs: start, toMs: Math.min(toMs, next - 1) }
    const answer = (await store.range(range)).series.find(
      ({ attributes }) => attributesKey(attributes) === key,
    )
    for (const point of answer?.points ?? []) found.push(point)
    start = next
  }
  return found
}

function firstOf(points: readonly Point[]): number {
  return points[0]?.timestampMs ?? Number.POSITIVE_INFINITY
}

function sumOf(points: readonly Point[]): number {
  return points.reduce((sum, { value }) => sum + value, 0)
}
