/** What every engine of the store port must do. An engine's test calls `describeStoreContract` with its own opener. */
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { describeDecisions } from './decisions.contract.ts'
import { describeFaults } from './faults.contract.ts'
import { describeGenerationQueries } from './generations.contract.ts'
import {
  describeSampleQueries,
  maintainFully,
  type StorePlace,
  summariesProperty,
} from './samples.contract.ts'
import {
  eventOf,
  generationOf,
  instanceOf,
  keepAll,
  sampleOf,
  snapshotOf,
  startMs,
} from './store.fixtures.contract.ts'
import { history, listAllPages, live } from './store.history.contract.ts'
import type { Store } from './store.ts'

/** @param newPlace - makes a place with no store in it. */
export function describeStoreContract(name: string, newPlace: () => Promise<StorePlace>): void {
  describe(`${name} keeps the contract of a store`, () => {
    let place: StorePlace
    let store: Store

    beforeEach(async () => {
      place = await newPlace()
      store = await place.open()
    })
    afterEach(async () => {
      await store.close()
      await place.remove()
    })
    const reopen = async () => {
      await store.close()
      store = await place.open()
    }

    describeSamples(() => store)
    describeSampleQueries(() => store)
    describeGenerations(() => store)
    describeGenerationQueries(() => store, newPlace)
    describeOtherRecords(() => store)
    describeDecisions(() => store)
    describeFaults(() => store)
    describeRetention(() => store)
    describeLifecycle(() => store, reopen)

    test('any history gives the same answers as a plain list in memory', { timeout: 60_000 }, async () => {
      const property = fc.asyncProperty(history, async (steps) => {
        const own = await newPlace()
        try {
          await live(steps, () => own.open())
        } finally {
          await own.remove()
        }
      })
      await fc.assert(property, { numRuns: 150 })
    })

    test('summaries answer as the samples would that they are made of', { timeout: 60_000 }, async () => {
      const property = summariesProperty(newPlace)
      await fc.assert(property, { numRuns: 30 })
    })
  })
}

function describeSamples(store: () => Store): void {
  test('an empty store answers every question with nothing', async () => {
    expect(await store().listSeries()).toEqual([])
    expect(await store().recentTicks(5)).toEqual([])
    expect(await store().range({ name: 'a', fromMs: 0, toMs: startMs })).toEqual({ tier: 'raw', series: [] })
    expect(await store().getGeneration('none')).toBeUndefined()
    expect(await store().listGenerations()).toEqual({ records: [], nextCursor: undefined })
    expect(await store().countGenerations()).toEqual({})
    expect(await store().listAlertEvents()).toEqual([])
    expect(await store().readWriter()).toBeUndefined()
  })

  test('attributes in another order are the same series', async () => {
    const samples = [
      sampleOf('a', 1, { gpu: '0', state: 'used' }),
      sampleOf('a', 2, { state: 'used', gpu: '0' }),
    ]
    await store().write({ tick: { timestampMs: startMs, samples } })
    expect(await store().recentTicks(1)).toEqual([
      { timestampMs: startMs, samples: [sampleOf('a', 2, { gpu: '0', state: 'used' })] },
    ])
  })

  test('a step begins at a multiple of its length and takes its bounds from the range, inclusive', async () => {
    for (const offsetMs of [0, 400, 999, 1000, 1600])
      await store().write({ tick: { timestampMs: startMs + offsetMs, samples: [sampleOf('a', offsetMs)] } })
    const query = { name: 'a', fromMs: startMs + 400, toMs: startMs + 1600, stepMs: 1000 }
    const points = async (aggregate: 'avg' | 'last' | 'count') =>
      (await store().range({ ...query, aggregate })).series[0]?.points.map(({ timestampMs, value }) => [
        timestampMs - startMs,
        value,
      ])
    expect(await points('avg')).toEqual([
      [0, 699.5],
      [1000, 1300],
    ])
    expect(await points('last')).toEqual([
      [0, 999],
      [1000, 1600],
    ])
    expect(await points('count')).toEqual([
      [0, 2],
      [1000, 2],
    ])
  })

  test('a value keeps every bit', async () => {
    const numbers = [Math.PI, 1e308, 5e-324, -1.5, 2 ** 53, 123_456_789_012_345.67]
    const samples = numbers.map((value, index) => sampleOf('a', value, { index: String(index) }))
    await store().write({ tick: { timestampMs: startMs, samples } })
    const [tick] = await store().recentTicks(1)
    expect(tick?.samples.map(({ value }) => value)).toEqual(numbers)
  })

  test('a value that is not finite is left out, and the rest of its tick is kept', async () => {
    const samples = [sampleOf('bad', Number.NaN), sampleOf('good', 1), sampleOf('worse', Infinity)]
    await store().write({ tick: { timestampMs: startMs, samples } })
    expect(await store().recentTicks(1)).toEqual([{ timestampMs: startMs, samples: [sampleOf('good', 1)] }])
    expect(await store().listSeries()).toEqual([{ name: 'good', attributes: {} }])
  })
}

