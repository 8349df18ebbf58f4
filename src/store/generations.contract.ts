/** What every engine must answer about generations; part of `describeStoreContract`. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { generationHistory, liveGenerations } from './generations.history.contract.ts'
import { generationOf, startMs } from './store.fixtures.contract.ts'
import type { FieldCondition, GenerationQuery, Store } from './store.ts'

const hourMs = 3_600_000
const hourStartMs = Math.floor(startMs / hourMs) * hourMs

/** @param newPlace - makes a place with no store in it. */
export function describeGenerationQueries(
  store: () => Store,
  newPlace: () => Promise<{ open(): Promise<Store>; remove(): Promise<void> }>,
): void {
  describe('generations are found by any field', () => describeConditions(store))
  describe('generations are found by the words of their prompts', () => describePrompts(store))
  describe('generations are counted', () => describeAggregates(store))

  test('any history of generations gives the same answers as a plain list', {
    timeout: 120_000,
  }, async () => {
    const property = fc.asyncProperty(generationHistory, async (steps) => {
      const own = await newPlace()
      try {
        await liveGenerations(steps, () => own.open())
      } finally {
        await own.remove()
      }
    })
    await fc.assert(property, { numRuns: 150 })
  })
}

async function idsOf(store: Store, query: GenerationQuery): Promise<string[]> {
  return (await store.listGenerations(query)).records.map(({ id }) => id)
}

function describeConditions(store: () => Store): void {
  const found = (field: string, operator: FieldCondition['operator'], value: FieldCondition['value']) =>
    idsOf(store(), { where: [{ field, operator, value }] })

  test('numbers compare as numbers, texts as texts, and never one as the other', async () => {
    const tagged = (id: string, size: string) => ({
      ...generationOf(id),
      request: { tags: { size } },
      attempt: 9,
    })
    await store().write({ generations: [tagged('a', '10'), tagged('b', '9')] })
    expect(await found('attempt', '<', 10)).toEqual(['b', 'a'])
    expect(await found('request.tags.size', '<', '9')).toEqual(['a'])
    expect(await found('request.tags.size', '>=', 0)).toEqual([])
    expect(await found('attempt', '=', '9')).toEqual([])
    expect(await found('attempt', '!=', '9')).toEqual(['b', 'a'])
  })

  test('true is not 1', async () => {
    const request = { parameters: { loop: true, count: 1 } }
    await store().write({ generations: [{ ...generationOf('a'), request }] })
    expect(await found('request.parameters.loop', '=', true)).toEqual(['a'])
    expect(await found('request.parameters.loop', '=', 1)).toEqual([])
    expect(await found('request.parameters.count', '=', true)).toEqual([])
  })

  test('a record without the field matches only that it is not something', async () => {
    await store().write({ generations: [generationOf('a')] })
    expect(await found('quality.sharpness', '!=', 0.5)).toEqual(['a'])
    for (const operator of ['=', '<', '<=', '>', '>='] as const)
      expect(await found('quality.sharpness', operator, 0.5)).toEqual([])
  })

  test('a name or value with signs of SQL or JSON is a name or value', async () => {
    const tags = { "x') OR 1=1 --": "' OR ''='", 'a.b[0]': '%' }
    await store().write({ generations: [{ ...generationOf('a'), request: { tags } }, generationOf('b')] })
    expect(await found("request.tags.x') OR 1=1 --", '=', "' OR ''='")).toEqual(['a'])
    expect(await found('request.tags.a.b[0]', '=', '%')).toEqual(['a'])
  })

  test('a condition that means nothing is refused', async () => {
    const refused = { code: 'QUERY_INVALID', details: { key: 'where.field' } }
    await expect(found('request.nonsense', '=', 1)).rejects.toMatchObject(refused)
    await expect(found('request.tags.a"b', '=', 1)).rejects.toMatchObject(refused)
  })
}

function describePrompts(store: () => Store): void {
  const prompted = (id: string, prompt: string, queuedAtMs = startMs) => ({
    ...generationOf(id, 'succeeded', { queuedAtMs }),
    prompt,
  })

  test('all words must be there, in any order, whatever their case and accents', async () => {
    await store().write({
      generations: [prompted('a', 'A red Fox in the Café'), prompted('b', 'red car'), generationOf('c')],
    })
    expect(await idsOf(store(), { prompt: 'CAFE red' })).toEqual(['a'])
    expect(await idsOf(store(), { prompt: 'red' })).toEqual(['b', 'a'])
    expect(await idsOf(store(), { prompt: 're' })).toEqual([])
    expect(await idsOf(store(), { prompt: 're*' })).toEqual(['b', 'a'])
  })

  test('what could be syntax of an index is only words', async () => {
    await store().write({ generations: [prompted('a', 'this OR that AND NEAR'), prompted('b', 'this')] })
    expect(await idsOf(store(), { prompt: 'this OR that' })).toEqual(['a'])
    expect(await idsOf(store(), { prompt: '"this" (AND) NEAR:' })).toEqual(['a'])
    expect(await idsOf(store(), { prompt: 'NOT this' })).toEqual([])
    const refused = { code: 'QUERY_INVALID', details: { key: 'prompt' } }
    await expect(idsOf(store(), { prompt: '"*" -' })).rejects.toMatchObject(refused)
  })

  test('matches come newest first, whatever the order they were written in, page by page', async () => {
    const times = [7, 3, 9_000_000, 3, -5, 40_000, 20_000, 20_001, 8e12].map((offset) => startMs + offset)
    for (const [index, queuedAtMs] of times.entries())
      await store().write({ generations: [prompted(`g${index}`, `fox ${index}`, queuedAtMs)] })
    const all = await idsOf(store(), { prompt: 'fox' })
    expect(all).toEqual(['g8', 'g2', 'g5', 'g7', 'g6', 'g0', 'g3', 'g1', 'g4'])
    const paged: string[] = []
    let cursor: string | undefined
    do {
      const page = await store().listGenerations({ prompt: 'fox', limit: 2, cursor })
      paged.push(...page.records.map(({ id }) => id))
      cursor = page.nextCursor
    } while (cursor !== undefined)
    expect(paged).toEqual(all)
  })

  test('a prompt that was replaced or removed is found no more', async () => {
    await store().write({ generations: [prompted('a', 'red fox'), prompted('b', 'red car')] })
    await store().write({ generations: [prompted('a', 'blue fox'), generationOf('b')] })
    expect(await idsOf(store(), { prompt: 'red' })).toEqual([])
    expect(await idsOf(store(), { prompt: 'blue fox' })).toEqual(['a'])
  })
}

