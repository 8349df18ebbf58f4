/**
 * One column of a frame: the values of one series, one for each tick in which the series was there. The codec is chosen
 * by trial, and every bit of every double is kept. Pure: values flow in, bytes flow out, and back.
 */
import { type ByteReader, ByteWriter, damagedFrame } from './bytes.ts'
import { type ColumnSummary, summarize } from './column-summary.ts'
import { readFloatSummary, readFloats, writeFloats } from './float-column.ts'
import { readIntegerHeader, readIntegers, writeIntegers } from './integer-column.ts'
import { Scratch } from './residuals.ts'

const constantKind = 0
const integerKind = 1
const floatKind = 2
const kindMask = 7
const gapsFlag = 8

/** Encodes columns one after the other into one string of bytes; its buffers are used again. */
export class ColumnEncoder {
  readonly writer = new ByteWriter(64 * 1024)
  readonly #scratch = new Scratch()

  /**
   * Appends one column.
   *
   * @param values - the first `count` are taken, any doubles.
   * @param present - for each tick 1 where the series was there, `count` times in all; undefined when it always was.
   */
  encode(values: Float64Array, count: number, present?: Uint8Array): void {
    const { writer } = this
    const gaps = present ? gapsFlag : 0
    if (isConstant(values, count)) {
      writer.byte(constantKind | gaps)
      if (present) writeRuns(writer, present)
      if (count > 0) writer.bytes(bytesOf(values, 1))
      return
    }
    this.#scratch.reserve(count)
    const start = writer.length
    writer.byte(integerKind | gaps)
    if (present) writeRuns(writer, present)
    if (writeIntegers(writer, values, count, this.#scratch)) return
    writer.replaceByte(start, floatKind | gaps)
    writeFloats(writer, values, count, this.#scratch)
  }
}

function isConstant(values: Float64Array, count: number): boolean {
  const words = new Uint32Array(values.buffer, values.byteOffset, count * 2)
  for (let index = 2; index < words.length; index++) if (words[index] !== words[index - 2]) return false
  return true
}

/** Lengths of runs, the first one of ticks that have the series, as varints after their number. */
function writeRuns(writer: ByteWriter, present: Uint8Array): void {
  const runs: number[] = []
  let state = 1
  let length = 0
  for (const here of present) {
    if (here === state) length += 1
    else {
      runs.push(length)
      state = here
      length = 1
    }
  }
  runs.push(length)
  writer.varint(runs.length)
  for (const run of runs) writer.varint(run)
}

/** A column as it was: `values[i]` belongs to the `ticks[i]`-th tick, or the i-th when there are no gaps. */
export interface DecodedColumn {
  readonly values: Float64Array
  readonly ticks: Uint32Array | undefined
}

interface ColumnHead {
  readonly kind: number
  readonly count: number
  readonly ticks: Uint32Array | undefined
}

function readHead(reader: ByteReader, tickCount: number): ColumnHead {
  const first = reader.byte()
  if (first > (kindMask | gapsFlag)) throw damagedFrame(`a column of kind ${first}`)
  const kind = first & kindMask
  if ((first & gapsFlag) === 0) return { kind, count: tickCount, ticks: undefined }
  const ticks = readRuns(reader, tickCount)
  return { kind, count: ticks.length, ticks }
}

function readRuns(reader: ByteReader, tickCount: number): Uint32Array {
  const ticks = new Uint32Array(tickCount)
  const runCount = reader.count(tickCount + 1)
  let tick = 0
  let found = 0
  for (let run = 0; run < runCount; run++) {
    const end = tick + reader.count(tickCount - tick)
    if (run % 2 === 0) for (; tick < end; tick++) ticks[found++] = tick
    tick = end
  }
  return ticks.subarray(0, found)
}

/**
 * Decodes one column.
 *
 * @param tickCount - how many ticks its frame has; no column has more values.
 * @param room - where the values go, when there is room for `tickCount` already.
 * @throws FramewatchError `STORE_DAMAGED` on bytes that are no column.
 */
export function decodeColumn(
  reader: ByteReader,
  tickCount: number,
  room: Float64Array = new Float64Array(tickCount),
): DecodedColumn {
  const { kind, count, ticks } = readHead(reader, tickCount)
  const values = room.subarray(0, count)
  if (kind === constantKind) {
    if (count > 0) fillConstant(values, reader)
  } else if (kind === integerKind) readIntegers(reader, values, count)
  else if (kind === floatKind) readFloats(reader, values, count)
  else throw damagedFrame(`a column of kind ${kind}`)
  return { values, ticks }
}

/** By bytes: as a number, a NaN may lose its bits. */
function fillConstant(values: Float64Array, reader: ByteReader): void {
  const bytes = bytesOf(values, values.length)
  bytes.set(reader.take(8))
  for (let filled = 8; filled < bytes.length; filled *= 2) bytes.copyWithin(filled, 0, filled)
}

function bytesOf(values: Float64Array, count: number): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, count * 8)
}

/** Reads only the head of a column. @throws FramewatchError `STORE_DAMAGED`. */
export function summarizeColumn(reader: ByteReader, tickCount: number): ColumnSummary {
  const { kind, count } = readHead(reader, tickCount)
  if (count === 0) return { count, ...summarize(new Float64Array(0), 0) }
  if (kind === constantKind) {
    const value = reader.double()
    return { count, min: value, max: value, sum: value * count }
  }
  if (kind === integerKind) {
    const { min, max, sum } = readIntegerHeader(reader, count)
    return { count, min, max, sum }
  }
  if (kind === floatKind) return { count, ...readFloatSummary(reader) }
  throw damagedFrame(`a column of kind ${kind}`)
}
