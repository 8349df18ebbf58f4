import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type GenerationRecord, generationStatuses } from '../../model/generation.ts'
import { expectAggregates } from '../generations.history.contract.ts'
import { aggregatePlainly, listPlainly } from '../generations.reference.contract.ts'
import { generationOf, startMs } from '../store.fixtures.contract.ts'
import type { GenerationQuery, Store } from '../store.ts'
import { Database } from './database.ts'
import { firstPlaceOf, placesPerSpan } from './generation-schema.ts'
import { migrate, migrations } from './migrations.ts'
import { openSqliteStore } from './sqlite-store.ts'

let baseDir: string
beforeEach(() => {
  baseDir = mkdtempSync(join(tmpdir(), 'framewatch-generations-'))
})
afterEach(() => rmSync(baseDir, { recursive: true }))

/** More than are brought forward at once, over a day, in an order that is not that of time. */
const records = Array.from({ length: 1500 }, (_, index): GenerationRecord => {
  const status = generationStatuses[index % generationStatuses.length] ?? 'queued'
  const queuedAtMs = startMs + ((index * 7919) % 1500) * 60_000
  const record = generationOf(`g${index}`, status, { queuedAtMs, model: index % 3 ? 'wan' : 'ltx' })
  const words = ['red', 'blue', '猫'][index % 3]
  return index % 2 ? record : { ...record, prompt: `A ${words} fox, ${index}` }
})

/** As version 1 wrote them. */
function writeFirstVersion(written: readonly GenerationRecord[]): void {
  const database = new Database(join(baseDir, 'framewatch.sqlite'), { readOnly: false })
  migrate(database, migrations.slice(0, 1))
  const sql = `INSERT INTO generations VALUES (:id, :status, :verification, :model, :node, :errorClass, :queuedAtMs,
    :startedAtMs, :endedAtMs, :durationMs, :record)`
  database.transaction('BEGIN IMMEDIATE', () => {
    for (const record of written)
      database.run(sql, {
        id: record.id,
        status: record.status,
        verification: record.verification,
        model: record.request.model ?? null,
        node: record.node,
        errorClass: record.error?.errorClass ?? null,
        queuedAtMs: record.queuedAtMs,
        startedAtMs: record.startedAtMs ?? null,
        endedAtMs: record.endedAtMs ?? null,
        durationMs: record.durationMs ?? null,
        record: JSON.stringify(record),
      })
  })
  database.close()
}

const listAll = async (store: Store, query: GenerationQuery) =>
  (await store.listGenerations({ ...query, limit: 10_000 })).records

test('a store of the first version keeps its records, and they are found and counted as new ones are', async () => {
  writeFirstVersion(records)
  const store = await openSqliteStore({ baseDir })
  for (const query of [{}, { prompt: 'red fox' }, { prompt: '猫' }, { statuses: ['failed'] as const }])
    expect(await listAll(store, query)).toEqual(listPlainly(records, query))
  const query = { fromMs: 0, toMs: startMs * 2, stepMs: 3_600_000, groupBy: ['model'] as const }
  expectAggregates(await store.aggregateGenerations(query), aggregatePlainly(records, query))
  const ended = { ...generationOf('g0', 'failed', { queuedAtMs: startMs + 5 }), prompt: 'green' }
  await store.write({ generations: [ended, generationOf('new')] })
  const changed = [ended, generationOf('new'), ...records.slice(1)]
  expect(await listAll(store, { prompt: 'fox' })).toEqual(listPlainly(changed, { prompt: 'fox' }))
  expectAggregates(await store.aggregateGenerations(query), aggregatePlainly(changed, query))
  await store.close()
})

test('a damaged record of the first version hides no other', async () => {
  writeFirstVersion([generationOf('a'), generationOf('b')])
  const database = new Database(join(baseDir, 'framewatch.sqlite'), { readOnly: false })
  database.run(`UPDATE generations SET record = '{' WHERE id = 'a'`)
  database.close()
  const store = await openSqliteStore({ baseDir })
  expect(await store.getGeneration('b')).toEqual(generationOf('b'))
  await expect(store.getGeneration('a')).rejects.toMatchObject({ code: 'STORE_DAMAGED' })
  await store.close()
})

test('a record of which a byte has changed is an error when it is read, never another record', async () => {
  let store = await openSqliteStore({ baseDir })
  await store.write({ generations: [generationOf('a'), generationOf('b', 'failed')] })
  await store.close()
  const database = new Database(join(baseDir, 'framewatch.sqlite'), { readOnly: false })
  const sql = `UPDATE generations SET record = replace(record, '"width":1280', '"width":1281') WHERE id = 'a'`
  expect(database.run(sql)).toBe(1)
  database.close()
  store = await openSqliteStore({ baseDir })
  const damaged = { code: 'STORE_DAMAGED', details: { id: 'a' } }
  await expect(store.getGeneration('a')).rejects.toMatchObject(damaged)
  await expect(store.listGenerations()).rejects.toMatchObject(damaged)
  expect(await store.getGeneration('b')).toEqual(generationOf('b', 'failed'))
  expect((await store.listGenerations({ statuses: ['failed'] })).records).toHaveLength(1)
  await store.write({ generations: [generationOf('a', 'lost')] })
  expect(await store.getGeneration('a')).toEqual(generationOf('a', 'lost'))
  await store.close()
})

test('places do not descend in time, and the last is a safe integer', () => {
  const times = [-1e15, -1, 0, 16_383, 16_384, startMs, startMs + 16_384, 8.64e15, Number.MAX_SAFE_INTEGER]
  const places = times.map(firstPlaceOf)
  expect(places).toEqual(places.toSorted((a, b) => a - b))
  expect(new Set(places).size).toBe(5)
  expect(Number.isSafeInteger((places.at(-1) ?? Number.NaN) + placesPerSpan - 1)).toBe(true)
})
