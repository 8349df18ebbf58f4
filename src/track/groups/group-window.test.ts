import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type GenerationRecord, generationOutcomes } from '../../model/generation.ts'
import type { PerformanceGroups } from '../../model/performance-group.ts'
import { GroupTallies, groupKey } from './group-tallies.ts'
import { GroupWindow } from './group-window.ts'

const minuteMs = 60_000
const nowMs = 1000 * 24 * 60 * minuteMs + 12_345

function ended(endedAtMs: number, more: Partial<GenerationRecord> = {}): GenerationRecord {
  return {
    id: 'g',
    node: 'n',
    status: 'succeeded',
    request: { model: 'wan', width: 1280, height: 720 },
    attempt: 1,
    queuedAtMs: endedAtMs,
    endedAtMs,
    durationMs: 60_000,
    queueMs: 500,
    stages: [{ name: 'denoise', startedAtMs: 0, durationMs: 45_000, steps: 30 }],
    lastEventAtMs: endedAtMs,
    verification: 'verified',
    defects: [],
    ...more,
  }
}

test('holds of each group its counts, times, scores, cost and GPU time', () => {
  const window = new GroupWindow()
  const more = {
    quality: { sharpness: 0.5 },
    cost: { amount: 0.25, currency: 'USD', basis: 'own' },
    resources: { gpuSeconds: 60 },
  }
  window.add(ended(nowMs, more), nowMs)
  window.add(ended(nowMs, { ...more, quality: { sharpness: 0.7 }, verification: 'defective' }), nowMs)
  window.add(ended(nowMs, { status: 'failed', durationMs: 5 }), nowMs)
  window.add(ended(nowMs, { node: 'other', request: {} }), nowMs)
  const { groups, other } = window.summarize(nowMs)
  const [log] = [Math.log(60)]
  expect(groups[0]).toEqual({
    name: { model: 'wan', resolution: '720p', node: 'n' },
    byOutcome: { succeeded: 2, failed: 1 },
    verified: 1,
    defective: 1,
    run: { log: [2, Number(log.toPrecision(8)), 0], p50: expect.closeTo(60, 0), p95: expect.closeTo(60, 0) },
    queue: {
      log: [3, Number(Math.log(1.5).toPrecision(8)), expect.closeTo(0, 9)],
      p50: expect.closeTo(0.5, 1),
      p95: expect.closeTo(0.5, 1),
    },
    step: {
      log: [2, Number(Math.log(1.5).toPrecision(8)), expect.closeTo(0, 9)],
      p50: expect.closeTo(1.5, 1),
      p95: expect.closeTo(1.5, 1),
    },
    quality: { sharpness: [2, 0.6, 0.02] },
    cost: { USD: { total: 0.5, known: 2 } },
    gpuSeconds: { total: 120, known: 2 },
  })
  expect(groups[1]).toMatchObject({ name: { node: 'other' }, byOutcome: { succeeded: 1 } })
  expect(groups[1]).not.toHaveProperty('cost')
  expect(other).toBeUndefined()
})

test('for any history the window equals a recomputation from its records, whatever was taken back', () => {
  const history = fc.array(
    fc.record({
      agoMs: fc.oneof(fc.nat(90 * minuteMs), fc.integer({ min: 3_540_000, max: 3_600_000 })),
      durationMs: fc.integer({ min: 1, max: 1e6 }),
      status: fc.constantFrom(...generationOutcomes, 'running' as const),
      model: fc.constantFrom('a', 'b', undefined),
      score: fc.double({ min: 0, max: 1, noNaN: true }),
      isTakenBack: fc.boolean(),
    }),
    { maxLength: 80 },
  )
  fc.assert(
    fc.property(history, (entries) => {
      const window = new GroupWindow()
      const all = entries.map(({ agoMs, durationMs, status, model, score, isTakenBack }) => ({
        record: ended(nowMs - agoMs, {
          status,
          durationMs,
          request: model ? { model } : {},
          quality: { score },
        }),
        isTakenBack,
      }))
      for (const { record } of all) window.add(record, nowMs)
      for (const { record, isTakenBack } of all) if (isTakenBack) window.remove(record, nowMs)
      const beginMs = (Math.floor(nowMs / minuteMs) - 59) * minuteMs
      const expected = new GroupTallies(10)
      for (const { record, isTakenBack } of all)
        if (!isTakenBack && (record.endedAtMs ?? 0) >= beginMs) expected.add(record)
      const span = { fromMs: beginMs, toMs: nowMs }
      expectAlike(window.summarize(nowMs), expected.summarize(span, 20))
    }),
  )
})