function describeGenerations(store: () => Store): void {
  test('pages are neither repeated nor skipped when records come in between', async () => {
    const ids = Array.from({ length: 9 }, (_, index) => `g${index}`)
    await store().write({ generations: ids.map((id) => generationOf(id)) })
    const first = await store().listGenerations({ limit: 4 })
    await store().write({ generations: [generationOf('later', 'queued', { queuedAtMs: startMs + 1 })] })
    const second = await store().listGenerations({ limit: 4, cursor: first.nextCursor })
    const third = await store().listGenerations({ limit: 4, cursor: second.nextCursor })
    const listed = [first, second, third].flatMap((page) => page.records.map(({ id }) => id))
    expect(listed).toEqual(ids.toReversed())
    expect(third.nextCursor).toBeUndefined()
  })

  test('a page that takes exactly the last record has no next one', async () => {
    await store().write({ generations: [generationOf('g1'), generationOf('g2')] })
    expect((await store().listGenerations({ limit: 2 })).nextCursor).toBeUndefined()
  })

  test.each(['x', 'bm90IGpzb24', '', 'WzFd', 'WzEsMl0'])(
    'the cursor "%s" of no page is refused',
    async (cursor) => {
      const listing = store().listGenerations({ cursor })
      await expect(listing).rejects.toMatchObject({ code: 'QUERY_INVALID', details: { key: 'cursor' } })
    },
  )

  test.each([0, -1, 1.5, Number.NaN])('a limit of %d is refused', async (limit) => {
    const refused = { code: 'QUERY_INVALID', details: { key: 'limit' } }
    await expect(store().listGenerations({ limit })).rejects.toMatchObject(refused)
    await expect(store().listAlertEvents({ limit })).rejects.toMatchObject(refused)
    await expect(store().recentTicks(limit)).rejects.toMatchObject(refused)
    await expect(store().listSnapshots(limit)).rejects.toMatchObject(refused)
  })

  test('a step of zero is refused', async () => {
    const asking = store().range({ name: 'a', fromMs: 0, toMs: startMs, stepMs: 0 })
    await expect(asking).rejects.toMatchObject({ code: 'QUERY_INVALID', details: { key: 'stepMs' } })
  })

  test('a record that is written again is replaced, under every filter', async () => {
    await store().write({ generations: [generationOf('g1', 'running', { model: 'wan' })] })
    await store().write({ generations: [generationOf('g1', 'failed', { model: 'ltx' })] })
    expect(await store().listGenerations({ statuses: ['running'] })).toMatchObject({ records: [] })
    expect(await store().listGenerations({ model: 'wan' })).toMatchObject({ records: [] })
    expect(await listAllPages(store(), { statuses: ['failed'], model: 'ltx' })).toHaveLength(1)
    expect(await store().countGenerations()).toEqual({ failed: 1 })
  })
}

function describeOtherRecords(store: () => Store): void {
  test('alert events of one millisecond are listed last written first', async () => {
    await store().write({ alertEvents: [eventOf('z', startMs, 'pending'), eventOf('a', startMs, 'firing')] })
    expect((await store().listAlertEvents()).map(({ id }) => id)).toEqual(['a', 'z'])
  })

  test('an alert instance is there until it is removed', async () => {
    await store().write({ alertInstances: { changed: [instanceOf('b'), instanceOf('a')], removed: [] } })
    await store().write({ alertInstances: { changed: [instanceOf('c')], removed: ['b', 'unknown'] } })
    expect(await store().loadAlertInstances()).toEqual([instanceOf('a'), instanceOf('c')])
  })

  test('the size on disk grows with what is written', async () => {
    const before = await store().sizeBytes()
    const generations = Array.from({ length: 500 }, (_, index) => generationOf(`g${index}`))
    await store().write({ generations })
    expect(await store().sizeBytes()).toBeGreaterThan(before + 100_000)
  })
}

