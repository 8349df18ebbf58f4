import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type GenerationOutcome, type GenerationRecord, generationOutcomes } from '../model/generation.ts'
import { type DurationSummary, performanceWindows } from '../model/status.ts'
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
  const summary = new PerformanceWindows(0).summarize(10 * minuteMs).last5m
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
  expect(windows.summarize(now).last5m).toMatchObject({
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
  expect(windows.summarize(now).last5m).toMatchObject({
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
  expect(windows.summarize(now).last1h.videosPerMinute).toBe(5)
})

/** How each window is divided. */
const partMs = { last1m: 1000, last5m: 5000, last15m: 15_000, last1h: minuteMs, last24h: 10 * minuteMs }

test('for any history each window equals a recomputation from its records, whatever the order they came in', () => {
  const history = fc.array(
    fc.record({
      /** Before the last one; many near the ends of windows. */
      agoMs: fc.oneof(
        fc.integer({ min: 0, max: 2 * 24 * 60 * minuteMs }),
        fc
          .tuple(
            fc.constantFrom(...Object.values(performanceWindows)),
            fc.integer({ min: -20_000, max: 20_000 }),
          )
          .map(([seconds, offMs]) => Math.max(0, seconds * 1000 + offMs)),
      ),
      ms: fc.integer({ min: 1, max: 1e6 }),
      status: fc.constantFrom(...generationOutcomes),
      isTakenBack: fc.boolean(),
    }),
    { maxLength: 150 },
  )
  fc.assert(
    fc.property(history, fc.integer({ min: 0, max: 24 * 60 * minuteMs }), (records, offsetMs) => {
      const windows = new PerformanceWindows(0)
      const nowMs = 10 * 24 * 60 * minuteMs + offsetMs
      const all = records.map(({ agoMs, ms, status, isTakenBack }) => ({
        record: ended(nowMs - agoMs, status, ms, { queueMs: ms / 7 }),
        isTakenBack,
      }))
      for (const { record } of all) windows.add(record, nowMs)
      for (const { record, isTakenBack } of all) if (isTakenBack) windows.remove(record, nowMs)
      const kept = all.filter(({ isTakenBack }) => !isTakenBack).map(({ record }) => record)
      for (const [name, summary] of Object.entries(windows.summarize(nowMs))) {
        const window = name as keyof typeof partMs
        const part = partMs[window]
        const beginMs = (Math.floor(nowMs / part) + 1) * part - performanceWindows[window] * 1000
        const inside = kept.filter(({ endedAtMs = 0 }) => endedAtMs >= beginMs)
        for (const outcome of generationOutcomes)
          expect(summary.byOutcome[outcome]).toBe(inside.filter(({ status }) => status === outcome).length)
        const succeeded = inside.filter(({ status }) => status === 'succeeded')
        expectQuantiles(
          summary.duration,
          succeeded.map(({ durationMs = 0 }) => durationMs),
        )
        expectQuantiles(
          summary.queue,
          inside.map(({ queueMs = 0 }) => queueMs),
        )
      }
    }),
  )
})

function expectQuantiles(summary: DurationSummary, values: readonly number[]): void {
  const sorted = values.toSorted((a, b) => a - b)
  expect(summary.count).toBe(sorted.length)
  const told = [
    [0.5, summary.p50Ms],
    [0.95, summary.p95Ms],
    [1, summary.maxMs],
  ] as const
  for (const [quantile, value] of told) {
    const exact = sorted[Math.floor(quantile * (sorted.length - 1))]
    if (exact === undefined) expect(value).toBeNull()
    else expect(Math.abs((value ?? 0) - exact)).toBeLessThanOrEqual(exact * 0.0101)
  }
}

test('slides with the clock: what ended is in each window until its time is over, and no part outlives a step back', () => {
  const windows = new PerformanceWindows(0)
  const startMs = 1000 * 24 * 60 * minuteMs
  windows.add(ended(startMs, 'succeeded', 5), startMs)
  const counts = (nowMs: number) =>
    Object.values(windows.summarize(nowMs)).map(({ byOutcome }) => byOutcome.succeeded)
  expect(counts(startMs + 59_000)).toEqual([1, 1, 1, 1, 1])
  expect(counts(startMs + 60_000)).toEqual([0, 1, 1, 1, 1])
  expect(counts(startMs + 300_000)).toEqual([0, 0, 1, 1, 1])
  expect(counts(startMs + 900_000)).toEqual([0, 0, 0, 1, 1])
  expect(counts(startMs + 3_600_000)).toEqual([0, 0, 0, 0, 1])
  expect(counts(startMs + 86_400_000)).toEqual([0, 0, 0, 0, 0])
  const backMs = startMs - 3_600_000
  windows.add(ended(startMs, 'succeeded', 5), backMs)
  expect(counts(backMs)).toEqual([1, 1, 1, 1, 1])
})

test('throughput of the first minutes is the same in every window', () => {
  const startMs = 1000 * 24 * 60 * minuteMs + 7 * minuteMs + 31_000
  const windows = new PerformanceWindows(startMs)
  for (let index = 0; index < 20; index++) windows.add(ended(startMs + 1000, 'succeeded', 5), startMs + 1000)
  const rates = Object.values(windows.summarize(startMs + 20_000)).map(
    ({ videosPerMinute }) => videosPerMinute,
  )
  expect(rates).toEqual([60, 60, 60, 60, 60])
})

test('one end with a time hours ahead does not empty the windows', () => {
  const windows = new PerformanceWindows(0)
  const nowMs = 1000 * 24 * 60 * minuteMs
  windows.add(ended(nowMs, 'succeeded', 5), nowMs)
  windows.add(ended(nowMs + 2 * 60 * minuteMs, 'succeeded', 5), nowMs + 2 * 60 * minuteMs)
  windows.add(ended(nowMs, 'failed', 5), nowMs)
  expect(windows.summarize(nowMs).last1h.byOutcome).toMatchObject({ succeeded: 1, failed: 1 })
})
