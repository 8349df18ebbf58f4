import { describe, expect, test } from 'vitest'
import { studentQuantile, trendOf } from './trend.ts'

const startMs = 1_760_000_000_000
const hourMs = 3_600_000

const pointsOf = (values: readonly number[], stepMs = 1000) =>
  values.map((value, index) => ({ timestampMs: startMs + index * stepMs, value }))

/** Mulberry32, so that a failure can be repeated. */
function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** Each value is the share `memory` of the one before, and normal noise. */
function autoregressive(seed: number, count: number, memory: number): number[] {
  const random = randomOf(seed * 7919 + 13)
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  let value = memory < 1 ? normal() / Math.sqrt(1 - memory ** 2) : 0
  return Array.from({ length: count }, () => {
    value = memory * value + normal()
    return value
  })
}

describe('the interval covers the true slope in at least nine of ten cases', () => {
  test.each([
    { noise: 'white noise', memory: 0, counts: [30, 60, 360, 3600] },
    { noise: 'noise with some memory', memory: 0.5, counts: [30, 60, 360, 3600] },
    { noise: 'noise with much memory', memory: 0.9, counts: [60, 120, 360, 3600] },
    { noise: 'noise that wanders', memory: 0.99, counts: [120, 360, 3600] },
  ])('of $noise', ({ memory, counts }) => {
    for (const count of counts) {
      const seeds = count > 1000 ? 200 : 500
      const slope = 0.001
      let covered = 0
      for (let seed = 0; seed < seeds; seed++) {
        const values = autoregressive(seed, count, memory).map((noise, index) => 5 + noise + slope * index)
        const interval = trendOf(pointsOf(values))?.interval
        if (interval && interval.low <= slope * 3600 && interval.high >= slope * 3600) covered += 1
      }
      expect(covered / seeds, `${count} points`).toBeGreaterThanOrEqual(0.9)
    }
  })

  test('of a random walk, where the plain interval covers it in one of ten, in over eight', () => {
    let covered = 0
    for (let seed = 0; seed < 300; seed++)
      if (!trendOf(pointsOf(autoregressive(seed, 360, 1)))?.isSignificant) covered += 1
    expect(covered / 300).toBeGreaterThanOrEqual(0.85)
  })
})

test('finds a slope that is there under noise', () => {
  for (let seed = 0; seed < 100; seed++) {
    const values = autoregressive(seed, 600, 0.5).map((noise, index) => noise + index * 0.02)
    expect(trendOf(pointsOf(values))?.isSignificant).toBe(true)
  }
})

test('finds a growth that is no straight line', () => {
  const trend = trendOf(pointsOf(Array.from({ length: 600 }, (_, index) => index ** 2)))
  expect(trend?.isSignificant).toBe(true)
})

test('is exact for a straight line, over the time that was covered', () => {
  const values = Array.from({ length: 121 }, (_, index) => 1e9 + index * 2)
  const trend = trendOf(pointsOf(values, hourMs / 120))
  expect(trend?.slopePerHour).toBeCloseTo(240, 6)
  expect(trend).toMatchObject({ isSignificant: true, windowSeconds: 3600 })
  expect(trend?.interval?.high).toBeCloseTo(240, 3)
})

test('sees nothing in a constant, whatever its digits', () => {
  const trend = trendOf(pointsOf(Array.from({ length: 1000 }, () => 0.1)))
  expect(trend).toMatchObject({ slopePerHour: 0, interval: { low: 0, high: 0 }, isSignificant: false })
})

test('has no interval with under five times, and no trend with one', () => {
  expect(trendOf(pointsOf([1, 2, 4, 3]))).toMatchObject({ interval: null, isSignificant: false })
  expect(trendOf(pointsOf([3]))).toBeNull()
  expect(trendOf(pointsOf([3, 8], 0))).toBeNull()
  expect(trendOf([])).toBeNull()
  expect(trendOf(pointsOf([-1.7e308, 1.7e308, -1.7e308]))).toBeNull()
})

test.each([
  [2, 4.3027],
  [3, 3.1824],
  [4, 2.7764],
  [5, 2.5706],
  [10, 2.2281],
  [30, 2.0423],
  [1000, 1.9623],
])('Student t of %d degrees of freedom is as in the tables', (freedom, expected) => {
  expect(studentQuantile(freedom)).toBeCloseTo(expected, 3)
})
