import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Sketch } from './sketch.ts'

function sketchOf(durationsMs: readonly number[]): Sketch {
  const sketch = new Sketch()
  for (const durationMs of durationsMs) sketch.add(durationMs)
  return sketch
}

const duration = fc.oneof(
  fc.double({ min: 0, max: 1e12, noNaN: true }),
  fc.double({ min: 0.0005, max: 0.002, noNaN: true }),
  fc.double({ min: 1000, max: 600_000, noNaN: true }),
)
const durations = fc.array(duration, { maxLength: 200 })

test('every quantile is within 1 % of the sorted list', () => {
  const quantile = fc.double({ min: 0, max: 1, noNaN: true })
  const property = fc.property(fc.array(duration, { minLength: 1 }), quantile, (values, q) => {
    const sorted = values.toSorted((a, b) => a - b)
    const exact = sorted[Math.floor(q * (sorted.length - 1))] ?? Number.NaN
    const [estimate] = sketchOf(values).quantiles([q])
    expect(Math.abs((estimate ?? Number.NaN) - exact)).toBeLessThanOrEqual(exact * (0.01 + 1e-9) + 0.001)
  })
  fc.assert(property)
})

test('two that are added are one of all values', () => {
  const property = fc.property(durations, durations, (a, b) => {
    const merged = sketchOf(a)
    merged.addNumbers(sketchOf(b).toNumbers())
    expect(merged.toNumbers()).toEqual(sketchOf([...a, ...b]).toNumbers())
    merged.merge(sketchOf(b), -1)
    merged.merge(sketchOf(b))
    expect(merged.toNumbers()).toEqual(sketchOf([...a, ...b]).toNumbers())
  })
  fc.assert(property)
})

test('what is taken back leaves no trace', () => {
  const property = fc.property(durations, durations, (kept, removed) => {
    const sketch = sketchOf([...removed, ...kept])
    for (const durationMs of removed) sketch.add(durationMs, -1)
    expect(sketch.toNumbers()).toEqual(sketchOf(kept).toNumbers())
    expect(sketch.quantiles([0, 0.5, 1])).toEqual(sketchOf(kept).quantiles([0, 0.5, 1]))
  })
  fc.assert(property)
})

test('an empty sketch has no quantiles and no numbers', () => {
  expect(new Sketch().quantiles([0, 0.5])).toEqual([null, null])
  expect(new Sketch().toNumbers()).toEqual([])
})

test('a known duration falls into its known bucket: stored sketches keep their meaning', () => {
  const bucketOf = (durationMs: number) => sketchOf([durationMs]).toNumbers()[0]
  const known = [0, 0.0009, 0.001, 1, 1000, 60_000, 3_600_000, 1e12]
  expect(known.map(bucketOf)).toEqual([0, 0, 1, 346, 691, 896, 1101, 1727])
})

test('numbers that no sketch gave take no memory without bound', () => {
  const sketch = sketchOf([1])
  sketch.addNumbers([2 ** 52, 1, 5])
  expect(sketch.toNumbers()).toEqual([346, 1])
})

test('a thousand durations around a minute take less than 300 bytes', () => {
  const values = Array.from({ length: 1000 }, (_, index) => 20_000 + index * 100)
  let bytes = 0
  const varint = (value: number) => {
    bytes += value < 128 ? 1 : 2
    expect(value).toBeLessThan(128 ** 2)
  }
  sketchOf(values).writeTo({ varint })
  expect(bytes).toBeLessThan(300)
})
