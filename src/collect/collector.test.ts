import { expect, test } from 'vitest'
import { manualClock } from '../../test/support/manual-clock.ts'
import type { MetricDescriptor } from '../model/sample.ts'
import { MetricsCollector } from './collector.ts'
import type { Source, SourceReading } from './source.ts'

const metric: MetricDescriptor = { name: 'test.value', kind: 'gauge', unit: '1', description: 'A value.' }

function source(name: string, read: Source['read']): Source {
  return { name, metrics: [metric], read }
}

function reading(...values: readonly number[]): SourceReading {
  return { samples: values.map((value) => ({ name: metric.name, attributes: {}, value })), skipped: 0 }
}

/** A source that answers only when told to. */
function hangingSource() {
  const { promise, resolve } = Promise.withResolvers<SourceReading>()
  const calls = { count: 0 }
  return {
    calls,
    release: resolve,
    source: source('hanging', () => {
      calls.count += 1
      return promise
    }),
  }
}

const upOf = (samples: readonly { name: string; attributes: object; value: number }[], name: string) =>
  samples.find(
    (sample) =>
      sample.name === 'framewatch.collector.source.up' &&
      JSON.stringify(sample.attributes) === JSON.stringify({ source: name }),
  )?.value

test('keeps what healthy sources say and adds whether and how fast each could be read', async () => {
  const collector = new MetricsCollector({
    clock: manualClock(),
    sources: [source('one', async () => reading(1)), source('two', async () => reading(2, 3))],
  })
  const { samples, health } = await collector.collect()
  expect(samples.map(({ name, value }) => [name, value])).toEqual([
    ['test.value', 1],
    ['framewatch.collector.source.up', 1],
    ['framewatch.collector.source.duration', 0],
    ['test.value', 2],
    ['test.value', 3],
    ['framewatch.collector.source.up', 1],
    ['framewatch.collector.source.duration', 0],
  ])
  expect(health).toEqual([
    { source: 'one', state: 'ok', durationMs: 0, skipped: 0 },
    { source: 'two', state: 'ok', durationMs: 0, skipped: 0 },
  ])
})

test('turns a source that rejects or throws into health and reads the others', async () => {
  const collector = new MetricsCollector({
    clock: manualClock(),
    sources: [
      source('rejects', async () => Promise.reject(new Error('EIO: i/o error'))),
      source('throws', () => {
        throw new Error('broken')
      }),
      source('fine', async () => reading(1)),
    ],
  })
  const { samples, health } = await collector.collect()
  expect(health.map(({ state, error }) => [state, error])).toEqual([
    ['failed', 'EIO: i/o error'],
    ['failed', 'broken'],
    ['ok', undefined],
  ])
  expect([upOf(samples, 'rejects'), upOf(samples, 'throws'), upOf(samples, 'fine')]).toEqual([0, 0, 1])
})

test('is silent on absent hardware', async () => {
  const collector = new MetricsCollector({
    clock: manualClock(),
    sources: [source('gpu', async () => 'absent')],
  })
  const { samples, health } = await collector.collect()
  expect(samples).toEqual([])
  expect(health).toEqual([{ source: 'gpu', state: 'absent', durationMs: 0, skipped: 0 }])
})

test('skips and counts values that are no finite number', async () => {
  const collector = new MetricsCollector({
    clock: manualClock(),
    sources: [
      source('odd', async () => ({ ...reading(Number.NaN, 7, Number.POSITIVE_INFINITY), skipped: 1 })),
    ],
  })
  const { samples, health } = await collector.collect()
  expect(samples.filter(({ name }) => name === metric.name).map(({ value }) => value)).toEqual([7])
  expect(health[0]).toMatchObject({ state: 'ok', skipped: 3 })
})

test('calls a reading of which nothing is usable a failure', async () => {
  const collector = new MetricsCollector({
    clock: manualClock(),
    sources: [source('garbage', async () => ({ samples: [], skipped: 4 }))],
  })
  const { samples, health } = await collector.collect()
  expect(health[0]).toMatchObject({ state: 'failed', skipped: 4, error: 'no reading was usable' })
  expect(upOf(samples, 'garbage')).toBe(0)
})

test('delays nothing but its own answer when a source hangs, and does not read it again until it returns', async () => {
  const clock = manualClock()
  const hanging = hangingSource()
  let otherReads = 0
  const other = source('other', async () => reading(++otherReads))
  const collector = new MetricsCollector({ clock, sources: [hanging.source, other], sourceDeadlineMs: 300 })

  const first = collector.collect()
  await clock.advance(299)
  expect(otherReads).toBe(1)
  await clock.advance(1)
  const firstAnswer = await first
  expect(firstAnswer.health).toEqual([
    { source: 'hanging', state: 'timed_out', durationMs: 300, skipped: 0, error: 'no answer within 300 ms' },
    { source: 'other', state: 'ok', durationMs: 0, skipped: 0 },
  ])
  expect(upOf(firstAnswer.samples, 'hanging')).toBe(0)

  await clock.advance(700)
  const second = await collector.collect()
  expect(second.health).toMatchObject([{ state: 'timed_out', durationMs: 1000 }, { state: 'ok' }])
  expect([hanging.calls.count, otherReads, clock.pending()]).toEqual([1, 2, 0])

  hanging.release(reading(5))
  await clock.advance(0)
  const third = await collector.collect()
  expect(third.health[0]).toMatchObject({ state: 'ok' })
  expect(third.samples).toContainEqual({ name: metric.name, attributes: {}, value: 5 })
  expect(hanging.calls.count).toBe(2)
})

test('measures each synchronous source by its own work alone', async () => {
  const clock = manualClock()
  // Time passes only when a source works: `advance` moves the clock before its first await.
  const busy = (name: string, ms: number) =>
    source(name, async () => {
      void clock.advance(ms)
      return reading(1)
    })
  const collector = new MetricsCollector({ clock, sources: [busy('a', 5), busy('b', 20), busy('c', 1)] })
  const { health } = await collector.collect()
  expect(health.map(({ durationMs }) => durationMs)).toEqual([5, 20, 1])
})

test('names every metric that it can emit', () => {
  const collector = new MetricsCollector({
    clock: manualClock(),
    sources: [source('a', async () => 'absent')],
  })
  expect(collector.metrics.map(({ name }) => name)).toEqual([
    'test.value',
    'framewatch.collector.source.up',
    'framewatch.collector.source.duration',
  ])
})
