import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { SeriesSummary } from '../model/status.ts'
import { counterGrowth, rawPoints } from './series-points.ts'
import { summarizeSeries } from './series-summary.ts'

const series = { name: 'system.cpu.utilization', attributes: { 'cpu.logical_number': '0' } }
const hourMs = 3_600_000
const startMs = 1_760_000_000_000

const pointsOf = (values: readonly number[], stepMs = 1000) =>
  values.map((value, index) => ({ timestampMs: startMs + index * stepMs, value }))

const summaryOf = (values: readonly number[], unit = '1', stepMs = 1000) => {
  const points = rawPoints(pointsOf(values, stepMs))
  const last = points.at(-1) ?? { timestampMs: 0, value: 0 }
  const metric = { kind: 'gauge', unit } as const
  const window = { series, metric, windowSeconds: 60, resolutionSeconds: 0, count: points.length }
  return summarizeSeries({ ...window, last, points, increase: null })
}

test('summarises points whose statistics are known', () => {
  const summary = summaryOf([2, 4, 4, 4, 5, 5, 7, 9], 'By')
  expect(summary).toMatchObject({
    ...series,
    unit: 'By',
    kind: 'gauge',
    windowSeconds: 60,
    resolutionSeconds: 0,
    count: 8,
    last: 9,
    lastTimestampMs: startMs + 7000,
    min: 2,
    max: 9,
    mean: 5,
    standardDeviation: 2,
    p50: 4.5,
    changePerHour: 3600,
    increase: null,
  })
  expect(summary.p90).toBeCloseTo(7.6, 12)
  expect(summary.p95).toBeCloseTo(8.3, 12)
  expect(summary.p99).toBeCloseTo(8.86, 12)
})

test('has no trend and no change with a single time', () => {
  expect(summaryOf([3])).toMatchObject({ standardDeviation: 0, trend: null, changePerHour: null })
  expect(summaryOf([3, 8], '1', 0)).toMatchObject({ trend: null, changePerHour: null })
})

test('weighs the steps of a window by their samples', () => {
  const step = { min: 1, max: 5, isJoined: true }
  const points = [
    { ...step, timestampMs: startMs, value: 2, weight: 3 },
    { ...step, timestampMs: startMs + hourMs, value: 4, weight: 1 },
  ]
  const last = { timestampMs: startMs + hourMs, value: 5 }
  const metric = { kind: 'gauge', unit: '1' } as const
  const window = { series, metric, windowSeconds: 7200, resolutionSeconds: 3600, count: 4 }
  expect(summarizeSeries({ ...window, last, points, increase: null })).toMatchObject({
    min: 1,
    max: 5,
    mean: 2.5,
    standardDeviation: Math.sqrt(0.75),
  })
})

test('says of a counter how fast it grew, and null where it cannot', () => {
  const counterOf = (values: readonly number[]) => {
    const points = rawPoints(pointsOf(values))
    const { rates, increase } = counterGrowth(points)
    const last = points.at(-1) ?? { timestampMs: 0, value: 0 }
    const metric = { kind: 'counter', unit: 'By' } as const
    const window = { series, metric, windowSeconds: 60, resolutionSeconds: 0, count: points.length }
    return summarizeSeries({ ...window, last, points: rates, increase })
  }
  expect(counterOf([100, 101, 104, 0, 2])).toMatchObject({
    last: 2,
    min: 1,
    max: 3,
    mean: 2,
    p50: 2,
    increase: 6,
    changePerHour: null,
  })
  const nothing = {
    min: null,
    max: null,
    mean: null,
    standardDeviation: null,
    p50: null,
    p99: null,
    trend: null,
  }
  expect(counterOf([100])).toMatchObject({ last: 100, count: 1, increase: 0, ...nothing })
})

/** Of a gauge all are there. */
function numbersOf(summary: SeriesSummary) {
  const { min, p50, p95, max, mean, standardDeviation } = summary
  const numbers = { min, p50, p95, max, mean, standardDeviation }
  expect(Object.values(numbers)).not.toContain(null)
  return numbers as Record<keyof typeof numbers, number>
}

test('keeps every statistic within the values, whatever they are', () => {
  // Adding 0 turns the negative zero, which Math.min and a sort place differently, into the other.
  const value = fc.double({ min: -1e12, max: 1e12, noNaN: true }).map((number) => number + 0)
  fc.assert(
    fc.property(fc.array(value, { minLength: 1, maxLength: 50 }), (values) => {
      const { min, p50, p95, max, mean, standardDeviation } = numbersOf(summaryOf(values))
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
