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

const successOf = (samples: readonly { name: string; attributes: object; value: number }[], name: string) =>
  samples.find(
    (sample) =>
      sample.name === 'framewatch.collector.success' &&
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
    ['test.value', 2],
    ['test.value', 3],
    ['framewatch.collector.success', 1],
    ['framewatch.collector.duration', 0],
    ['framewatch.collector.success', 1],
    ['framewatch.collector.duration', 0],
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
  expect([successOf(samples, 'rejects'), successOf(samples, 'throws'), successOf(samples, 'fine')]).toEqual([
    0, 0, 1,
  ])
})

test('is silent on absent hardware', async () => {
  const collector = new MetricsCollector({
    clock: manualClock(),
    sources: [source('gpu', () => ({ absent: 'no driver' }))],
  })
  const { samples, health } = await collector.collect()
  expect(samples).toEqual([])
  expect(health).toEqual([{ source: 'gpu', state: 'absent', durationMs: 0, skipped: 0, reason: 'no driver' }])
})

test('skips, counts and shows values that are no finite number', async () => {
  const collector = new MetricsCollector({
    clock: manualClock(),
    sources: [
      source('odd', async () => ({ ...reading(Number.NaN, 7, Number.POSITIVE_INFINITY), skipped: 1 })),
    ],
  })
  const { samples, health } = await collector.collect()
  expect(samples.filter(({ name }) => name === metric.name).map(({ value }) => value)).toEqual([7])
  expect(health[0]).toMatchObject({ state: 'ok', skipped: 3 })
  expect(samples.find(({ name }) => name === 'framewatch.collector.skipped')?.value).toBe(3)
})

test('calls a reading of which nothing is usable a failure', async () => {
  const collector = new MetricsCollector({
    clock: manualClock(),
    sources: [source('garbage', async () => ({ samples: [], skipped: 4 }))],
  })
  const { samples, health } = await collector.collect()
  expect(health[0]).toMatchObject({ state: 'failed', skipped: 4, error: 'no reading was usable' })
  expect(successOf(samples, 'garbage')).toBe(0)
})

test('delays nothing but its own answer when a source hangs, and does not read it again until it returns', async () => {
  const clock = manualClock()
  const hanging = hangingSource()
  let otherReads = 0
  const other = source('other', async () => reading(++otherReads))
  const collector = new MetricsCollector({ clock, sources: [hanging.source, other], sourceDeadlineMs: 300 })

  const first = collector.collect()
  await clock.advance(0)
  await clock.advance(299)
  expect(otherReads).toBe(1)
  await clock.advance(1)
  const firstAnswer = await first
  expect(firstAnswer.health).toEqual([
    { source: 'hanging', state: 'timed_out', durationMs: 300, skipped: 0, error: 'no answer within 300 ms' },
    { source: 'other', state: 'ok', durationMs: 0, skipped: 0 },
  ])
  expect(successOf(firstAnswer.samples, 'hanging')).toBe(0)

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
    source(name, () => {
      void clock.advance(ms)
      return reading(1)
    })
  const collector = new MetricsCollector({ clock, sources: [busy('a', 5), busy('b', 20), busy('c', 1)] })
  const { health } = await collector.collect()
  expect(health.map(({ durationMs }) => durationMs)).toEqual([5, 20, 1])
})

test('reads a source on its own schedule, though ticks are not exact, and says what its last reading was', async () => {
  const clock = manualClock()
  let reads = 0
  const slow = { ...source('slow', () => reading(++reads)), everyMs: 10_000 }
  const collector = new MetricsCollector({ clock, sources: [slow] })
  const values: (number | undefined)[] = []
  for (let tick = 0; tick <= 20; tick++) {
    const { samples, health } = await collector.collect()
    values.push(samples.find(({ name }) => name === metric.name)?.value)
    expect(health).toMatchObject([{ source: 'slow', state: 'ok' }])
    expect(successOf(samples, 'slow')).toBe(1)
    await clock.advance(tick % 2 === 0 ? 990 : 1000)
  }
  expect(values.flatMap((value, tick) => (value === undefined ? [] : [tick]))).toEqual([0, 10, 20])
})

