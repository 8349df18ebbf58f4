import fc from 'fast-check'
import { expect } from 'vitest'
import { generationStatuses } from '../model/generation.ts'
import type { Attributes } from '../model/sample.ts'
import { decision, decisionQuery } from './decisions.contract.ts'
import { eventOf, generationOf, instanceOf, snapshotOf, startMs } from './store.fixtures.contract.ts'
import { ReferenceStore } from './store.reference.contract.ts'
import {
  type AlertEventQuery,
  aggregates,
  type DecisionQuery,
  type GenerationQuery,
  groupAggregates,
  type RangeQuery,
  type RetentionPolicy,
  type Store,
  type WriteBatch,
} from './store.ts'

/** What may happen to a store. Everything is drawn from small sets, so that things meet. */
export type Step =
  | { readonly do: 'write'; readonly batch: WriteBatch }
  | { readonly do: 'reopen' }
  | { readonly do: 'retain'; readonly policy: RetentionPolicy; readonly maxRows: number }
  | { readonly do: 'range'; readonly query: RangeQuery }
  | { readonly do: 'generations'; readonly query: GenerationQuery }
  | { readonly do: 'events'; readonly query: AlertEventQuery }
  | { readonly do: 'decisions'; readonly query: DecisionQuery }
  | { readonly do: 'rest'; readonly limit: number }

const time = fc.integer({ min: 0, max: 12 }).map((tenths) => startMs + tenths * 500)
const age = fc.integer({ min: 0, max: 13 }).map((tenths) => tenths * 500)
const limit = fc.integer({ min: 1, max: 6 })
const name = fc.constantFrom('a', 'b')
const attributes = fc.constantFrom<Attributes[]>(
  {},
  { gpu: '0' },
  { gpu: '1', state: 'x"}' },
  { state: 'x"}', gpu: '1' },
)
const model = fc.constantFrom('wan', 'ltx')
/** Halves, so that sums are exact in any order. No negative zero: engines may keep it as zero. */
const value = fc.oneof(
  { weight: 9, arbitrary: fc.integer({ min: -20, max: 20 }).map((halves) => halves / 2) },
  fc.constantFrom(Number.NaN, Infinity),
)
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined })
const few = <T>(arbitrary: fc.Arbitrary<T>) => fc.array(arbitrary, { maxLength: 4 })

const generation = fc
  .record({
    id: fc.constantFrom('g1', 'g2', 'g3', 'g4', 'g5', 'g6', 'g7', 'g8'),
    status: fc.constantFrom(...generationStatuses),
    queuedAtMs: time,
    model: maybe(model),
  })
  .map(({ id, status, queuedAtMs, model: wanted }) => generationOf(id, status, { queuedAtMs, model: wanted }))

const event = fc
  .record({
    id: fc.constantFrom('e1', 'e2', 'e3', 'e4'),
    timestampMs: time,
    transition: fc.constantFrom('pending', 'firing', 'resolved'),
    rule: fc.constantFrom('High', 'Low'),
    level: fc.constantFrom('warning', 'critical'),
  })
  .map(({ id, timestampMs, transition, rule, level }) =>
    eventOf(id, timestampMs, transition, { rule, level }),
  )

const instances = fc.uniqueArray(fc.constantFrom('k1', 'k2', 'k3'), { maxLength: 3 }).chain((keys) =>
  fc.nat({ max: keys.length }).map((split) => ({
    changed: keys.slice(0, split).map((key) => instanceOf(key, { lastSeenMs: startMs + split })),
    removed: keys.slice(split),
  })),
)

const batch: fc.Arbitrary<WriteBatch> = fc.record({
  tick: maybe(fc.record({ timestampMs: time, samples: few(fc.record({ name, attributes, value })) })),
  generations: maybe(few(generation)),
  alertEvents: maybe(few(event)),
  alertInstances: maybe(instances),
  decisions: maybe(few(decision)),
  snapshots: maybe(
    few(fc.record({ id: fc.constantFrom('s1', 's2', 's3'), timestampMs: time })).map((list) =>
      list.map(({ id, timestampMs }) => snapshotOf(id, timestampMs)),
    ),
  ),
})

const range: fc.Arbitrary<RangeQuery> = fc
  .record({
    name,
    attributes: maybe(fc.constantFrom<Attributes[]>({}, { gpu: '1' }, { gpu: '2' })),
    fromMs: time,
    toMs: time,
    stepMs: maybe(fc.constantFrom(1, 700, 1000, 60_000)),
    aggregate: maybe(fc.constantFrom(...aggregates)),
    quantile: fc.constantFrom(0, 0.25, 0.5, 1),
    groupBy: maybe(fc.subarray(['gpu', 'state'])),
    groupAggregate: maybe(fc.constantFrom(...groupAggregates)),
    top: maybe(limit),
  })
  .map((query) => (query.stepMs === undefined ? { ...query, groupBy: undefined } : query))

const generationQuery: fc.Arbitrary<GenerationQuery> = fc.record({
  statuses: maybe(fc.subarray([...generationStatuses])),
  model: maybe(model),
  fromMs: maybe(time),
  toMs: maybe(time),
  endedFromMs: maybe(time),
  limit: maybe(limit),
})

