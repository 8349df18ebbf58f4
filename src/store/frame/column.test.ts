import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ByteReader } from './bytes.ts'
import { ColumnEncoder, decodeColumn, summarizeColumn } from './column.ts'

function encode(values: readonly number[] | Float64Array, present?: Uint8Array): Uint8Array {
  const encoder = new ColumnEncoder()
  const column = Float64Array.from(values)
  encoder.encode(column, column.length, present)
  return encoder.writer.written.slice()
}

const bitsOf = (values: Float64Array) => [...new BigUint64Array(values.slice().buffer)]

function expectRoundTrip(values: Float64Array): void {
  const encoder = new ColumnEncoder()
  encoder.encode(values, values.length)
  const reader = new ByteReader(encoder.writer.written)
  const decoded = decodeColumn(reader, values.length)
  expect(bitsOf(decoded.values)).toEqual(bitsOf(values))
  expect(reader.left).toBe(0)
}

/** Every pattern of 64 bits, as a double in memory: NaNs of all kinds among them. */
const anyBits = fc
  .array(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), { maxLength: 300, size: 'max' })
  .map((bits) => new Float64Array(BigUint64Array.from(bits).buffer))

const decimals = fc
  .tuple(
    fc.integer({ min: 0, max: 12 }),
    fc.array(fc.integer({ min: -1e9, max: 1e9 }), { maxLength: 300, size: 'max' }),
  )
  .map(([digits, integers]) => Float64Array.from(integers, (integer) => integer / 10 ** digits))

const integers = fc
  .tuple(
    fc.nat({ max: 52 }),
    fc.array(fc.bigInt({ min: -(2n ** 53n), max: 2n ** 53n }), { maxLength: 300, size: 'max' }),
  )
  .map(([shift, list]) =>
    Float64Array.from(list, (value) => Number((value >> BigInt(shift)) << BigInt(shift))),
  )

const mostlyEqual = fc
  .tuple(fc.double(), fc.array(fc.tuple(fc.nat({ max: 9 }), fc.double()), { maxLength: 300, size: 'max' }))
  .map(([usual, list]) => Float64Array.from(list, ([odds, value]) => (odds === 0 ? value : usual)))

describe('a column keeps every bit of every value', () => {
  test.each([
    ['any bit patterns', anyBits],
    ['decimals of any number of digits', decimals],
    ['integers of any size', integers],
    ['values that are nearly always the same', mostlyEqual],
    [
      'any doubles',
      fc.array(fc.double(), { maxLength: 300, size: 'max' }).map((list) => Float64Array.from(list)),
    ],
  ])('%s', (_, arbitrary) => {
    fc.assert(fc.property(arbitrary, expectRoundTrip), { numRuns: 400 })
  })

  test.each([
    ['none', []],
    ['one', [0.1]],
    ['two zeros of different sign', [0, -0]],
    ['a counter that starts again', [2 ** 40, 2 ** 40 + 5, 0, 7]],
    ['the largest integers', [2 ** 53, -(2 ** 53), 2 ** 52, 1]],
    [
      'the ends of the doubles',
      [Number.MAX_VALUE, -Number.MAX_VALUE, 5e-324, Infinity, -Infinity, Number.NaN],
    ],
    ['decimals that are a digit apart', [0.1, 0.12, 0.123, 1e-12, 123_456.78]],
    ['a fraction beside a large number', [4_503_599_627_370_495, 0.5]],
  ])('%s', (_, values) => expectRoundTrip(Float64Array.from(values)))
})

test('a series that is not in every tick keeps its gaps', () => {
  const gaps = fc.array(fc.constantFrom(0, 1), { minLength: 1, maxLength: 300, size: 'max' })
  const property = fc.property(gaps, (list) => {
    const present = Uint8Array.from(list)
    const ticks = list.flatMap((here, tick) => (here ? [tick] : []))
    const decoded = decodeColumn(new ByteReader(encode(ticks, present)), list.length)
    expect([...(decoded.ticks ?? [])]).toEqual(ticks)
    expect([...decoded.values]).toEqual(ticks)
  })
  fc.assert(property, { numRuns: 300 })
})

test('a summary says of a column what its values say', () => {
  const property = fc.property(fc.oneof(decimals, mostlyEqual), (values) => {
    const summary = summarizeColumn(new ByteReader(encode(values)), values.length)
    const known = values.filter((value) => !Number.isNaN(value))
    expect(summary.count).toBe(values.length)
    if (known.length === 0) {
      expect(summary.min).toBeNaN()
      return
    }
    expect(summary.min).toBe(known.reduce((least, value) => (value < least ? value : least)))
    expect(summary.max).toBe(known.reduce((most, value) => (value > most ? value : most)))
    const sum = known.reduce((total, value) => total + value, 0)
    const scale = known.reduce((total, value) => total + Math.abs(value), 0)
    if (Number.isFinite(scale)) expect(Math.abs(summary.sum - sum)).toBeLessThanOrEqual(scale * 1e-12)
  })
  fc.assert(property, { numRuns: 300 })
})

test('any bytes are a column or damage, in bounded time and memory', () => {
  const property = fc.property(
    fc.uint8Array({ maxLength: 400, size: 'max' }),
    fc.nat({ max: 1000 }),
    fc.boolean(),
    (bytes, tickCount, isSummary) => {
      try {
        if (isSummary) summarizeColumn(new ByteReader(bytes), tickCount)
        else
          expect(decodeColumn(new ByteReader(bytes), tickCount).values.length).toBeLessThanOrEqual(tickCount)
      } catch (error) {
        expect(error).toMatchObject({ code: 'STORE_DAMAGED' })
      }
    },
  )
  fc.assert(property, { numRuns: 3000 })
})

describe('the size of a column of 240 values', () => {
  const sizeOf = (value: (index: number) => number) =>
    encode(Array.from({ length: 240 }, (_, index) => value(index))).length

  test.each([
    ['that never change: 9 bytes', () => 68_719_476_736, 9],
    ['that change once: under 40', (index: number) => (index < 100 ? 8 : 9), 40],
    ['that count evenly: under 40', (index: number) => 1e9 + index * 4096, 40],
    [
      'of two decimals with a noise of 16 steps: under 200',
      (index: number) => 40 + ((index * 7) % 16) / 100,
      200,
    ],
    ['of whole pages: as of their number', (index: number) => (1e6 + ((index * 7) % 16)) * 4096, 200],
  ])('%s', (_, value, most) => expect(sizeOf(value)).toBeLessThanOrEqual(most))
})
