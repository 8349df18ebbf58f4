/** What a tier keeps of a series in a frame, as columns; and which tiers there are. */

import { Sketch } from '../../../model/sketch.ts'
import type { ByteReader } from '../../frame/bytes.ts'
import { ColumnEncoder, decodeColumn } from '../../frame/column.ts'
import type { Tier } from '../../sample-query.ts'
import { stepStart } from '../../step-start.ts'
import type { FrameDraft } from './frame-draft.ts'
import { type Reducer, type StepSummaries, sketchedMs } from './reducers.ts'

const minuteMs = 60_000

/** A tier that is made of raw samples. */
export type SummaryTier = Exclude<Tier, 'raw'>
/** The steps of each tier, and the time that one frame of it covers, aligned to multiples since the Unix epoch. */
export const tierSteps: Readonly<Record<SummaryTier, { readonly stepMs: number; readonly spanMs: number }>> =
  {
    '1m': { stepMs: minuteMs, spanMs: 240 * minuteMs },
    '10m': { stepMs: 10 * minuteMs, spanMs: 1440 * minuteMs },
  }
export const summaryTiers = ['1m', '10m'] as const satisfies readonly SummaryTier[]

/** Metrics that keep a sketch: durations, in seconds, by the naming rule of OpenTelemetry. */
export function keepsSketch(name: string): boolean {
  return name.endsWith('.duration')
}

/** Sums of decimals of up to so many digits after the point are rounded to as many. */
const maxDigits = 6

/** Makes the summaries of one series in one span. */
export class StepSummarizer implements Reducer {
  readonly #stepMs: number
  readonly #times: number[] = []
  readonly #min: number[] = []
  readonly #max: number[] = []
  readonly #sum: number[] = []
  readonly #count: number[] = []
  readonly #last: number[] = []
  readonly #sketches: Sketch[] | undefined
  #factor = 1
  #pointCount = 0

  constructor(tier: SummaryTier, hasSketch: boolean) {
    this.#stepMs = tierSteps[tier].stepMs
    this.#sketches = hasSketch ? [] : undefined
  }

  /** How many points were added. */
  get pointCount(): number {
    return this.#pointCount
  }

  addPoints(times: Float64Array, values: Float64Array, from: number, to: number): void {
    this.#pointCount += to - from
    for (let index = from; index < to; index++) {
      const value = values[index] as number
      const step = this.#enter(times[index] as number, value)
      this.#sum[step] = (this.#sum[step] as number) + value
      this.#count[step] = (this.#count[step] as number) + 1
      if (value < (this.#min[step] as number)) this.#min[step] = value
      if (value > (this.#max[step] as number)) this.#max[step] = value
      this.#last[step] = value
      this.#sketches?.[step]?.add(sketchedMs(value))
      while (this.#factor <= 10 ** maxDigits && Math.round(value * this.#factor) / this.#factor !== value)
        this.#factor *= 10
    }
  }

  takesSummary(): boolean {
    return false
  }

  addSummary(): void {}

  addSteps(): void {}

  finish(): [] {
    return []
  }

  /**
   * Adds the columns of the series to a frame whose times are the starts of all steps of the span.
   *
   * @param firstMs - the start of the span.
   * @param stepCount - steps of the span.
   */
  writeTo(draft: FrameDraft, firstMs: number, stepCount: number): void {
    const present = new Uint8Array(stepCount)
    for (const timestampMs of this.#times) present[(timestampMs - firstMs) / this.#stepMs] = 1
    const count = this.#times.length
    draft.addColumn(Float64Array.from(this.#min), count, count === stepCount ? undefined : present)
    draft.addColumn(Float64Array.from(this.#max), count)
    draft.addColumn(
      Float64Array.from(this.#sum, (sum) => this.#rounded(sum)),
      count,
    )
    draft.addColumn(Float64Array.from(this.#count), count)
    draft.addColumn(Float64Array.from(this.#last), count)
    draft.addBytes(this.#sketches ? encodeSketches(this.#sketches) : new Uint8Array(0))
  }

  #enter(timestampMs: number, value: number): number {
    const startMs = stepStart(timestampMs, this.#stepMs)
    const step = this.#times.length
    if (this.#times[step - 1] === startMs) return step - 1
    this.#times.push(startMs)
    this.#min.push(value)
    this.#max.push(value)
    this.#sum.push(0)
    this.#count.push(0)
    this.#last.push(value)
    this.#sketches?.push(new Sketch())
    return step
  }

  /** A sum of decimals is a decimal: without the noise of adding doubles it takes a tenth of the room. */
  #rounded(sum: number): number {
    if (this.#factor > 10 ** maxDigits || Math.abs(sum) * this.#factor > 2 ** 50) return sum
    return Math.round(sum * this.#factor) / this.#factor
  }
}

/** Three columns of one length, which comes first, as a varint: the step, and the two numbers of each bucket. */
function encodeSketches(sketches: readonly Sketch[]): Uint8Array {
  const columns: [number[], number[], number[]] = [[], [], []]
  for (const [step, sketch] of sketches.entries()) {
    const numbers = sketch.toNumbers()
    for (let index = 0; index < numbers.length; index += 2) {
      columns[0].push(step)
      columns[1].push(numbers[index] as number)
      columns[2].push(numbers[index + 1] as number)
    }
  }
  const encoder = new ColumnEncoder()
  encoder.writer.varint(columns[0].length)
  for (const column of columns) encoder.encode(Float64Array.from(column), column.length)
  return encoder.writer.written.slice()
}

/** A sketch has no more buckets than this, by far: what is more is damage. */
const maxBucketsPerStep = 4096

function decodeSketches(reader: ByteReader, stepCount: number): readonly (readonly number[])[] {
  if (reader.left === 0) return []
  const sketches = Array.from({ length: stepCount }, (): number[] => [])
  const count = reader.count(stepCount * maxBucketsPerStep)
  const [steps, distances, counts] = [0, 1, 2].map(() => decodeColumn(reader, count).values)
  for (let entry = 0; entry < count; entry++)
    sketches[steps?.[entry] as number]?.push(distances?.[entry] as number, counts?.[entry] as number)
  return sketches
}

/**
 * Reads the six columns of one series of a frame.
 *
 * @param column - gives the bytes of the n-th.
 * @param starts - the times of the frame.
 * @throws FramewatchError `STORE_DAMAGED`.
 */
export function readStepSummaries(
  column: (index: number) => ByteReader,
  starts: Float64Array,
): StepSummaries {
  const { values: min, ticks } = decodeColumn(column(0), starts.length)
  const times = ticks ? Float64Array.from(ticks, (tick) => starts[tick] as number) : starts
  const [max, sum, count, last] = [1, 2, 3, 4].map((index) => decodeColumn(column(index), min.length).values)
  const none = new Float64Array(0)
  const sketches = decodeSketches(column(5), min.length)
  return {
    times,
    min,
    max: max ?? none,
    sum: sum ?? none,
    count: count ?? none,
    last: last ?? none,
    sketches,
  }
}
