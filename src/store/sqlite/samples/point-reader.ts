import { decodeColumn, summarizeColumn } from '../../frame/column.ts'
import { type FrameHead, findSeries } from '../../frame/frame-head.ts'
import { stepStart } from '../../step-start.ts'
import type { ColumnSource } from './column-source.ts'
import { ColumnReader, type FrameInfo, type FrameTable } from './frame-table.ts'
import type { Reducer } from './reducers.ts'
import { readStepSummaries, type SummaryTier, tierSteps } from './tier-columns.ts'

/** A stretch of the points of one series. */
interface Segment {
  readonly firstMs: number
  readonly lastMs: number
  readonly frame?: { readonly id: number; readonly head: FrameHead; readonly place: number }
  readonly open?: ColumnSource
}

interface Points {
  readonly times: Float64Array
  readonly values: Float64Array
}

/** Reads the points of series for one question, from frames and open ticks, in bounded memory. */
export class PointReader {
  readonly #columns: ColumnReader
  readonly #frames: FrameTable
  readonly #open: readonly ColumnSource[]
  /** For the values of one column at a time. */
  #room = new Float64Array(0)
  readonly #known = new Map<string, readonly FrameInfo[]>()
  /** A question about many series reads all heads for each of them. */
  readonly #heads = new Map<number, FrameHead>()

  /** @param open - the open ticks of each node; they were written later than every frame. */
  constructor(frames: FrameTable, open: readonly ColumnSource[]) {
    this.#frames = frames
    this.#columns = new ColumnReader(frames)
    this.#open = open
  }

  /**
   * The raw points of a series from `fromMs` to `toMs`, inclusive, in ascending order. Where frames overlap, because
   * the clock was set back or nodes share a series, they are merged; of points at one time the last written counts.
   */
  readPoints(seriesId: number, fromMs: number, toMs: number, reducer: Reducer): void {
    const segments = this.#segments(seriesId, fromMs, toMs)
    const isOrdered = segments.every(
      ({ firstMs }, index) => index === 0 || firstMs > (segments[index - 1] as Segment).lastMs,
    )
    const inOrder = isOrdered ? segments : []
    if (!isOrdered) this.#merge(segments, seriesId, fromMs, toMs, reducer)
    for (const segment of inOrder) {
      const { firstMs, lastMs, frame } = segment
      if (frame && firstMs >= fromMs && lastMs <= toMs && reducer.takesSummary(firstMs, lastMs)) {
        const column = this.#columns.read(frame.id, frame.head, frame.place)
        reducer.addSummary(firstMs, summarizeColumn(column, frame.head.times.length))
      } else addWithin(this.#load(segment, seriesId), fromMs, toMs, reducer)
    }
  }

  /** As `readPoints`, from the summaries of a tier, and from raw samples where these are not there yet. */
  readTier(tier: SummaryTier, seriesId: number, fromMs: number, toMs: number, reducer: Reducer): void {
    const { spanMs } = tierSteps[tier]
    let nextMs = fromMs
    for (const info of this.#overlapping(tier, fromMs, toMs)) {
      const head = this.#head(info)
      const spanStartMs = stepStart(head.times[0] as number, spanMs)
      if (spanStartMs > nextMs) this.readPoints(seriesId, nextMs, spanStartMs - 1, reducer)
      this.#readSteps(info.id, head, seriesId, fromMs, toMs, reducer)
      nextMs = spanStartMs + spanMs
    }
    if (nextMs <= toMs) this.readPoints(seriesId, nextMs, toMs, reducer)
  }

  #readSteps(
    frameId: number,
    head: FrameHead,
    seriesId: number,
    fromMs: number,
    toMs: number,
    reducer: Reducer,
  ): void {
    const place = findSeries(head, seriesId)
    if (place < 0) return
    const first = place * ((head.offsets.length - 1) / head.seriesIds.length)
    const steps = readStepSummaries((index) => this.#columns.read(frameId, head, first + index), head.times)
    const { times } = steps
    reducer.addSteps(steps, lowerBound(times, fromMs), lowerBound(times, toMs + 1))
  }

  /** Sorted by their first points, those of equal ones as they were written. */
  #segments(seriesId: number, fromMs: number, toMs: number): Segment[] {
    const segments: Segment[] = []
    for (const info of this.#overlapping('raw', fromMs, toMs)) {
      const head = this.#head(info)
      const place = findSeries(head, seriesId)
      const [firstMs = 0, lastMs = 0] = [head.times[0], head.times.at(-1)]
      if (place >= 0) segments.push({ firstMs, lastMs, frame: { id: info.id, head, place } })
    }
    for (const open of this.#open) {
      const { times } = open
      const firstMs = times[0] as number
      const lastMs = times.at(-1) as number
      if (lastMs >= fromMs && firstMs <= toMs && open.has(seriesId)) segments.push({ firstMs, lastMs, open })
    }
    return segments.sort((a, b) => a.firstMs - b.firstMs)
  }

  #overlapping(tier: FrameInfo['tier'], fromMs: number, toMs: number): readonly FrameInfo[] {
    const key = `${tier} ${fromMs} ${toMs}`
    const known = this.#known.get(key) ?? this.#frames.overlapping(tier, fromMs, toMs)
    this.#known.set(key, known)
    return known
  }

  #head(info: FrameInfo): FrameHead {
    const known = this.#heads.get(info.id) ?? this.#frames.head(info)
    this.#heads.set(info.id, known)
    return known
  }

  /** Valid until the next one is loaded. */
  #load({ frame, open }: Segment, seriesId: number): Points {
    if (open) {
      const { values, count, present } = open.column(seriesId)
      const times = present ? open.times.filter((_, index) => present[index] === 1) : open.times
      return { times, values: values.subarray(0, count) }
    }
    if (!frame) return { times: new Float64Array(0), values: new Float64Array(0) }
    const { id, head, place } = frame
    if (this.#room.length < head.times.length) this.#room = new Float64Array(head.times.length)
    const column = this.#columns.read(id, head, place)
    const { values, ticks } = decodeColumn(column, head.times.length, this.#room)
    const times = ticks ? Float64Array.from(ticks, (tick) => head.times[tick] as number) : head.times
    return { times, values }
  }

  #merge(
    segments: readonly Segment[],
    seriesId: number,
    fromMs: number,
    toMs: number,
    reducer: Reducer,
  ): void {
    // Frames as they were written, then the open ticks, which are newer than each: the last one counts.
    const written = segments.toSorted((a, b) => writtenOrder(a) - writtenOrder(b))
    const points = new Map<number, number>()
    for (const segment of written) {
      const { times, values } = this.#load(segment, seriesId)
      for (let index = 0; index < times.length; index++)
        points.set(times[index] as number, values[index] as number)
    }
    const times = Float64Array.from(points.keys()).sort()
    addWithin({ times, values: times.map((time) => points.get(time) as number) }, fromMs, toMs, reducer)
  }
}

function writtenOrder({ frame }: Segment): number {
  return frame ? frame.id : Number.MAX_SAFE_INTEGER
}

function addWithin({ times, values }: Points, fromMs: number, toMs: number, reducer: Reducer): void {
  reducer.addPoints(times, values, lowerBound(times, fromMs), lowerBound(times, toMs + 1))
}

/** The place of the first of the ascending times that is not before `timeMs`. */
function lowerBound(times: Float64Array, timeMs: number): number {
  let low = 0
  let high = times.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((times[middle] as number) < timeMs) low = middle + 1
    else high = middle
  }
  return low
}
