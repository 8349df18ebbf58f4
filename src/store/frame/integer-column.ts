/** Columns of integers, or of decimals that are integers when scaled: a prediction, and small residuals. */
import { type ByteReader, type ByteWriter, damagedFrame, unzigzag, zigzag } from './bytes.ts'
import type { ColumnSummary } from './column-summary.ts'
import {
  choosePrediction,
  fromResiduals,
  type Prediction,
  predictionCount,
  toResiduals,
} from './prediction.ts'
import { readResiduals, type Scratch, writeResiduals } from './residuals.ts'

/** Decimals of more digits after the point are binary fractions, as a rule. */
const maxExponent = 12
/** So large a scaled value has a zigzag of 53 bits. */
const maxMagnitude = 2 ** 52
/** A column that spans more is no smaller as integers; and twice its residuals are still exact. */
const maxSpan = 2 ** 49
const powersOfTen = Array.from({ length: maxExponent + 1 }, (_, exponent) => 10 ** exponent)
const powerOfTen = (exponent: number): number => powersOfTen[exponent] as number

const longSumFlag = 8

interface Scaled {
  readonly exponent: number
  /** Power of two that every difference to the first is a multiple of. */
  readonly shift: number
  readonly min: number
  readonly max: number
}

/**
 * Writes the values as integers: nothing is written, and false returned, when they are none.
 *
 * Layout: exponent byte; a byte, the kind of the prediction, with 8 added for a long sum; shift byte; zigzag varint of
 * the first value; varints of (first - min) and (max - first); the sum, as a zigzag varint of sum - count * first, or,
 * when long, as a double of the column's unit; zigzag varint of the bias; the residuals. All but the first value are in units
 * of `2^shift`, and values in units of `10^-exponent`.
 */
export function writeIntegers(
  writer: ByteWriter,
  values: Float64Array,
  count: number,
  scratch: Scratch,
): boolean {
  scratch.reserve(count)
  const facts = scale(values, count, scratch.scaled)
  if (!facts) return false
  const { exponent, shift, min, max } = facts
  const { scaled } = scratch
  const first = scaled[0] as number
  const unit = 2 ** shift
  let sum = 0
  for (let index = 0; index < count; index++) {
    const difference = ((scaled[index] as number) - first) / unit
    scaled[index] = difference
    sum += difference
  }
  const isLongSum = Math.abs(sum) > maxMagnitude
  const prediction = choosePrediction(scaled, count)
  writer.byte(exponent)
  writer.byte(prediction.kind | (isLongSum ? longSumFlag : 0))
  writer.byte(shift)
  writer.varint(zigzag(first))
  writer.varint((first - min) / unit)
  writer.varint((max - first) / unit)
  if (isLongSum) writer.double(sumOf(values, count))
  else writer.varint(zigzag(sum))
  writer.varint(zigzag(prediction.bias))
  toResiduals(scaled, scratch.residuals, count, prediction)
  writeResiduals(writer, count, scratch)
  return true
}

function sumOf(values: Float64Array, count: number): number {
  let sum = 0
  for (let index = 0; index < count; index++) sum += values[index] as number
  return sum
}

/** Scales all values by the least power of ten that makes each an integer, exactly; undefined when there is none. */
function scale(values: Float64Array, count: number, scaled: Float64Array): Scaled | undefined {
  let exponent = 0
  for (let index = 0; index < count; index++) {
    const value = values[index] as number
    while (!isScaledBy(value, powerOfTen(exponent))) {
      exponent += 1
      if (exponent > maxExponent) return undefined
    }
  }
  const factor = powerOfTen(exponent)
  const first = Math.round((values[0] as number) * factor)
  let min = first
  let max = first
  let low = 0
  let high = 0
  for (let index = 0; index < count; index++) {
    const value = values[index] as number
    const integer = Math.round(value * factor)
    // A larger exponent than the value needs may be too much for it.
    if (integer / factor !== value) return undefined
    scaled[index] = integer
    if (integer < min) min = integer
    if (integer > max) max = integer
    const difference = Math.abs(integer - first)
    low |= difference
    high |= difference / 2 ** 32
  }
  if (max - min > maxSpan || max > maxMagnitude || min < -maxMagnitude) return undefined
  return { exponent, shift: low === 0 && high === 0 ? 0 : trailingZeros(low, high), min, max }
}

function isScaledBy(value: number, factor: number): boolean {
  const integer = Math.round(value * factor)
  return integer / factor === value && Math.abs(integer) <= maxMagnitude && !Object.is(value, -0)
}

/** @returns 0..52, of a 64-bit number in two halves that is not zero. */
function trailingZeros(low: number, high: number): number {
  return low !== 0 ? 31 - Math.clz32(low & -low) : 63 - Math.clz32(high & -high)
}

interface IntegerHeader extends ColumnSummary {
  readonly first: number
  readonly factor: number
  readonly unit: number
  readonly prediction: Prediction
}

/** Reads what is before the residuals: enough for the summary. @throws FramewatchError `STORE_DAMAGED`. */
export function readIntegerHeader(reader: ByteReader, count: number): IntegerHeader {
  const exponent = reader.byte()
  const flags = reader.byte()
  const shift = reader.byte()
  const kind = flags & ~longSumFlag
  if (exponent > maxExponent || shift > 52 || kind >= predictionCount)
    throw damagedFrame('a header of integers makes no sense')
  const factor = powerOfTen(exponent)
  const unit = 2 ** shift
  const first = unzigzag(reader.varint())
  const min = first - reader.varint() * unit
  const max = first + reader.varint() * unit
  const sum =
    flags & longSumFlag ? reader.double() : (first * count + unzigzag(reader.varint()) * unit) / factor
  const prediction = { kind, bias: unzigzag(reader.varint()) }
  return { count, min: min / factor, max: max / factor, sum, first, factor, unit, prediction }
}

/** @throws FramewatchError `STORE_DAMAGED`. */
export function readIntegers(reader: ByteReader, values: Float64Array, count: number): void {
  const { first, factor, unit, prediction } = readIntegerHeader(reader, count)
  readResiduals(reader, values, count)
  fromResiduals(values, count, prediction)
  for (let index = 0; index < count; index++)
    values[index] = (first + (values[index] as number) * unit) / factor
}
