/** What is measured, on how much, and what must come out the same of all: shared by the subjects and their process. */
import type { Tick } from '../src/model/sample.ts'
import type { RangeQuery } from '../src/store/store.ts'
import { makeTicks } from './store-data.ts'

export interface Plan {
  readonly seed: number
  /** Unix milliseconds about which the dataset ends. */
  readonly endMs: number
  /** Ticks of ten seconds. */
  readonly tickCount: number
  /** The interval of the store of 30 days. */
  readonly historyIntervalMs: number
  readonly generationCount: number
}

const intervalMs = 10_000
const dayMs = 86_400_000
/** Ticks do not fall on a whole minute, so that no sample is on the edge of two steps. */
const offsetMs = 3217

const warmUps = 10
const repeats = 60

/** A little in the past: Prometheus refuses the future, and VictoriaMetrics holds back the last 30 seconds. */
export function makePlan({ quick }: { readonly quick: boolean }): Plan {
  const endMs = Math.floor((Date.now() - 300_000) / 60_000) * 60_000
  return quick
    ? { seed: 1, endMs, tickCount: 720, historyIntervalMs: 3600_000, generationCount: 20_000 }
    : { seed: 1, endMs, tickCount: 8640, historyIntervalMs: 30_000, generationCount: 1_000_000 }
}

/** The ticks that all subjects are fed: 24 hours, or as many as there are. */
export function dayOfTicks({ seed, endMs, tickCount }: Plan): Generator<Tick> {
  return makeTicks({ seed, fromMs: endMs - tickCount * intervalMs + offsetMs, tickCount, intervalMs })
}

/** The ticks of 30 days. */
export function monthOfTicks({ seed, endMs, historyIntervalMs }: Plan): Generator<Tick> {
  const fromMs = endMs - 30 * dayMs + offsetMs
  const tickCount = (30 * dayMs) / historyIntervalMs
  return makeTicks({ seed, fromMs, tickCount, intervalMs: historyIntervalMs })
}

/** A tick of now: later than all of the dataset. */
export function* tickOfNow({ seed }: Plan): Generator<Tick> {
  yield* makeTicks({ seed, fromMs: Date.now(), tickCount: 1, intervalMs })
}

/** One question to all: as ours is asked, and as the peers are, in PromQL. */
export interface Question {
  readonly ours: RangeQuery
  readonly promql: string
  /** Of an instant, when there is no step. */
  readonly stepMs?: number
  readonly fromMs: number
  readonly toMs: number
  /** The label that tells the answers apart. */
  readonly label?: string
}

/** One question by the metric that its median is reported as. */
export type QuestionName = 'seriesDayMs' | 'groupHourMs' | 'quantileDayMs'

/**
 * Steps of ours are named by their start, a window of PromQL by its end: window `[1m]` that ends a millisecond before
 * the next minute holds what the step holds. The quantile is of one step that holds all: from 1970 to the last tick.
 */
export function questions({ endMs, tickCount }: Plan): Readonly<Record<QuestionName, Question>> {
  const stepMs = 60_000
  const day = { fromMs: endMs - tickCount * intervalMs, toMs: endMs - 1 }
  const hour = { fromMs: Math.max(day.fromMs, endMs - 3600_000), toMs: endMs - 1 }
  const one = { name: 'hw.power', attributes: { 'hw.id': 'gpu-3' } }
  const series = 'hw_power{hw_id="gpu-3"}'
  const all = 'hw.gpu.utilization'
  return {
    seriesDayMs: {
      ours: { ...one, ...day, stepMs, aggregate: 'avg' },
      promql: `avg_over_time(${series}[1m])`,
      stepMs,
      ...day,
    },
    groupHourMs: {
      ours: { name: all, ...hour, stepMs, aggregate: 'avg', groupBy: ['hw.id'], groupAggregate: 'avg' },
      promql: 'avg by (hw_id) (avg_over_time(hw_gpu_utilization[1m]))',
      stepMs,
      ...hour,
      label: 'hw_id',
    },
    quantileDayMs: {
      ours: { ...one, ...day, stepMs: day.toMs + 2, aggregate: 'quantile', quantile: 0.95 },
      promql: `quantile_over_time(0.95, ${series}[${day.toMs - day.fromMs}ms])`,
      ...day,
    },
  }
}

/** For each series or group, its value by the start of the step. */
export type Answer = Readonly<Record<string, readonly (readonly [timestampMs: number, value: number])[]>>

/** @throws Error that says where two answers to one question differ by more than the rounding of sums. */
export function requireSame(question: string, who: string, answer: Answer, other: string, expected: Answer) {
  const fail = (what: string) => {
    throw new Error(`${question}: ${who} and ${other} disagree, ${what}`)
  }
  const names = Object.keys(expected).sort()
  if (names.length === 0) fail('there is no answer')
  if (Object.keys(answer).sort().join() !== names.join()) fail(`${Object.keys(answer)}, not ${names}`)
  for (const name of names) {
    const [points = [], wanted = []] = [answer[name], expected[name]]
    if (points.length !== wanted.length) fail(`"${name}": ${points.length} points, not ${wanted.length}`)
    for (const [index, [timestampMs, value]] of wanted.entries()) {
      const [otherMs, otherValue = Number.NaN] = points[index] ?? []
      const isSame = otherMs === timestampMs && Math.abs(otherValue - value) <= 1e-9 * Math.abs(value) + 1e-12
      if (!isSame) fail(`"${name}": ${otherValue} at ${otherMs}, not ${value} at ${timestampMs}`)
    }
  }
}

/** Milliseconds that `ask` takes, the median of `repeats` after `warmUps`. */
export async function timeMedian(ask: (index: number) => Promise<unknown>): Promise<number> {
  const times: number[] = []
  for (let index = 0; index < warmUps + repeats; index++) {
    const start = performance.now()
    await ask(index)
    if (index >= warmUps) times.push(performance.now() - start)
  }
  return percentile(times, 0.5)
}

export function percentile(values: readonly number[], quantile: number): number {
  const sorted = Float64Array.from(values).sort()
  return sorted[Math.round((sorted.length - 1) * quantile)] ?? Number.NaN
}