const eventQuery: fc.Arbitrary<AlertEventQuery> = fc.record({
  rule: maybe(fc.constantFrom('High', 'Low')),
  level: maybe(fc.constantFrom('warning', 'critical')),
  transition: maybe(fc.constantFrom('pending', 'firing')),
  fromMs: maybe(time),
  toMs: maybe(time),
  limit: maybe(limit),
})

const policy = fc.record({
  samplesMs: age,
  samples1mMs: fc.constant(1e15),
  samples10mMs: fc.constant(1e15),
  generationsMs: age,
  alertEventsMs: age,
  snapshotsMs: age,
})

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant('write' as const), batch }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('reopen' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('retain' as const), policy, maxRows: limit }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('range' as const), query: range }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('generations' as const), query: generationQuery }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('events' as const), query: eventQuery }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('decisions' as const), query: decisionQuery }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('rest' as const), limit }) },
)

/** A history of a store. */
export const history: fc.Arbitrary<readonly Step[]> = fc.array(step, { maxLength: 40, size: 'max' })

/** Lives the history on a store and on the reference, and compares every answer. */
export async function live(steps: readonly Step[], open: () => Promise<Store>): Promise<void> {
  const reference = new ReferenceStore()
  let samplesMs = Number.POSITIVE_INFINITY
  let store = await open()
  try {
    for (const current of [...steps, { do: 'rest', limit: 6 } as const]) {
      if (current.do === 'reopen') {
        await store.close()
        store = await open()
      } else if (current.do === 'retain') {
        // What has expired may be gone: it cannot be asked for with a longer retention.
        samplesMs = Math.min(samplesMs, current.policy.samplesMs)
        await take({ ...current, policy: { ...current.policy, samplesMs } }, store, reference)
      } else await take(current, store, reference)
    }
  } finally {
    await store.close()
  }
}

async function take(
  current: Exclude<Step, { do: 'reopen' }>,
  store: Store,
  reference: ReferenceStore,
): Promise<void> {
  if (current.do === 'write') {
    await store.write(current.batch)
    reference.write(current.batch)
  } else if (current.do === 'retain') {
    await retain(store, current.policy, current.maxRows)
    reference.maintain(current.policy, startMs + 6500)
  } else if (current.do === 'range') {
    expect(await store.range(current.query)).toEqual(reference.samples.range(current.query))
  } else if (current.do === 'generations') {
    expect(await listAllPages(store, current.query)).toEqual(reference.listGenerations(current.query))
    const { fromMs, toMs } = current.query
    expect(await store.countGenerations({ fromMs, toMs })).toEqual(
      reference.countGenerations({ fromMs, toMs }),
    )
  } else if (current.do === 'events') {
    expect(await store.listAlertEvents(current.query)).toEqual(reference.listAlertEvents(current.query))
  } else if (current.do === 'decisions') {
    expect(await store.listDecisions(current.query)).toEqual(reference.listDecisions(current.query))
  } else await compareRest(store, reference, current.limit)
}

async function compareRest(store: Store, reference: ReferenceStore, count: number): Promise<void> {
  // A series may be listed for a while after its last sample has expired.
  for (const name of [undefined, 'a']) {
    const listed = await store.listSeries(name)
    const known = reference.samples.listSeries(name)
    expect(known).toEqual(expect.arrayContaining([...listed]))
    const sampled = reference.samples.latest({ name, sinceMs: -Infinity })
    expect(listed).toEqual(
      expect.arrayContaining(
        sampled.map(({ name: metric, attributes: own }) => ({ name: metric, attributes: own })),
      ),
    )
  }
  expect(await store.recentTicks(count)).toEqual(reference.samples.recentTicks(count))
  const sinceMs = startMs + count * 1000
  expect(await store.latest({ sinceMs })).toEqual(reference.samples.latest({ sinceMs }))
  expect(await store.getGeneration('g1')).toEqual(reference.getGeneration('g1'))
  expect(await store.loadAlertInstances()).toEqual(reference.loadAlertInstances())
  expect(await store.listSnapshots(count)).toEqual(reference.listSnapshots(count))
  const toMs = startMs + count * 1000
  expect(await store.listSnapshots(count, toMs)).toEqual(reference.listSnapshots(count, toMs))
}

async function retain(store: Store, wanted: RetentionPolicy, maxRows: number): Promise<void> {
  for (let calls = 0; await store.maintain(wanted, startMs + 6500, maxRows); calls++)
    if (calls > 200) throw new Error('Retention does not come to an end')
}

/** Every page of a list, one after the other. */
export async function listAllPages(store: Store, query: GenerationQuery) {
  const records = []
  let cursor: string | undefined
  do {
    const page = await store.listGenerations({ ...query, cursor })
    if (query.limit !== undefined) expect(page.records.length).toBeLessThanOrEqual(query.limit)
    records.push(...page.records)
    if (records.length > 1000) throw new Error('The pages do not come to an end')
    cursor = page.nextCursor
  } while (cursor !== undefined)
  return records
}
