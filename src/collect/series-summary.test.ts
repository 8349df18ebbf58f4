import fc from 'fast-check'
import { expect, test } from 'vitest'
import { summarizeSeries } from './series-summary.ts'

const series = { name: 'system.cpu.utilization', attributes: { 'cpu.logical_number': '0' } }
const hourMs = 3_600_000
const startMs = 1_760_000_000_000

const pointsOf = (values: readonly number[], stepMs = 1000) =>
  values.map((value, index) => ({ timestampMs: startMs + index * stepMs, value }))

test('has nothing to say of no points', () => {
  expect(summarizeSeries(series, '1', [], 60)).toBeUndefined()
})

test('summarises points whose statistics are known', () => {
  const summary = summarizeSeries(series, 'By', pointsOf([2, 4, 4, 4, 5, 5, 7, 9]), 60)
  expect(summary).toMatchObject({
    ...series,
    unit: 'By',
    windowSeconds: 60,
    count: 8,
    last: 9,
    lastTimestampMs: startMs + 7000,
    min: 2,
    max: 9,
    mean: 5,
    standardDeviation: 2,
    p50: 4.5,
  })
  expect(summary?.p95).toBeCloseTo(8.3, 12)
})

test('has no trend with a single time', () => {
  expect(summarizeSeries(series, '1', pointsOf([3]), 60)).toMatchObject({ standardDeviation: 0, trend: null })
  expect(summarizeSeries(series, '1', pointsOf([3, 8], 0), 60)?.trend).toBeNull()
})

test('gives the trend of a straight line by the hour, over the time that was covered', () => {
  const values = Array.from({ length: 121 }, (_, index) => 1e9 + index * 2)
  const trend = summarizeSeries(series, '1', pointsOf(values, hourMs / 120), 7200)?.trend
  expect(trend?.slopePerHour).toBeCloseTo(240, 6)
  expect(trend?.windowSeconds).toBe(3600)
})

test('keeps every statistic within the values, whatever they are', () => {
  // Adding 0 turns the negative zero, which Math.min and a sort place differently, into the other.
  const value = fc.double({ min: -1e12, max: 1e12, noNaN: true }).map((number) => number + 0)
  fc.assert(
    fc.property(fc.array(value, { minLength: 1, maxLength: 50 }), (values) => {
      const summary = summarizeSeries(series, '1', pointsOf(values), 60)
      if (summary === undefined) throw new Error('points give a summary')
      const { min, p50, p95, max, mean, standardDeviation } = summary
      expect([min, max]).toEqual([Math.min(...values), Math.max(...values)])
      for (const statistic of [p50, p95, mean]) {
        expect(statistic).toBeGreaterThanOrEqual(min)
        expect(statistic).toBeLessThanOrEqual(max)
      }
      expect(p50).toBeLessThanOrEqual(p95)
      // Half the range is the largest spread a population can have (Popoviciu).
      expect(standardDeviation).toBeLessThanOrEqual(((max - min) / 2) * (1 + 1e-9) + 1e-9)
    }),
  )
})
