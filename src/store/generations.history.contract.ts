import fc from 'fast-check'
import { expect } from 'vitest'
import { type GenerationRecord, generationStatuses, isEnded } from '../model/generation.ts'
import { aggregatePlainly, listPlainly } from './generations.reference.contract.ts'
import { generationOf, keepAll, startMs } from './store.fixtures.contract.ts'
import { listAllPages } from './store.history.contract.ts'
import {
  type FieldCondition,
  fieldOperators,
  type GenerationAggregate,
  type GenerationAggregateQuery,
  type GenerationQuery,
  generationGroupKeys,
  type Store,
} from './store.ts'

/** What may happen to generations. Everything is drawn from small sets, so that things meet. */
export type GenerationStep =
  | { readonly do: 'write'; readonly records: readonly GenerationRecord[] }
  | { readonly do: 'refuse'; readonly records: readonly GenerationRecord[] }
  | { readonly do: 'reopen' }
  | { readonly do: 'retain'; readonly beforeMs: number; readonly maxRows: number }
  | { readonly do: 'list'; readonly query: GenerationQuery }
  | { readonly do: 'aggregate'; readonly query: GenerationAggregateQuery }

const hourMs = 3_600_000
const firstHourMs = Math.floor(startMs / hourMs) * hourMs
/** Within three hours: at their bounds, and in them. */
const time = fc
  .tuple(fc.nat({ max: 2 }), fc.constantFrom(0, 1, 5000, 5001, 30 * 60_000, hourMs - 1))
  .map(([hour, offsetMs]) => firstHourMs + hour * hourMs + offsetMs)

const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined })
const model = fc.constantFrom('wan', 'ltx', '')
const node = fc.constantFrom('node-1', 'node-2')
const errorClass = fc.constantFrom('out_of_memory', 'unknown')
const prompt = fc
  .array(fc.constantFrom('red', 'Reddish', 'FOX', '4K', '猫', 'café', '"', '*', 'OR'), { maxLength: 4 })
  .map((words) => words.join(' '))
const search = fc
  .array(fc.constantFrom('red', 'red*', 'fox', '猫', 'cafe', 'or'), { minLength: 1, maxLength: 2 })
  .map((words) => words.join(' '))

const record: fc.Arbitrary<GenerationRecord> = fc
  .record({
    id: fc.nat({ max: 11 }).map((index) => `g${index}`),
    status: fc.oneof(fc.constantFrom(...generationStatuses), fc.constant('succeeded' as const)),
    queuedAtMs: time,
    endedAtMs: time,
    durationMs: maybe(fc.oneof(fc.constant(0), fc.double({ min: 0.01, max: 1e6, noNaN: true }))),
    model: maybe(model),
    node,
    errorClass: maybe(errorClass),
    verification: fc.constantFrom('unverified', 'verified', 'defective'),
    width: fc.constantFrom(720, 1280),
    tenant: maybe(fc.constantFrom('a', 'b', '10')),
    prompt: maybe(prompt),
  })
  .map((drawn) => ({
    ...generationOf(drawn.id, drawn.status, { queuedAtMs: drawn.queuedAtMs }),
    node: drawn.node,
    verification: drawn.verification,
    request: {
      ...(drawn.model !== undefined && { model: drawn.model }),
      width: drawn.width,
      tags: drawn.tenant === undefined ? {} : { 'tenant.name': drawn.tenant },
    },
    durationMs: isEnded(drawn.status) ? drawn.durationMs : undefined,
    endedAtMs: isEnded(drawn.status) ? drawn.endedAtMs : undefined,
    error: drawn.errorClass === undefined ? undefined : { errorClass: drawn.errorClass, message: 'm' },
    prompt: drawn.prompt,
  }))
  // As it comes out of a store: without what is undefined.
  .map((drawn) => JSON.parse(JSON.stringify(drawn)) as GenerationRecord)

const condition: fc.Arbitrary<FieldCondition> = fc.record({
  field: fc.constantFrom(
    'request.tags.tenant.name',
    'request.width',
    'durationMs',
    'error.errorClass',
    'status',
  ),
  operator: fc.constantFrom(...fieldOperators),
  value: fc.constantFrom('a', '10', 'failed', 'unknown', 720, 1000, 0, true),
})

const listQuery: fc.Arbitrary<GenerationQuery> = fc.record({
  statuses: maybe(
    fc.oneof(
      fc.subarray([...generationStatuses]),
      fc.subarray(['failed', 'timed_out', 'lost'] as const),
      fc.subarray(['queued', 'running'] as const),
    ),
  ),
  model: maybe(model),
  node: maybe(node),
  errorClass: maybe(errorClass),
  fromMs: maybe(time),
  toMs: maybe(time),
  endedFromMs: maybe(time),
  where: maybe(fc.array(condition, { maxLength: 2 })),
  prompt: maybe(search),
  limit: maybe(fc.integer({ min: 1, max: 4 })),
})

