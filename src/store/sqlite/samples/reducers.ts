/** How the points of a step become one point. Points come in ascending order of time. */
import type { Point } from '../../../model/sample.ts'
import { maxSketched, Sketch } from '../../../model/sketch.ts'
import type { ColumnSummary } from '../../frame/column-summary.ts'
import type { Aggregate } from '../../sample-query.ts'
import { stepStart } from '../../step-start.ts'

/** What a tier keeps of each of its steps; one entry for each. */
export interface StepSummaries {
  /** The starts of the steps, Unix milliseconds, ascending. */
  readonly times: Float64Array
  readonly min: Float64Array
  readonly max: Float64Array
  readonly sum: Float64Array
  readonly count: Float64Array
  readonly last: Float64Array
  /** As `Sketch.toNumbers`, by step; empty for metrics that keep none. */
  readonly sketches: readonly (readonly number[])[]
}

/** Takes points, and what summaries there are, of one series. */
export interface Reducer {
  /** Points `from` to before `to` of two lists of equal length. */
  addPoints(times: Float64Array, values: Float64Array, from: number, to: number): void
  /** True when it can use a summary of all points between these times instead of the points. */
  takesSummary(firstMs: number, lastMs: number): boolean
  addSummary(firstMs: number, summary: ColumnSummary): void
  /** Entries `from` to before `to`. */
  addSteps(steps: StepSummaries, from: number, to: number): void
  /** All points, once there is nothing to add. */
  finish(): Point[]
}

/**
 * @param quantile - for the aggregate of that name.
 * @param fromMs - points before are not part of the answer: growth is only measured from them. Unix milliseconds.
 */
export function reducerOf(
  stepMs: number | undefined,
  aggregate: Aggregate,
  quantile = 0.5,
  fromMs = Number.NEGATIVE_INFINITY,
): Reducer {
  if (stepMs === undefined) return new PointList()
  if (aggregate === 'quantile') return new QuantileReducer(stepMs, quantile)
  if (aggregate === 'increase' || aggregate === 'rate') return new IncreaseReducer(stepMs, aggregate, fromMs)
  return new SummaryReducer(stepMs, aggregate)
}

/** Keeps the points as they are. */
export class PointList implements Reducer {
  readonly #points: Point[] = []

  addPoints(times: Float64Array, values: Float64Array, from: number, to: number): void {
    for (let index = from; index < to; index++)
      this.#points.push({ timestampMs: times[index] as number, value: values[index] as number })
  }

  takesSummary(): boolean {
    return false
  }

  addSummary(): void {}

  addSteps(): void {}

  finish(): Point[] {
    return this.#points
  }
}

class SummaryReducer implements Reducer {
  readonly #stepMs: number
  readonly #aggregate: Exclude<Aggregate, 'quantile' | 'increase' | 'rate'>
  readonly #points: Point[] = []
  #startMs = Number.NaN
  #count = 0
  #sum = 0
  #min = 0
  #max = 0
  #last = 0

  constructor(stepMs: number, aggregate: Exclude<Aggregate, 'quantile' | 'increase' | 'rate'>) {
    this.#stepMs = stepMs
    this.#aggregate = aggregate
  }

  addPoints(times: Float64Array, values: Float64Array, from: number, to: number): void {
    let index = from
    while (index < to) {
      this.#enter(times[index] as number)
      const endMs = this.#startMs + this.#stepMs
      let count = this.#count
      let sum = this.#sum
      let min = this.#min
      let max = this.#max
      for (; index < to && (times[index] as number) < endMs; index++) {
        const value = values[index] as number
        sum += value
        if (count === 0 || value < min) min = value
        if (count === 0 || value > max) max = value
        count += 1
      }
      this.#count = count
      this.#sum = sum
      this.#min = min
      this.#max = max
      this.#last = values[index - 1] as number
    }
  }

  takesSummary(firstMs: number, lastMs: number): boolean {
    return this.#aggregate !== 'last' && stepStart(firstMs, this.#stepMs) === stepStart(lastMs, this.#stepMs)
  }

