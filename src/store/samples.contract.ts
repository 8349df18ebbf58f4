/** What every engine must do with samples beyond the moment they are written: frames, tiers, growth, quantiles. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ReferenceSamples } from './samples.reference.contract.ts'
import { keepAll, sampleOf, startMs } from './store.fixtures.contract.ts'
import { aggregates, type RangeQuery, type RetentionPolicy, type Store } from './store.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs
/** The start of a day in UTC, so that spans are easily told. */
const dayStartMs = Math.floor(startMs / dayMs) * dayMs

/** Where one store lives: it can be opened again after it was closed. */
export interface StorePlace {
  open(): Promise<Store>
  /** After the store was closed. */
  remove(): Promise<void>
}

export async function maintainFully(store: Store, policy: RetentionPolicy, nowMs: number): Promise<void> {
  for (let calls = 0; await store.maintain(policy, nowMs); calls++)
    if (calls > 1500) throw new Error('Maintenance does not come to an end')
}

export function describeSampleQueries(store: () => Store): void {
  const write = async (name: string, points: readonly (readonly [number, number])[]) => {
    for (const [timestampMs, value] of points)
      await store().write({ tick: { timestampMs, samples: [sampleOf(name, value)] } })
  }
  const pointsOf = async (query: Parameters<Store['range']>[0]) =>
    (await store().range(query)).series[0]?.points.map(({ timestampMs, value }) => [timestampMs, value])

  test('the growth of a counter counts a reset as a start from zero', async () => {
    await write('c', [
      [dayStartMs, 100],
      [dayStartMs + 10_000, 130],
      [dayStartMs + 20_000, 5],
      [dayStartMs + 30_000, 25],
    ])
    const query = { name: 'c', fromMs: dayStartMs + 1, toMs: dayStartMs + 39_999, stepMs: 20_000 }
    expect(await pointsOf({ ...query, aggregate: 'increase' })).toEqual([
      [dayStartMs, 30],
      [dayStartMs + 20_000, 25],
    ])
    expect(await pointsOf({ ...query, aggregate: 'rate' })).toEqual([
      [dayStartMs, 3],
      [dayStartMs + 20_000, 1.25],
    ])
  })

  test('a quantile needs its share, and groups need steps', async () => {
    const range = { name: 'a', fromMs: 0, toMs: startMs }
    const refused = { code: 'QUERY_INVALID' }
    await expect(store().range({ ...range, aggregate: 'quantile', stepMs: 1000 })).rejects.toMatchObject(
      refused,
    )
    const above = { ...range, aggregate: 'quantile', stepMs: 1000, quantile: 1.5 } as const
    await expect(store().range(above)).rejects.toMatchObject(refused)
    await expect(store().range({ ...range, groupBy: ['gpu'] })).rejects.toMatchObject(refused)
    await expect(store().range({ ...range, top: 0 })).rejects.toMatchObject(refused)
  })

  test.each([
    { aggregate: 'median' },
    { groupAggregate: 'median', groupBy: ['gpu'], stepMs: 1000 },
    { groupBy: 'gpu', stepMs: 1000 },
    { fromMs: Number.NaN },
  ])('a question with %o is refused', async (part) => {
    const query = { name: 'a', fromMs: 0, toMs: startMs, ...part } as unknown as RangeQuery
    await expect(store().range(query)).rejects.toMatchObject({ code: 'QUERY_INVALID' })
  })

  test.each([2 ** 53, -(2 ** 53), 1.5, Number.NaN, Infinity])(
    'a tick at %d is refused',
    async (timestampMs) => {
      const writing = store().write({ tick: { timestampMs, samples: [sampleOf('a', 1)] } })
      await expect(writing).rejects.toMatchObject({ code: 'TICK_INVALID' })
      expect(await store().recentTicks(1)).toEqual([])
    },
  )

  test('minute steps reach as far as raw samples, when these are kept longer than summaries', async () => {
    const policy = { ...keepAll, samplesMs: 60 * dayMs, samples1mMs: dayMs, samples10mMs: dayMs }
    await write(
      'a',
      Array.from({ length: 72 }, (_, index) => [dayStartMs + index * hourMs, index] as const),
    )
    await maintainFully(store(), policy, dayStartMs + 3 * dayMs)
    const query = { name: 'a', fromMs: dayStartMs, toMs: dayStartMs + 3 * dayMs, stepMs: hourMs }
    expect(await pointsOf(query)).toHaveLength(72)
  })

  test('names that objects have of themselves are attributes like others', async () => {
    await write('a', [[dayStartMs, 1]])
    const query = {
      name: 'a',
      fromMs: 0,
      toMs: dayStartMs,
      stepMs: 1000,
      groupBy: ['constructor', '__proto__'],
    }
    expect((await store().range(query)).series[0]?.attributes).toEqual({})
  })

  test('ticks of two nodes are kept apart and answered together', async () => {
    for (let index = 0; index < 20; index++) {
      for (const node of ['n1', 'n2']) {
        const samples = [sampleOf('a', index, { node })]
        await store().write({ tick: { node, timestampMs: startMs + index * 1000, samples } })
      }
    }
    const [newest] = await store().recentTicks(1)
    expect(newest?.samples).toEqual([sampleOf('a', 19, { node: 'n1' }), sampleOf('a', 19, { node: 'n2' })])
    const { series } = await store().range({ name: 'a', fromMs: startMs, toMs: startMs + 30_000 })
    expect(series.map(({ points }) => points.length)).toEqual([20, 20])
  })

  test('aged samples stay as summaries, at the steps that are made of them', async () => {
    const policy = { ...keepAll, samplesMs: 2 * hourMs }
    for (let minute = 0; minute < 600; minute += 0.5)
      await store().write({
        tick: { timestampMs: dayStartMs + minute * minuteMs, samples: [sampleOf('a', minute)] },
      })
    await maintainFully(store(), policy, dayStartMs + 10 * hourMs)
    const query = { name: 'a', fromMs: dayStartMs, toMs: dayStartMs + 10 * hourMs }
    expect((await pointsOf(query))?.[0]).toEqual([dayStartMs + 8 * hourMs, 480])
    expect((await pointsOf({ ...query, stepMs: 30_000 }))?.[0]).toEqual([dayStartMs + 8 * hourMs, 480])
    const byMinute = await store().range({ ...query, stepMs: minuteMs, aggregate: 'max' })
    expect(byMinute.tier).toBe('1m')
    expect(byMinute.series[0]?.points).toHaveLength(600)
    expect(byMinute.series[0]?.points[7]).toEqual({ timestampMs: dayStartMs + 7 * minuteMs, value: 7.5 })
    expect((await store().range({ ...query, stepMs: hourMs })).tier).toBe('10m')
  })

  test('durations keep quantiles when they are summarised, within 1 %', async () => {
    const policy = { ...keepAll, samplesMs: 0 }
    const seconds = Array.from({ length: 480 }, (_, index) => ((index * 7919) % 480) / 10 + 1)
    await write(
      'work.duration',
      seconds.map((value, index) => [dayStartMs + index * 30_000, value]),
    )
    await maintainFully(store(), policy, dayStartMs + 2 * dayMs)
    const query = { name: 'work.duration', fromMs: dayStartMs, toMs: dayStartMs + 4 * hourMs - 1 }
    const answer = await store().range({
      ...query,
      stepMs: 4 * hourMs,
      aggregate: 'quantile',
      quantile: 0.95,
    })
    const exact = seconds.toSorted((a, b) => a - b)[Math.floor(0.95 * 479)] ?? 0
    const { value = 0 } = answer.series[0]?.points[0] ?? {}
    expect(Math.abs(value - exact) / exact).toBeLessThanOrEqual(0.0101)
  })

  test('the growth of a counter is known from summaries, with a reset in between', async () => {
    const policy = { ...keepAll, samplesMs: 0 }
    const value = (index: number) => (index < 243 ? index * 3 : (index - 243) * 3)
    await write(
      'c',
      Array.from({ length: 480 }, (_, index) => [dayStartMs + index * 30_000, value(index)] as const),
    )
    await maintainFully(store(), policy, dayStartMs + 2 * dayMs)
    const query = { name: 'c', fromMs: dayStartMs, toMs: dayStartMs + 4 * hourMs - 1, stepMs: 4 * hourMs }
    const [[, increase] = []] = (await pointsOf({ ...query, aggregate: 'increase' })) ?? []
    // Ten minutes are the finest that is left, and the first of them has nothing before it.
    expect(increase).toBeGreaterThan(value(242) + value(479) - 3 * 21)
    expect(increase).toBeLessThanOrEqual(value(242) + value(479))
  })

  test('the oldest goes when there is too much', async () => {
    for (let index = 0; index < 2000; index++) {
      const samples = Array.from({ length: 50 }, (_, gpu) =>
        sampleOf('a', Math.sin(index * gpu), { gpu: String(gpu) }),
      )
      await store().write({ tick: { timestampMs: startMs + index * 1000, samples } })
    }
    const before = await store().recentTicks(3000)
    await maintainFully(store(), { ...keepAll, maxBytes: 700_000 }, startMs + 2_000_000)
    const after = await store().recentTicks(3000)
    expect(after.length).toBeLessThan(before.length)
    expect(after).toEqual(before.slice(0, after.length))
  })
}