const filterNames = [
  'statuses',
  'model',
  'node',
  'errorClass',
  'fromMs',
  'toMs',
  'endedFromMs',
  'where',
  'prompt',
] as const

/** No more than two filters at a time: so that something is found. */
const sparseListQuery = fc.tuple(listQuery, fc.shuffledSubarray([...filterNames], { maxLength: 2 })).map(
  ([{ limit, ...filters }, left]): GenerationQuery => ({
    ...(limit !== undefined && { limit }),
    ...Object.fromEntries(left.map((name) => [name, filters[name]])),
  }),
)

const aggregateQuery: fc.Arbitrary<GenerationAggregateQuery> = fc.record({
  fromMs: fc.oneof(time, fc.constant(0)),
  toMs: fc.oneof(time, fc.constant(firstHourMs + 10 * hourMs)),
  stepMs: maybe(fc.constantFrom(5000, hourMs / 2, hourMs, 1.5 * hourMs, 2 * hourMs)),
  groupBy: maybe(fc.shuffledSubarray([...generationGroupKeys])),
  model: maybe(model),
  node: maybe(node),
  quantiles: maybe(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 3 })),
})

const records = fc.array(record, { maxLength: 6 })
const step: fc.Arbitrary<GenerationStep> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant('write' as const), records }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('refuse' as const), records }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('reopen' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('retain' as const),
      beforeMs: time,
      maxRows: fc.integer({ min: 1, max: 5 }),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constant('list' as const), query: fc.oneof(listQuery, sparseListQuery) }),
  },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('aggregate' as const), query: aggregateQuery }) },
)

/** A history of the generations of a store. */
export const generationHistory: fc.Arbitrary<readonly GenerationStep[]> = fc.array(step, {
  maxLength: 30,
  size: 'max',
})

/** Lives the history on a store and on a plain map, and compares every answer. */
export async function liveGenerations(
  steps: readonly GenerationStep[],
  open: () => Promise<Store>,
): Promise<void> {
  const plain = new Map<string, GenerationRecord>()
  let store = await open()
  const everything = { do: 'aggregate', query: { fromMs: 0, toMs: firstHourMs * 2 } } as const
  try {
    for (const current of [...steps, { do: 'list', query: {} } as const, everything]) {
      if (current.do === 'reopen') {
        await store.close()
        store = await open()
      } else await take(current, store, plain)
    }
  } finally {
    await store.close()
  }
}

async function take(
  current: Exclude<GenerationStep, { do: 'reopen' }>,
  store: Store,
  plain: Map<string, GenerationRecord>,
): Promise<void> {
  if (current.do === 'write') {
    await store.write({ generations: current.records })
    for (const written of current.records) plain.set(written.id, written)
  } else if (current.do === 'refuse') {
    const unwritable = { ...generationOf('refused'), node: null as unknown as string }
    const refused = store.write({ generations: [...current.records, unwritable] })
    await expect(refused).rejects.toMatchObject({ code: 'STORE_WRITE_FAILED' })
  } else if (current.do === 'retain') await retain(current, store, plain)
  else if (current.do === 'list')
    expect(await listAllPages(store, current.query)).toEqual(listPlainly(plain.values(), current.query))
  else
    expectAggregates(
      await store.aggregateGenerations(current.query),
      aggregatePlainly(plain.values(), current.query),
    )
}

async function retain(
  { beforeMs, maxRows }: Extract<GenerationStep, { do: 'retain' }>,
  store: Store,
  plain: Map<string, GenerationRecord>,
): Promise<void> {
  const policy = { ...keepAll, generationsMs: 0 }
  for (let calls = 0; await store.maintain(policy, beforeMs, maxRows); calls++)
    if (calls > 200) throw new Error('Retention does not come to an end')
  for (const { id, status, queuedAtMs, endedAtMs = queuedAtMs } of plain.values())
    if (isEnded(status) && Math.max(queuedAtMs, endedAtMs) < beforeMs) plain.delete(id)
}

/** Counts are exact; a mean is to a microsecond, a quantile within 1 %. */
export function expectAggregates(
  answers: readonly GenerationAggregate[],
  expected: readonly GenerationAggregate[],
): void {
  const counts = (all: readonly GenerationAggregate[]) =>
    all.map((one) => ({ ...one, duration: one.duration.count }))
  expect(counts(answers)).toEqual(counts(expected))
  for (const [index, { duration }] of answers.entries()) {
    const exact = expected[index]?.duration
    expectNear(duration.meanMs, exact?.meanMs, 1e-9)
    expect(duration.quantilesMs).toHaveLength(exact?.quantilesMs.length ?? 0)
    for (const [place, value] of duration.quantilesMs.entries())
      expectNear(value, exact?.quantilesMs[place], 0.01 + 1e-9)
  }
}

function expectNear(value: number | null, exact: number | null | undefined, relative: number): void {
  if (value === null || exact === null || exact === undefined) expect(value).toBe(exact)
  else expect(Math.abs(value - exact)).toBeLessThanOrEqual(Math.abs(exact) * relative + 0.001)
}