function describeRetention(store: () => Store): void {
  test('one call of retention deletes no more rows of a kind than it may, and no answer holds samples that have expired', async () => {
    const ids = Array.from({ length: 10 }, (_, index) => `id${index}`)
    await store().write({
      generations: ids.map((id) => generationOf(id)),
      alertEvents: ids.map((id) => eventOf(id)),
      snapshots: ids.map((id) => snapshotOf(id)),
    })
    for (const [index, id] of ids.entries())
      await store().write({ tick: { timestampMs: startMs + index, samples: [sampleOf(id, 1)] } })
    const policy = {
      samples1mMs: 0,
      samples10mMs: 0,
      samplesMs: 0,
      generationsMs: 0,
      alertEventsMs: 0,
      snapshotsMs: 0,
    }
    expect(await store().maintain(policy, startMs + 10_000, 3)).toBe(true)
    expect(await store().countGenerations()).toEqual({ succeeded: 7 })
    expect(await store().listAlertEvents()).toHaveLength(7)
    expect(await store().listSnapshots(100)).toHaveLength(7)
    expect(await store().recentTicks(100)).toHaveLength(0)
  })

  test('a live generation is kept whatever its age', async () => {
    const generations = [
      generationOf('old'),
      generationOf('waits', 'queued'),
      generationOf('runs', 'running'),
    ]
    await store().write({ generations })
    await store().maintain({ ...keepAll, generationsMs: 0 }, startMs + 1e10)
    expect(await store().countGenerations()).toEqual({ queued: 1, running: 1 })
  })

  test('a series that lost its last sample is forgotten, and comes back with its next', async () => {
    await store().write({ tick: { timestampMs: startMs, samples: [sampleOf('a', 1), sampleOf('b', 1)] } })
    await store().write({ tick: { timestampMs: startMs + 1000, samples: [sampleOf('b', 2)] } })
    const policy = { ...keepAll, samplesMs: 500, samples1mMs: 500, samples10mMs: 500 }
    await maintainFully(store(), policy, startMs + 1500)
    expect(await store().listSeries()).toEqual([{ name: 'b', attributes: {} }])
    await store().write({
      tick: { timestampMs: startMs + 2000, samples: [sampleOf('c', 3), sampleOf('a', 4)] },
    })
    expect((await store().range({ name: 'a', fromMs: 0, toMs: startMs + 2000 })).series[0]?.points).toEqual([
      { timestampMs: startMs + 2000, value: 4 },
    ])
  })
}

function describeLifecycle(store: () => Store, reopen: () => Promise<void>): void {
  test('what was written is there when the store is opened again', async () => {
    const writer = { pid: 4711, node: 'node-1', startedAtMs: startMs, collectionIntervalMs: 30_000 }
    const batch = {
      tick: { timestampMs: startMs, samples: [sampleOf('a', 1.5)] },
      generations: [generationOf('g1')],
      alertEvents: [eventOf('e1')],
      alertInstances: { changed: [instanceOf('k1')], removed: [] },
      snapshots: [snapshotOf('s1')],
    }
    await store().saveWriter(writer)
    await store().write(batch)
    await reopen()
    expect(await store().readWriter()).toEqual(writer)
    expect(await store().recentTicks(9)).toEqual([batch.tick])
    expect(await store().getGeneration('g1')).toEqual(batch.generations[0])
    expect(await store().listAlertEvents()).toEqual(batch.alertEvents)
    expect(await store().loadAlertInstances()).toEqual(batch.alertInstances.changed)
    expect(await store().listSnapshots(9)).toEqual(batch.snapshots)
  })

  test('a batch of which one part is refused leaves nothing, and the next one is written', async () => {
    const unwritable = { ...generationOf('g2'), node: null as unknown as string }
    const tick = { timestampMs: startMs, samples: [sampleOf('new', 1)] }
    const refused = store().write({ tick, generations: [generationOf('g1'), unwritable] })
    await expect(refused).rejects.toMatchObject({ code: 'STORE_WRITE_FAILED' })
    expect(await store().listSeries()).toEqual([])
    expect(await store().recentTicks(1)).toEqual([])
    expect(await store().getGeneration('g1')).toBeUndefined()
    await store().write({ tick })
    expect(await store().recentTicks(1)).toEqual([tick])
  })

  test('after it was closed, which may be done twice, everything rejects', async () => {
    await store().close()
    await store().close()
    const closed = { code: 'STORE_CLOSED' }
    await expect(store().write({})).rejects.toMatchObject(closed)
    await expect(store().maintain(keepAll, startMs)).rejects.toMatchObject(closed)
    await expect(store().listSeries()).rejects.toMatchObject(closed)
    await expect(store().listGenerations()).rejects.toMatchObject(closed)
    await expect(store().sizeBytes()).rejects.toMatchObject(closed)
  })
}
