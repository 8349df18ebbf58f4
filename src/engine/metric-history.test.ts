import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { Sample } from '../model/sample.ts'
import { openSqliteStore } from '../store/sqlite/sqlite-store.ts'
import type { RetentionPolicy, Store } from '../store/store.ts'
import { describeMetric, readMetricHistory, type SeriesHistory } from './metric-history.ts'

const dayMs = 86_400_000
const startMs = Date.UTC(2026, 4, 1)
const policy: RetentionPolicy = {
  samplesMs: 7 * dayMs,
  samples1mMs: 30 * dayMs,
  samples10mMs: 365 * dayMs,
  generationsMs: dayMs,
  alertEventsMs: dayMs,
  snapshotsMs: dayMs,
}

async function storeOf(
  count: number,
  stepMs: number,
  samplesOf: (index: number) => readonly Sample[],
): Promise<Store> {
  const baseDir = mkdtempSync(join(tmpdir(), 'framewatch-history-'))
  const store = await openSqliteStore({ baseDir })
  onTestFinished(async () => {
    await store.close()
    rmSync(baseDir, { recursive: true })
  })
  for (let index = 0; index < count; index++)
    await store.write({ tick: { timestampMs: startMs + index * stepMs, samples: samplesOf(index) } })
  return store
}

async function read(store: Store, name: string, fromMs: number, toMs: number, attributes = {}) {
  const histories: SeriesHistory[] = []
  const metric = describeMetric([], name)
  for await (const history of readMetricHistory(store, { metric, attributes, fromMs, toMs }))
    histories.push(history)
  return histories
}

const sample = (name: string, value: number, attributes = {}): Sample => ({ name, attributes, value })
const wave = (index: number) => Math.sin(index / 700) + (index % 7) / 10

test('a metric that no catalogue knows is what its name says', () => {
  expect(describeMetric([], 'http_requests_total').kind).toBe('counter')
  expect(describeMetric([], 'latency_seconds_bucket').kind).toBe('counter')
  expect(describeMetric([], 'total_memory').kind).toBe('gauge')
  const metric = { name: 'a_total', kind: 'gauge', unit: 'By', description: 'Its own.' } as const
  expect(describeMetric([metric], 'a_total')).toBe(metric)
})

test('a day of samples each second is read in steps, with exact extremes, mean, count and last value', async () => {
  const count = 30_000
  const store = await storeOf(count, 1000, (index) => [
    sample('gauge', wave(index)),
    sample('work_total', (index < 20_000 ? index : index - 20_000) * 10),
  ])
  const toMs = startMs + count * 1000
  const [gauge] = await read(store, 'gauge', startMs, toMs)
  const values = Array.from({ length: count }, (_, index) => wave(index))
  expect(gauge?.summary).toMatchObject({
    count,
    resolutionSeconds: 2,
    min: Math.min(...values),
    max: Math.max(...values),
    last: values.at(-1),
    lastTimestampMs: startMs + (count - 1) * 1000,
  })
  expect(gauge?.points.length).toBeLessThanOrEqual(20_000)
  expect(gauge?.summary.mean).toBeCloseTo(values.reduce((sum, value) => sum + value, 0) / count, 9)
  const [counter] = await read(store, 'work_total', startMs, toMs)
  expect(counter?.summary).toMatchObject({
    count,
    resolutionSeconds: 2,
    last: 99_990,
    min: 10,
    max: 10,
    mean: 10,
  })
  // What was counted between the last value of a step and the restart is not known.
  expect(counter?.summary.increase).toBeGreaterThan(0.999 * 299_980)
  expect(counter?.summary.increase).toBeLessThanOrEqual(300_000)
})

test('reads each series alone, also where the attributes of one are part of those of others', async () => {
  const cores = Array.from({ length: 12 }, (_, core) => core)
  const store = await storeOf(500, 1000, (index) => [
    sample('cpu', index),
    ...cores.map((core) => sample('cpu', index + core * 1000, { core: String(core) })),
  ])
  const toMs = startMs + 500_000
  const histories = await read(store, 'cpu', startMs, toMs)
  expect(histories).toHaveLength(13)
  for (const { summary } of histories)
    expect(summary).toMatchObject({ count: 500, min: Number(summary.attributes.core ?? 0) * 1000 })
  expect(await read(store, 'cpu', startMs, toMs, { core: '' })).toHaveLength(1)
  expect(await read(store, 'cpu', startMs, toMs, { core: '3' })).toHaveLength(1)
  expect(await read(store, 'cpu', startMs, toMs, { gpu: '3' })).toHaveLength(0)
  expect(await read(store, 'cpu', startMs - dayMs, startMs - 1)).toHaveLength(0)
})

test.each([
  { age: 3, resolutionSeconds: 0 },
  { age: 20, resolutionSeconds: 60 },
  { age: 200, resolutionSeconds: 600 },
])(
  'samples of $age days ago are read in steps of $resolutionSeconds s',
  async ({ age, resolutionSeconds }) => {
    const count = 2880
    const store = await storeOf(count, 30_000, (index) => [
      sample('gauge', wave(index)),
      sample('work_total', index * 60),
    ])
    while (await store.maintain(policy, startMs + (age + 1) * dayMs, 1_000_000));
    const toMs = startMs + dayMs - 1
    const [gauge] = await read(store, 'gauge', startMs, toMs)
    const values = Array.from({ length: count }, (_, index) => wave(index))
    expect(gauge?.summary).toMatchObject({
      count,
      resolutionSeconds,
      min: Math.min(...values),
      max: Math.max(...values),
      last: values.at(-1),
    })
    expect(gauge?.summary.mean).toBeCloseTo(values.reduce((sum, value) => sum + value, 0) / count, 9)
    const [counter] = await read(store, 'work_total', startMs, toMs)
    expect(counter?.summary).toMatchObject({ resolutionSeconds, last: (count - 1) * 60, p50: 2 })
    expect(counter?.summary.mean).toBeCloseTo(2, 9)
  },
)
