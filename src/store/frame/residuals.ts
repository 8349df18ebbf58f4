/** What predictions leave: small numbers, or zeros with now and then a number that may be large. */
import { type ByteReader, type ByteWriter, damagedFrame } from './bytes.ts'
import { readRice, riceStart, writeRice } from './rice.ts'

/** In the byte that begins the numbers of a column, beside the start of its Rice codes. */
const sparseFlag = 0x80

/** Buffers that are used again for every column; as long as the longest column so far. */
export class Scratch {
  scaled = new Float64Array(0)
  residuals = new Float64Array(0)
  gaps = new Float64Array(0)
  numbers = new Float64Array(0)

  reserve(count: number): void {
    if (this.scaled.length >= count) return
    this.scaled = new Float64Array(count)
    this.residuals = new Float64Array(count)
    this.gaps = new Float64Array(count)
    this.numbers = new Float64Array(count)
  }
}

/**
 * Writes `scratch.residuals`, integers in [0, 2^53], in the shorter of two ways. Dense: the start byte of the Rice codes,
 * then a code for each. Sparse: the start byte, with 0x80 added, of the numbers that are not zero, less one; how
 * many these are, as a varint; their codes; and the start byte and codes of the counts of zeros before each.
 */
export function writeResiduals(writer: ByteWriter, count: number, scratch: Scratch): void {
  const { residuals, gaps, numbers } = scratch
  const start = writer.length
  const nonZero = separate(residuals, count, gaps, numbers)
  if (nonZero * 2 > count) {
    writeDense(writer, residuals, count)
    return
  }
  const parameter = riceStart(numbers, nonZero)
  writer.byte(parameter | sparseFlag)
  writer.varint(nonZero)
  writeRice(writer, numbers, nonZero, parameter)
  writeDense(writer, gaps, nonZero)
  const sparseLength = writer.length - start
  // With so few numbers, nothing else is shorter.
  if (nonZero * 8 <= count) return
  writeDense(writer, residuals, count)
  const denseLength = writer.length - start - sparseLength
  if (denseLength < sparseLength) writer.moveBack(start + sparseLength, start)
  else writer.truncate(start + sparseLength)
}

function writeDense(writer: ByteWriter, numbers: Float64Array, count: number): void {
  const parameter = riceStart(numbers, count)
  writer.byte(parameter)
  writeRice(writer, numbers, count, parameter)
}

/** @returns how many are not zero. */
function separate(residuals: Float64Array, count: number, gaps: Float64Array, numbers: Float64Array): number {
  let found = 0
  let gap = 0
  for (let index = 0; index < count; index++) {
    const residual = residuals[index] as number
    if (residual === 0) gap += 1
    else {
      gaps[found] = gap
      numbers[found] = residual - 1
      found += 1
      gap = 0
    }
  }
  return found
}

/** Reads `count` residuals into `values`. @throws FramewatchError `STORE_DAMAGED`. */
export function readResiduals(reader: ByteReader, values: Float64Array, count: number): void {
  const start = reader.byte()
  if (start < sparseFlag) readRice(reader, values, count, start)
  else readSparse(reader, values, count, start - sparseFlag)
}

function readSparse(reader: ByteReader, values: Float64Array, count: number, start: number): void {
  const nonZero = reader.count(count)
  const numbers = new Float64Array(nonZero)
  readRice(reader, numbers, nonZero, start)
  const gaps = new Float64Array(nonZero)
  readRice(reader, gaps, nonZero, reader.byte())
  values.fill(0, 0, count)
  let index = -1
  for (let found = 0; found < nonZero; found++) {
    index += (gaps[found] as number) + 1
    if (index >= count) throw damagedFrame('a number lies outside its column')
    values[index] = (numbers[found] as number) + 1
  }
}