test('does not wait longer than its patience: what comes later, in time, is part of the next tick', async () => {
  const clock = manualClock()
  const slow = hangingSource()
  let otherReads = 0
  const other = source('other', () => reading(++otherReads))
  const collector = new MetricsCollector({
    clock,
    sources: [slow.source, other],
    sourceDeadlineMs: 3000,
    patienceMs: 500,
  })
  const values = ({ samples }: { samples: readonly { name: string; value: number }[] }) =>
    samples.filter(({ name }) => name === metric.name).map(({ value }) => value)

  const first = collector.collect()
  await clock.advance(500)
  expect(values(await first)).toEqual([1])
  await clock.advance(500)
  const second = await collector.collect()
  expect([values(second), second.health.map(({ state }) => state)]).toEqual([[2], ['absent', 'ok']])

  await clock.advance(500)
  slow.release(reading(70))
  await clock.advance(0)
  await clock.advance(500)
  const third = await collector.collect()
  expect(values(third)).toEqual([70, 3])
  expect(third.health[0]).toMatchObject({ state: 'ok', durationMs: 1500 })
  expect(slow.calls.count).toBe(1)
})

test('drops what comes after its deadline, having said that it timed out', async () => {
  const clock = manualClock()
  const slow = hangingSource()
  const collector = new MetricsCollector({
    clock,
    sources: [slow.source],
    sourceDeadlineMs: 800,
    patienceMs: 500,
  })
  const first = collector.collect()
  await clock.advance(500)
  await first
  await clock.advance(500)
  expect((await collector.collect()).health).toMatchObject([{ state: 'timed_out', durationMs: 1000 }])
  slow.release(reading(70))
  await clock.advance(0)
  const { samples } = await collector.collect()
  expect(samples.filter(({ name, value }) => name === metric.name && value === 70)).toHaveLength(1)
  expect(slow.calls.count).toBe(2)
})

test('gives a source the deadline it asks for', async () => {
  const clock = manualClock()
  const hanging = { ...hangingSource().source, deadlineMs: 50 }
  const collector = new MetricsCollector({ clock, sources: [hanging] })
  const answer = collector.collect()
  await clock.advance(50)
  expect((await answer).health).toMatchObject([{ state: 'timed_out', durationMs: 50 }])
})

test('puts off the first reading of what starts a process, where it is to, until its interval has passed', async () => {
  const clock = manualClock()
  let reads = 0
  const costly = { ...source('costly', () => reading(++reads)), everyMs: 60_000, startsProcess: true }
  const collector = new MetricsCollector({ clock, sources: [costly], defersProcesses: true })
  expect((await collector.collect()).health).toMatchObject([{ state: 'absent' }])
  await clock.advance(60_000)
  expect((await collector.collect()).health).toMatchObject([{ state: 'ok' }])
  expect(reads).toBe(1)
  await new MetricsCollector({ clock, sources: [costly] }).collect()
  expect(reads).toBe(2)
})

test('hands on the faults that hardware reported', async () => {
  const fault = {
    timestampMs: 1,
    kind: 'xid',
    device: 'GPU-1',
    code: 79,
    severity: 'critical',
    message: 'Fell off the bus.',
  } as const
  const sources = [source('gpu', () => ({ ...reading(1), faults: [fault] })), source('cpu', () => reading(1))]
  const collector = new MetricsCollector({ clock: manualClock(), sources })
  expect((await collector.collect()).faults).toEqual([fault])
})

test('lets every source give back what it holds, also after one that cannot', async () => {
  const closed: string[] = []
  const closing = (name: string, close: () => void) => ({ ...source(name, () => reading(1)), close })
  const sources = [
    closing('broken', () => {
      throw new Error('busy')
    }),
    closing('fine', () => void closed.push('fine')),
  ]
  await new MetricsCollector({ clock: manualClock(), sources }).close()
  expect(closed).toEqual(['fine'])
})

test('names every metric that it can emit', () => {
  const collector = new MetricsCollector({
    clock: manualClock(),
    sources: [source('a', () => ({ absent: 'nothing' }))],
  })
  expect(collector.metrics.map(({ name }) => name)).toEqual([
    'test.value',
    'framewatch.collector.success',
    'framewatch.collector.duration',
    'framewatch.collector.skipped',
  ])
})
