import { ColumnEncoder } from '../../frame/column.ts'
import { encodeFrameHead } from '../../frame/frame-head.ts'
import type { Tier } from '../../sample-query.ts'
import { chunkBytes, type FrameTable } from './frame-table.ts'

/** A frame that is being written, some series at a time: chunks as they fill, the head at the end. */
export class FrameDraft {
  readonly #frames: FrameTable
  readonly #id: number
  readonly #tier: Tier
  readonly #node: string
  readonly #times: Float64Array
  readonly #encoder = new ColumnEncoder()
  readonly #seriesIds: number[] = []
  readonly #lengths: number[] = []
  #writtenChunks = 0

  /** @param times - of the ticks, Unix milliseconds, ascending; at least one. */
  constructor(frames: FrameTable, tier: Tier, node: string, times: Float64Array) {
    this.#frames = frames
    this.#tier = tier
    this.#node = node
    this.#times = times
    this.#id = frames.begin()
  }

  get seriesIds(): readonly number[] {
    return this.#seriesIds
  }

  get lastMs(): number {
    return this.#times.at(-1) as number
  }

  /** Begins the columns of the next series: ids must ascend. */
  beginSeries(id: number): void {
    this.#seriesIds.push(id)
  }

  /** The next column of the series. See `ColumnEncoder.encode`. */
  addColumn(values: Float64Array, count: number, present?: Uint8Array): void {
    const start = this.#encoder.writer.length
    this.#encoder.encode(values, count, present)
    this.#endColumn(start)
  }

  /** The next column, which is of another form; it may be empty. */
  addBytes(bytes: Uint8Array): void {
    const start = this.#encoder.writer.length
    this.#encoder.writer.bytes(bytes)
    this.#endColumn(start)
  }

  /** Writes what is left; the frame is then there. */
  finish(): void {
    if (this.#encoder.writer.length > this.#writtenChunks * chunkBytes) this.#writeChunk()
    const times = this.#times
    const head = encodeFrameHead(this.#tier, times, this.#seriesIds, this.#lengths)
    const firstMs = times[0] as number
    const info = { id: this.#id, tier: this.#tier, node: this.#node, firstMs, lastMs: this.lastMs }
    this.#frames.finish(info, times.length, head)
  }

  /** Deletes what was written: there will be no frame. */
  abandon(): void {
    this.#frames.abandon(this.#id)
  }

  #endColumn(start: number): void {
    const { writer } = this.#encoder
    this.#lengths.push(writer.length - start)
    while (writer.length - this.#writtenChunks * chunkBytes >= chunkBytes) this.#writeChunk()
  }

  #writeChunk(): void {
    const start = this.#writtenChunks * chunkBytes
    const content = this.#encoder.writer.written.subarray(start, start + chunkBytes)
    this.#frames.writeChunk(this.#id, this.#writtenChunks, content)
    this.#writtenChunks += 1
  }
}
