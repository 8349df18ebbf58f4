import fc from 'fast-check'
import { expect, test } from 'vitest'
import { counterGrowth, rawPoints } from './series-points.ts'

const startMs = 1_760_000_000_000
const pointsOf = (values: readonly number[], times = values.map((_, index) => index)) =>
  rawPoints(values.map((value, index) => ({ timestampMs: startMs + (times[index] ?? 0) * 1000, value })))
const rates = (values: readonly number[], times?: number[]) =>
  counterGrowth(pointsOf(values, times)).rates.map(({ value }) => value)

test('a counter is its growth per second', () => {
  expect(rates([10, 20, 40, 40], [0, 5, 10, 15])).toEqual([2, 4, 0])
  expect(counterGrowth(pointsOf([10, 20, 40, 40])).increase).toBe(30)
})

test('a restart breaks the rates, and what was counted since adds to the increase', () => {
  const { rates: found, increase } = counterGrowth(pointsOf([1000, 1010, 4, 14, 24]))
  expect(found.map(({ value, isJoined }) => [value, isJoined])).toEqual([
    [10, false],
    [10, false],
    [10, true],
  ])
  expect(increase).toBe(10 + 4 + 20)
})

test('a step back is no restart: the counter stands still until it has passed its greatest value', () => {
  const { rates: found, increase } = counterGrowth(pointsOf([1e12, 1e12 + 5, 1e12 + 3, 1e12 + 9]))
  expect(found.map(({ value }) => value)).toEqual([5, 0, 4])
  expect(increase).toBe(9)
})

test('a gap has no rate, and its growth is part of the increase', () => {
  const times = [0, 1, 2, 3, 4, 5, 605, 606, 607]
  const values = [0, 1, 2, 3, 4, 5, 3005, 3006, 3007]
  expect(rates(values, times)).toEqual([1, 1, 1, 1, 1, 1, 1])
  expect(counterGrowth(pointsOf(values, times)).increase).toBe(3007)
})

test('a fall over a gap is a restart, however small', () => {
  const times = [0, 1, 2, 3, 4, 5, 605, 606]
  const { rates: found, increase } = counterGrowth(pointsOf([95, 96, 97, 98, 99, 100, 80, 81], times))
  expect(found.map(({ value }) => value)).toEqual([1, 1, 1, 1, 1, 1])
  expect(increase).toBe(5 + 80 + 1)
})

test('another collection interval is no gap', () => {
  const times = [...Array(20).keys(), ...Array.from({ length: 10 }, (_, index) => 20 + 30 * index)]
  const points = rawPoints(times.map((time) => ({ timestampMs: startMs + time * 1000, value: 1 })))
  expect(points.filter(({ isJoined }) => !isJoined)).toHaveLength(1)
})

test('rates are never negative, and the increase is never less than what they add up to', () => {
  // The least doubles have too few digits left for what a rate of them adds up to.
  const value = fc.double({ min: 0, max: 1e300, noNaN: true }).map((count) => (count < 1e-200 ? 0 : count))
  fc.assert(
    fc.property(fc.array(fc.tuple(value, fc.integer({ min: 1, max: 1000 })), { maxLength: 60 }), (steps) => {
      let time = 0
      const points = rawPoints(
        steps.map(([counter, seconds]) => {
          time += seconds
          return { timestampMs: startMs + time * 1000, value: counter }
        }),
      )
      const { rates: found, increase } = counterGrowth(points)
      for (const { value: rate } of found) expect(rate).toBeGreaterThanOrEqual(0)
      const sum = found.reduce((total, { value: rate, weight }) => total + rate * weight, 0)
      expect(increase).toBeGreaterThanOrEqual(sum * (1 - 1e-9))
    }),
  )
})