  addSummary(firstMs: number, { count, min, max, sum }: ColumnSummary): void {
    if (count > 0) this.#add(firstMs, count, min, max, sum, Number.NaN)
  }

  addSteps({ times, min, max, sum, count, last }: StepSummaries, from: number, to: number): void {
    for (let index = from; index < to; index++) {
      this.#add(
        times[index] as number,
        count[index] as number,
        min[index] as number,
        max[index] as number,
        sum[index] as number,
        last[index] as number,
      )
    }
  }

  finish(): Point[] {
    this.#close()
    return this.#points
  }

  #add(timestampMs: number, count: number, min: number, max: number, sum: number, last: number): void {
    this.#enter(timestampMs)
    this.#min = this.#count === 0 || min < this.#min ? min : this.#min
    this.#max = this.#count === 0 || max > this.#max ? max : this.#max
    this.#count += count
    this.#sum += sum
    this.#last = last
  }

  #enter(timestampMs: number): void {
    const startMs = stepStart(timestampMs, this.#stepMs)
    if (startMs === this.#startMs) return
    this.#close()
    this.#startMs = startMs
    this.#count = 0
    this.#sum = 0
  }

  #close(): void {
    if (this.#count > 0) this.#points.push({ timestampMs: this.#startMs, value: this.#value() })
  }

  #value(): number {
    switch (this.#aggregate) {
      case 'avg':
        // Rounding can carry the mean of nearly equal values an ulp past them.
        return Math.min(this.#max, Math.max(this.#min, this.#sum / this.#count))
      case 'min':
        return this.#min
      case 'max':
        return this.#max
      case 'sum':
        return this.#sum
      case 'last':
        return this.#last
      case 'count':
        return this.#count
    }
  }
}

/**
 * Growth of a counter: each point is compared to the one before it, if that is no older than a step before the step
 * began. A fall is a reset: the counter has grown by its new value since.
 */
class IncreaseReducer implements Reducer {
  readonly #stepMs: number
  readonly #aggregate: 'increase' | 'rate'
  readonly #fromMs: number
  readonly #points: Point[] = []
  #startMs = Number.NaN
  #beforeMs = Number.NEGATIVE_INFINITY
  #before = 0
  #increase = 0
  #elapsedMs = 0

  constructor(stepMs: number, aggregate: 'increase' | 'rate', fromMs: number) {
    this.#stepMs = stepMs
    this.#fromMs = fromMs
    this.#aggregate = aggregate
  }

  addPoints(times: Float64Array, values: Float64Array, from: number, to: number): void {
    for (let index = from; index < to; index++) {
      const value = values[index] as number
      const timestampMs = times[index] as number
      this.#add(timestampMs, value, value >= this.#before ? value - this.#before : value)
    }
  }

  takesSummary(): boolean {
    return false
  }

  addSummary(): void {}