/** Ticks over days, now and then late, maintained as time goes by. */
const days = fc.array(
  fc.record({
    afterMs: fc.integer({ min: 1, max: 5 * 3600 }).map((seconds) => seconds * 1000),
    lateMs: fc.oneof({ weight: 9, arbitrary: fc.constant(0) }, fc.integer({ min: 1, max: 36 * hourMs })),
    values: fc.array(fc.integer({ min: -20, max: 20 }), { minLength: 0, maxLength: 3 }),
    isMaintained: fc.boolean(),
    isReopened: fc.nat({ max: 19 }).map((odds) => odds === 0),
  }),
  { minLength: 10, maxLength: 120, size: 'max' },
)

/** Reads the whole past at every kind of step, and compares. Late ticks stay younger than raw samples may get. */
export function summariesProperty(newPlace: () => Promise<StorePlace>) {
  const policy = { ...keepAll, samplesMs: 4 * dayMs, samples1mMs: 6 * dayMs, samples10mMs: 9 * dayMs }
  return fc.asyncProperty(days, async (steps) => {
    const reference = new ReferenceSamples()
    const place = await newPlace()
    let store = await place.open()
    let nowMs = dayStartMs
    try {
      for (const { afterMs, lateMs, values, isMaintained, isReopened } of steps) {
        nowMs += afterMs
        const samples = values.map((value, index) => sampleOf('a', value / 2, { gpu: String(index) }))
        const tick = { timestampMs: nowMs - lateMs, samples }
        await store.write({ tick })
        reference.write(tick)
        if (isReopened) {
          await store.close()
          store = await place.open()
        }
        if (!isMaintained) continue
        await maintainFully(store, policy, nowMs)
        reference.maintain(policy, nowMs)
      }
      await compareSummaries(store, reference, nowMs)
    } finally {
      await store.close()
      await place.remove()
    }
  })
}

async function compareSummaries(store: Store, reference: ReferenceSamples, toMs: number): Promise<void> {
  for (const stepMs of [undefined, 1000, minuteMs, 7 * minuteMs, 10 * minuteMs, dayMs]) {
    // Growth and quantiles are near, not exact, once there are only summaries.
    const isTier = stepMs !== undefined && stepMs % minuteMs === 0
    const exact = aggregates.filter((name) => !(isTier && ['increase', 'rate', 'quantile'].includes(name)))
    for (const aggregate of stepMs === undefined ? (['avg'] as const) : exact) {
      const query = { name: 'a', fromMs: dayStartMs, toMs, stepMs, aggregate, quantile: 0.9 }
      expect(await store.range(query)).toEqual(reference.range(query))
    }
  }
}
