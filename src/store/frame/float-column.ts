/**
 * Columns of any doubles, bit by bit. As the codecs that XOR neighbours (Gorilla, PVLDB 8(12), 2015) it rests on equal
 * upper bits, but codes the upper half (sign, exponent, 20 bits of fraction) as an integer with small residuals, which
 * takes some bits less; the lower half, which is noise as a rule, stays as it is, less the zeros it ends with.
 */
import { type ByteReader, type ByteWriter, damagedFrame, unzigzag, zigzag } from './bytes.ts'
import { type ColumnSummary, summarize } from './column-summary.ts'
import { choosePrediction, fromResiduals, predictionCount, toResiduals } from './prediction.ts'
import { readResiduals, type Scratch, writeResiduals } from './residuals.ts'
import { peek } from './rice.ts'

/** Typed arrays are little-endian on every platform that Node runs on: the upper half is the second word. */
const upper = 1

/**
 * Layout: min, max and sum of the values that are not NaN, as doubles (NaN when all are); a byte, the zero bits at the
 * end of every lower half (0..32); a byte, the kind of the prediction; zigzag varint of its bias; the first upper half in
 * 32 bits; the residuals of the upper halves, less the first; then, in bits, for each value whose upper half equals the
 * one before, a 1 when its lower half does too, and otherwise (after a 0) the lower half.
 */
export function writeFloats(writer: ByteWriter, values: Float64Array, count: number, scratch: Scratch): void {
  const words = new Uint32Array(values.buffer, values.byteOffset, count * 2)
  const { min, max, sum } = summarize(values, count)
  writer.double(min)
  writer.double(max)
  writer.double(sum)
  const zeros = trailingZeros(words, count)
  const first = words[upper] as number
  const { scaled, residuals } = scratch
  for (let index = 0; index < count; index++) scaled[index] = (words[index * 2 + upper] as number) - first
  const prediction = choosePrediction(scaled, count)
  writer.byte(zeros)
  writer.byte(prediction.kind)
  writer.varint(zigzag(prediction.bias))
  writer.uint32(first)
  toResiduals(scaled, residuals, count, prediction)
  writeResiduals(writer, count, scratch)
  writeLower(writer, words, count, zeros)
}

function writeLower(writer: ByteWriter, words: Uint32Array, count: number, zeros: number): void {
  let beforeHigh = -1
  let beforeLow = 0
  for (let index = 0; index < count; index++) {
    const low = words[index * 2] as number
    const high = words[index * 2 + upper] as number
    const isRepeated = high === beforeHigh && low === beforeLow
    if (high === beforeHigh) writer.bits(isRepeated ? 1 : 0, 1)
    if (!isRepeated && zeros < 32) writer.bits(low >>> zeros, 32 - zeros)
    beforeHigh = high
    beforeLow = low
  }
  writer.align()
}

/** Zero bits at the end of every lower half, 0 to 32. */
function trailingZeros(words: Uint32Array, count: number): number {
  let bits = 0
  for (let index = 0; index < count; index++) bits |= words[index * 2] as number
  return bits === 0 ? 32 : 31 - Math.clz32(bits & -bits)
}

/** @throws FramewatchError `STORE_DAMAGED`. */
export function readFloatSummary(reader: ByteReader): Omit<ColumnSummary, 'count'> {
  return { min: reader.double(), max: reader.double(), sum: reader.double() }
}

/** @throws FramewatchError `STORE_DAMAGED`. */
export function readFloats(reader: ByteReader, values: Float64Array, count: number): void {
  readFloatSummary(reader)
  const zeros = reader.byte()
  const kind = reader.byte()
  if (zeros > 32 || kind >= predictionCount) throw damagedFrame('a header of floats makes no sense')
  const bias = unzigzag(reader.varint())
  const first = reader.uint32()
  readResiduals(reader, values, count)
  fromResiduals(values, count, { kind, bias })
  const words = new Uint32Array(values.buffer, values.byteOffset, count * 2)
  const view = reader.lookAhead
  const endPosition = reader.bytes.length * 8
  let position = reader.offset * 8
  let beforeHigh = -1
  let low = 0
  for (let index = 0; index < count; index++) {
    // Until here, the upper half is a double in the place that the value itself will take.
    const high = (first + (values[index] as number)) >>> 0
    // The look-ahead covers one value more.
    if (position > endPosition) throw damagedFrame('its floats end too early')
    const isRepeated = high === beforeHigh && peek(view, position++) < 0
    if (!isRepeated) {
      low = zeros === 32 ? 0 : ((peek(view, position) >>> zeros) << zeros) >>> 0
      position += 32 - zeros
    }
    words[index * 2] = low
    words[index * 2 + upper] = high
    beforeHigh = high
  }
  if (position > endPosition) throw damagedFrame('its floats end too early')
  reader.offset = Math.ceil(position / 8)
}