function expectAlike(told: PerformanceGroups, expected: PerformanceGroups): void {
  expect({ ...told, groups: [] }).toEqual({ ...expected, groups: [] })
  expect(told.groups.map(({ name }) => groupKey(name))).toEqual(
    expected.groups.map(({ name }) => groupKey(name)),
  )
  for (const [index, group] of told.groups.entries()) {
    const like = expected.groups[index]
    expect(group.byOutcome).toEqual(like?.byOutcome)
    expect(group.run?.p50).toBe(like?.run?.p50)
    expect(group.queue?.p95).toBe(like?.queue?.p95)
    const moments = [
      [group.run?.log, like?.run?.log],
      [group.queue?.log, like?.queue?.log],
      [group.step?.log, like?.step?.log],
      [group.quality?.['score'], like?.quality?.['score']],
    ]
    for (const [mine, theirs] of moments) {
      expect(mine?.[0]).toBe(theirs?.[0])
      expect(mine?.[1] ?? 0).toBeCloseTo(theirs?.[1] ?? 0, 6)
      expect(mine?.[2] ?? 0).toBeCloseTo(theirs?.[2] ?? 0, 3)
    }
  }
}

test('tells twenty groups, those with most generations, and the rest as one', () => {
  const window = new GroupWindow()
  for (let model = 0; model < 30; model++)
    for (let count = 0; count <= model; count++)
      window.add(ended(nowMs, { request: { model: `m${model}` } }), nowMs)
  const { groups, other } = window.summarize(nowMs)
  expect(groups.map(({ name }) => name.model)).toEqual(
    Array.from({ length: 20 }, (_, index) => `m${29 - index}`),
  )
  expect(other).toMatchObject({ name: {}, byOutcome: { succeeded: 55 } })
})

test('names without end take no memory without end, and none is lost', () => {
  const window = new GroupWindow()
  for (let index = 0; index < 1000; index++)
    window.add(ended(nowMs, { request: { model: `m${index}` }, quality: { [`q${index}`]: 1 } }), nowMs)
  const { groups, other } = window.summarize(nowMs)
  expect(groups).toHaveLength(20)
  expect(other?.byOutcome.succeeded).toBe(980)
  expect(Object.keys(other?.quality ?? {}).length).toBeLessThanOrEqual(32)
  for (let index = 0; index < 1000; index++)
    window.remove(ended(nowMs, { request: { model: `m${index}` } }), nowMs)
  expect(window.summarize(nowMs)).toMatchObject({ groups: [] })
  expect(window.summarize(nowMs).other).toBeUndefined()
})

test('a group takes about a kilobyte of a snapshot, with sixteen scores', () => {
  const window = new GroupWindow()
  const scores = Array.from({ length: 16 }, (_, index) => `imaging_quality${index}`)
  for (let count = 0; count < 500; count++)
    window.add(
      ended(nowMs, {
        durationMs: 50_000 + 137.77 * count,
        queueMs: 31.7 * count,
        node: 'worker-eu-west-17.example.com',
        quality: Object.fromEntries(scores.map((score, index) => [score, Math.sin(count * (index + 1))])),
        cost: { amount: 0.123 * count, currency: 'USD', basis: 'own' },
        resources: { gpuSeconds: 1.7 * count },
      }),
      nowMs,
    )
  const [group] = window.summarize(nowMs).groups
  expect(JSON.stringify(group).length).toBeLessThan(1400)
  const { quality: _quality, ...bare } = group ?? {}
  expect(JSON.stringify(bare).length).toBeLessThan(600)
})

test('names that mean something to JavaScript are names like others', () => {
  const window = new GroupWindow()
  const quality = JSON.parse('{"__proto__": 0.5, "constructor": 0.7}') as Record<string, number>
  window.add(ended(nowMs, { node: '__proto__', request: { model: 'toString' }, quality }), nowMs)
  const text = JSON.stringify(window.summarize(nowMs).groups)
  expect(text).toContain('"__proto__":[1,0.5,0]')
  expect(text).toContain('"constructor":[1,0.7,0]')
})
