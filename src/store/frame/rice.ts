/**
 * Adaptive Rice coding of unsigned integers: short codes for small numbers, and a notion of small that follows the
 * data. After R. F. Rice (JPL 79-22, 1979) and the adaptive parameter of LOCO-I (Weinberger, Seroussi, Sapiro, IEEE
 * Trans. Image Processing 9(8), 2000), with an exponential mean in the place of its counters.
 *
 * A number `u` is written as `q = u >> k` one bits, a zero bit, and the low `k` bits of `u`. When `q` would pass 23,
 * it is 24 one bits and the number in 64. Then `mean += (u - mean) / 16`, in IEEE doubles, and `k` is the bit length
 * of the whole part of `0.55 * mean`, at most 48.
 */
import { type ByteReader, type ByteWriter, damagedFrame } from './bytes.ts'

const escapeOnes = 24
const adaptation = 1 / 16
/** Measured on normal and Laplacian residuals; theory has ln 2 for long geometric ones. */
const meanShare = 0.55
const maxParameter = 48
/** Above, bit operators of JavaScript would lose bits. */
const maxFastParameter = 30

function parameterOf(mean: number): number {
  const share = mean * meanShare
  if (share < 2 ** maxFastParameter) return 32 - Math.clz32(share)
  return Math.min(maxParameter, Math.floor(Math.log2(share)) + 1)
}

/** The `k` of the mean of the numbers: where their codes begin best. */
export function riceStart(values: Float64Array, count: number): number {
  let sum = 0
  for (let index = 0; index < count; index++) sum += values[index] as number
  return count === 0 ? 0 : parameterOf(sum / count)
}

/**
 * Writes the codes of numbers, in whole bytes.
 *
 * @param values - integers in [0, 2^53], of which the first `count` are taken.
 * @param start - the `k` to begin with; the reader must know it.
 */
export function writeRice(writer: ByteWriter, values: Float64Array, count: number, start: number): void {
  let mean = startingMean(start)
  for (let index = 0; index < count; index++) {
    const value = values[index] as number
    const parameter = parameterOf(mean)
    if (parameter <= maxFastParameter && value < 2 ** 31) {
      const ones = value >>> parameter
      if (ones + parameter < 32 && ones < escapeOnes) {
        const stop = ((2 << ones) - 2) << parameter
        writer.bits(stop | (value & ((1 << parameter) - 1)), ones + 1 + parameter)
      } else writeWide(writer, value, parameter)
    } else writeWide(writer, value, parameter)
    mean += (value - mean) * adaptation
  }
  writer.align()
}

/** The middle of the means that have this `k`. */
function startingMean(parameter: number): number {
  return (parameter === 0 ? 0.5 : 0.75 * 2 ** parameter) / meanShare
}

function writeEscaped(writer: ByteWriter, value: number): void {
  writer.bits(2 ** escapeOnes - 1, escapeOnes)
  writer.bits(Math.floor(value / 2 ** 32), 32)
  writer.bits(value >>> 0, 32)
}

function writeWide(writer: ByteWriter, value: number, parameter: number): void {
  const ones = Math.floor(value / 2 ** parameter)
  if (ones >= escapeOnes) {
    writeEscaped(writer, value)
    return
  }
  const rest = value - ones * 2 ** parameter
  writer.bits((2 << ones) - 2, ones + 1)
  if (parameter > 32) writer.bits(Math.floor(rest / 2 ** 32), parameter - 32)
  writer.bits(rest >>> 0, Math.min(32, parameter))
}

/**
 * Reads `count` numbers into `values`, and leaves the reader behind them.
 *
 * @throws FramewatchError `STORE_DAMAGED` when the numbers take more bytes than there are.
 */
export function readRice(reader: ByteReader, values: Float64Array, count: number, start: number): void {
  let mean = startingMean(Math.min(maxParameter, start))
  const view = reader.lookAhead
  const endPosition = reader.bytes.length * 8
  let position = reader.offset * 8
  for (let index = 0; index < count; index++) {
    if (position >= endPosition) throw damagedFrame('its numbers end too early')
    const parameter = parameterOf(mean)
    const window = peek(view, position)
    const ones = Math.clz32(~window)
    let value: number
    if (ones < escapeOnes && ones + parameter < 32) {
      value = (ones << parameter) | (parameter === 0 ? 0 : (window << (ones + 1)) >>> (32 - parameter))
      position += ones + 1 + parameter
    } else if (ones < escapeOnes) {
      value = ones * 2 ** parameter + readWide(view, position + ones + 1, parameter)
      position += ones + 1 + parameter
    } else {
      value = readWide(view, position + escapeOnes, 64)
      position += escapeOnes + 64
    }
    values[index] = value
    mean += (value - mean) * adaptation
  }
  reader.offset = Math.ceil(position / 8)
  if (position > endPosition) throw damagedFrame('its numbers end too early')
}

/** The 32 bits from a position on, of a view that has four bytes more than the bits that are meant. */
export function peek(view: DataView, position: number): number {
  const at = position >>> 3
  const shift = position & 7
  const word = view.getUint32(at)
  return shift === 0 ? word | 0 : (word << shift) | (view.getUint8(at + 4) >>> (8 - shift))
}

/** A number of up to 64 bits; zeros where the view ends. */
function readWide(view: DataView, position: number, count: number): number {
  if (count === 0) return 0
  if (count <= 32) return peekSafely(view, position) >>> (32 - count)
  const high = peekSafely(view, position) >>> (64 - count)
  return high * 2 ** 32 + (peekSafely(view, position + count - 32) >>> 0)
}

function peekSafely(view: DataView, position: number): number {
  return (position >>> 3) + 5 <= view.byteLength ? peek(view, position) : 0
}