function describeAggregates(store: () => Store): void {
  const ended = (id: string, endedAtMs: number, durationMs = 1000) => ({
    ...generationOf(id, 'succeeded', { queuedAtMs: endedAtMs - 1000 }),
    endedAtMs,
    durationMs,
  })
  const succeededIn = async (fromMs: number, toMs: number) =>
    (await store().aggregateGenerations({ fromMs, toMs })).map(({ byOutcome }) => byOutcome.succeeded)

  test('where nothing has ended there is no answer', async () => {
    await store().write({ generations: [generationOf('a', 'running')] })
    expect(await store().aggregateGenerations({ fromMs: 0, toMs: startMs * 2 })).toEqual([])
  })

  test('bounds are inclusive to the millisecond, within an hour and at its ends', async () => {
    const times = [0, 1, 1000, hourMs - 1, hourMs, 2 * hourMs - 1, 2 * hourMs].map(
      (offset) => hourStartMs + offset,
    )
    await store().write({ generations: times.map((endedAtMs, index) => ended(`g${index}`, endedAtMs)) })
    for (const [from, fromMs] of times.entries())
      for (const [to, toMs] of times.entries())
        expect(await succeededIn(fromMs, toMs)).toEqual(to >= from ? [to - from + 1] : [])
    expect(await succeededIn(hourStartMs + 2, hourStartMs + 999)).toEqual([])
  })

  test('a record counts as what it was last written as', async () => {
    const query = { fromMs: hourStartMs, toMs: hourStartMs + hourMs - 1 }
    const record = ended('a', hourStartMs + 1)
    await store().write({ generations: [generationOf('a', 'running'), record] })
    await store().write({ generations: [{ ...record, verification: 'defective' }] })
    expect(await store().aggregateGenerations(query)).toMatchObject([
      { byOutcome: { succeeded: 1 }, defective: 1, verified: 0, verifiedSuccessRate: 0 },
    ])
    await store().write({ generations: [{ ...record, status: 'failed', durationMs: undefined }] })
    expect(await store().aggregateGenerations(query)).toMatchObject([
      { byOutcome: { succeeded: 0, failed: 1 }, defective: 0, duration: { count: 0, meanMs: null } },
    ])
    await store().write({ generations: [{ ...record, endedAtMs: hourStartMs + hourMs }] })
    expect(await store().aggregateGenerations(query)).toEqual([])
  })

  test('answers are sorted by time, then by group, with an empty text for what a record has not', async () => {
    const of = (id: string, endedAtMs: number, model?: string) => ({
      ...ended(id, endedAtMs),
      request: model === undefined ? {} : { model },
    })
    await store().write({
      generations: [
        of('a', hourStartMs + hourMs, 'ltx'),
        of('b', hourStartMs, 'wan'),
        of('c', hourStartMs, 'ltx'),
        of('d', hourStartMs),
      ],
    })
    const query = { fromMs: hourStartMs, toMs: hourStartMs + 2 * hourMs, stepMs: hourMs }
    const answers = await store().aggregateGenerations({ ...query, groupBy: ['model', 'node'] })
    expect(answers.map(({ timestampMs, group }) => [timestampMs - hourStartMs, group])).toEqual([
      [0, { model: '', node: 'node-1' }],
      [0, { model: 'ltx', node: 'node-1' }],
      [0, { model: 'wan', node: 'node-1' }],
      [hourMs, { model: 'ltx', node: 'node-1' }],
    ])
  })

  test.each([
    [{ fromMs: Number.NaN, toMs: 0 }, 'fromMs'],
    [{ fromMs: 0, toMs: Infinity }, 'toMs'],
    [{ fromMs: 0, toMs: 1, stepMs: 0.5 }, 'stepMs'],
    [{ fromMs: 0, toMs: 1, quantiles: [1.01] }, 'quantiles'],
    [{ fromMs: 0, toMs: 1, groupBy: ['status' as 'model'] }, 'groupBy'],
  ] as const)('the question %o is refused', async (query, key) => {
    const refused = { code: 'QUERY_INVALID', details: { key } }
    await expect(store().aggregateGenerations(query)).rejects.toMatchObject(refused)
  })
}