  /** Of a step with a reset, the growth before it is what its highest value shows. */
  addSteps({ times, min, max, last }: StepSummaries, from: number, to: number): void {
    for (let index = from; index < to; index++) {
      const value = last[index] as number
      const peak = max[index] as number
      const wasReset = (min[index] as number) < this.#before
      const growthBefore = wasReset && peak > value ? Math.max(0, peak - this.#before) : 0
      this.#add(times[index] as number, value, wasReset ? growthBefore + value : value - this.#before)
    }
  }

  finish(): Point[] {
    this.#close()
    return this.#points
  }

  #add(timestampMs: number, value: number, growth: number): void {
    if (timestampMs >= this.#fromMs) this.#count(timestampMs, growth)
    this.#beforeMs = timestampMs
    this.#before = value
  }

  #count(timestampMs: number, growth: number): void {
    const startMs = stepStart(timestampMs, this.#stepMs)
    if (startMs !== this.#startMs) {
      this.#close()
      this.#startMs = startMs
      this.#increase = 0
      this.#elapsedMs = 0
    }
    if (this.#beforeMs < startMs - this.#stepMs) return
    this.#increase += growth
    this.#elapsedMs += timestampMs - this.#beforeMs
  }

  #close(): void {
    if (this.#elapsedMs === 0) return
    const value = this.#aggregate === 'rate' ? (this.#increase * 1000) / this.#elapsedMs : this.#increase
    this.#points.push({ timestampMs: this.#startMs, value })
  }
}

/** Quantiles of the points themselves; of steps with sketches, of these. */
class QuantileReducer implements Reducer {
  readonly #stepMs: number
  readonly #quantile: number
  readonly #points: Point[] = []
  #startMs = Number.NaN
  #values = new Float64Array(256)
  #count = 0
  #sketch: Sketch | undefined

  constructor(stepMs: number, quantile: number) {
    this.#stepMs = stepMs
    this.#quantile = quantile
  }

  addPoints(times: Float64Array, values: Float64Array, from: number, to: number): void {
    for (let index = from; index < to; index++) {
      this.#enter(times[index] as number)
      if (this.#count === this.#values.length) {
        const larger = new Float64Array(this.#count * 2)
        larger.set(this.#values)
        this.#values = larger
      }
      this.#values[this.#count++] = values[index] as number
    }
  }

  takesSummary(): boolean {
    return false
  }

  addSummary(): void {}

  addSteps({ times, sketches }: StepSummaries, from: number, to: number): void {
    for (let index = from; index < to; index++) {
      this.#enter(times[index] as number)
      this.#sketch ??= new Sketch()
      this.#sketch.addNumbers(sketches[index] ?? [])
    }
  }

  finish(): Point[] {
    this.#close()
    return this.#points
  }

  #enter(timestampMs: number): void {
    const startMs = stepStart(timestampMs, this.#stepMs)
    if (startMs === this.#startMs) return
    this.#close()
    this.#startMs = startMs
    this.#count = 0
    this.#sketch = undefined
  }

  #close(): void {
    const value = this.#sketch ? this.#sketchQuantile(this.#sketch) : this.#exactQuantile()
    if (value !== undefined) this.#points.push({ timestampMs: this.#startMs, value })
  }

  #exactQuantile(): number | undefined {
    return this.#count === 0 ? undefined : quantileOf(this.#values.subarray(0, this.#count), this.#quantile)
  }

  #sketchQuantile(sketch: Sketch): number | undefined {
    for (const value of this.#values.subarray(0, this.#count)) sketch.add(sketchedMs(value))
    const [quantileMs] = sketch.quantiles([this.#quantile])
    return quantileMs === null || quantileMs === undefined ? undefined : quantileMs / 1000
  }
}

/** What a sketch takes of a duration in seconds. */
export function sketchedMs(seconds: number): number {
  return Math.min(maxSketched, Math.max(0, seconds * 1000))
}

/**
 * A quantile by linear interpolation between the closest ranks (type 7 of Hyndman and Fan, The American Statistician 50,
 * 1996, as Prometheus does). Reorders the values.
 *
 * @param values - at least one.
 */
function quantileOf(values: Float64Array, quantile: number): number {
  const rank = quantile * (values.length - 1)
  const lower = Math.floor(rank)
  select(values, lower)
  const below = values[lower] as number
  if (lower === rank) return below
  let above = Number.POSITIVE_INFINITY
  for (let index = lower + 1; index < values.length; index++)
    if ((values[index] as number) < above) above = values[index] as number
  return below + (above - below) * (rank - lower)
}

/** Moves the value of rank `wanted` to its place, smaller ones before it (C. A. R. Hoare, "Find", CACM 4(7), 1961). */
function select(values: Float64Array, wanted: number): void {
  let left = 0
  let right = values.length - 1
  while (left < right) {
    const pivot = values[(left + right) >>> 1] as number
    let low = left
    let high = right
    while (low <= high) {
      while ((values[low] as number) < pivot) low += 1
      while ((values[high] as number) > pivot) high -= 1
      if (low > high) break
      const value = values[low] as number
      values[low++] = values[high] as number
      values[high--] = value
    }
    if (wanted <= high) right = high
    else if (wanted >= low) left = low
    else return
  }
}
