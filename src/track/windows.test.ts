import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { GenerationOutcome, GenerationRecord } from '../model/generation.ts'
import { PerformanceWindows } from './windows.ts'

const minuteMs = 60_000

function ended(
  endedAtMs: number,
  status: GenerationOutcome,
  durationMs?: number,
  more: Partial<GenerationRecord> = {},
): GenerationRecord {
  return {
    id: 'g',
    node: 'n',
    status,
    request: {},
    attempt: 1,
    queuedAtMs: endedAtMs,
    endedAtMs,
    durationMs,
    stages: [],
    lastEventAtMs: endedAtMs,
    verification: 'unverified',
    defects: [],
    ...more,
  }
}

test('an empty window has no rates and no percentiles: no data is not zero', () => {
  const summary = new PerformanceWindows(0).summarize(300, 10 * minuteMs)
  expect(summary).toMatchObject({
    successRate: null,
    errorRate: null,
    verifiedSuccessRate: null,
    videosPerMinute: 0,
  })
  expect(summary.duration).toMatchObject({ count: 0, p50Ms: null, p99Ms: null })
})

test('cancelled and rejected generations do not count against success; lost ones do', () => {
  const windows = new PerformanceWindows(0)
  const now = 10 * minuteMs
  for (const status of ['succeeded', 'succeeded', 'succeeded', 'lost', 'cancelled', 'rejected'] as const)
    windows.add(ended(now, status), now)
  expect(windows.summarize(300, now)).toMatchObject({
    successRate: 0.75,
    errorRate: 0.25,
    verifiedSuccessRate: 0,
  })
})

test('verified success counts only verified outputs', () => {
  const windows = new PerformanceWindows(0)
  const now = 10 * minuteMs
  windows.add(ended(now, 'succeeded', 1, { verification: 'verified', quality: { sharpness: 0.5 } }), now)
  windows.add(ended(now, 'succeeded', 1, { verification: 'defective', quality: { sharpness: 1 } }), now)
  expect(windows.summarize(300, now)).toMatchObject({
    successRate: 1,
    verifiedSuccessRate: 0.5,
    verified: 1,
    defective: 1,
    qualityMeans: { sharpness: 0.75 },
  })
})

test('throughput is over the time watched when that is shorter than the window', () => {
  const windows = new PerformanceWindows(58 * minuteMs)
  const now = 60 * minuteMs
  for (let index = 0; index < 10; index++) windows.add(ended(59 * minuteMs, 'succeeded', 5), now)
  expect(windows.summarize(3600, now).videosPerMinute).toBe(5)
})

test('for any history a window equals a recomputation from its records', () => {
  const history = fc.array(
    fc.record({
      atMs: fc.integer({ min: 0, max: 2 * 24 * 60 * minuteMs }),
      ms: fc.integer({ min: 1, max: 1e6 }),
      ok: fc.boolean(),
    }),
    { maxLength: 200 },
  )
  fc.assert(
    fc.property(history, fc.constantFrom(300, 3600, 86_400), (records, windowSeconds) => {
      const windows = new PerformanceWindows(0)
      const sorted = records.toSorted((a, b) => a.atMs - b.atMs)
      for (const { atMs, ms, ok } of sorted) windows.add(ended(atMs, ok ? 'succeeded' : 'failed', ms), atMs)
      const now = sorted.at(-1)?.atMs ?? 0
      const firstMs = (Math.floor(now / minuteMs) - windowSeconds / 60 + 1) * minuteMs
      const inside = sorted.filter((record) => record.atMs >= firstMs)
      const durations = inside
        .filter((record) => record.ok)
        .map((record) => record.ms)
        .sort((a, b) => a - b)
      const summary = windows.summarize(windowSeconds, now)
      expect(summary.byOutcome).toMatchObject({
        succeeded: durations.length,
        failed: inside.length - durations.length,
      })
      for (const [quantile, value] of [
        [0.5, summary.duration.p50Ms],
        [0.95, summary.duration.p95Ms],
      ] as const) {
        const exact = durations[Math.floor(quantile * (durations.length - 1))]
        if (exact === undefined) expect(value).toBeNull()
        else expect(Math.abs((value ?? 0) - exact)).toBeLessThanOrEqual(exact * 0.0101)
      }
    }),
  )
})
