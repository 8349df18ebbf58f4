import { writeFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, test } from 'vitest'
import { generationOf, startMs } from '../store.fixtures.contract.ts'
import { checkStore } from './check.ts'
import { migrations } from './migrations.ts'
import { openSqliteStore } from './sqlite-store.ts'
import { readStoreStats } from './stats.ts'
import { generationCount, leavesOf, newPlace, newStore, overwrite } from './upkeep.contract.ts'

describe('a check', () => {
  test('finds nothing in a sound store, and says what is damaged in another', async () => {
    const { baseDir, file } = await newStore()
    expect(await checkStore(baseDir)).toEqual([])
    overwrite(file, leavesOf(file, 'generations').slice(3, 5))
    expect((await checkStore(baseDir)).length).toBeGreaterThan(0)
    writeFileSync(file, 'not a database, '.repeat(1000))
    expect(await checkStore(baseDir)).toEqual(['file is not a database'])
  })

  test('finds a record that is no record any more, where SQLite sees only text', async () => {
    const { baseDir, file } = await newStore()
    const database = new DatabaseSync(file)
    database.exec(`UPDATE generations SET record = substr(record, 5) WHERE id = 'g7'`)
    database.close()
    expect(await checkStore(baseDir)).toEqual([
      'the record of "g7" in generations is no JSON',
      'the record of "g7" in generations does not match its checksum',
    ])
  })

  test('finds a column of another type', async () => {
    const { baseDir, file } = await newStore()
    const database = new DatabaseSync(file)
    database.exec('UPDATE frames SET head = 5 WHERE id = 3')
    database.close()
    expect(await checkStore(baseDir)).toEqual(
      ['A frame of samples is damaged: frame 3 is missing'].map((text) => expect.stringContaining(text)),
    )
  })

  test('is done beside a service that writes', async () => {
    const { baseDir } = newPlace()
    const store = await openSqliteStore({ baseDir })
    await store.write({ generations: [generationOf('g1')] })
    expect(await checkStore(baseDir)).toEqual([])
    await store.close()
  })
})

test('statistics count what is in the store and the room that it takes', async () => {
  const { baseDir, file } = await newStore()
  const stats = await readStoreStats(baseDir)
  expect(stats).toMatchObject({
    path: file,
    schemaVersion: migrations.length,
    logBytes: 0,
    pageSizeBytes: 8192,
  })
  expect(stats.tiers).toMatchObject([{ tier: 'raw', frames: 10, ticks: 200, oldestMs: startMs }])
  expect(stats.fileBytes).toBe(stats.pages * stats.pageSizeBytes)
  const generations = stats.tables.find(({ table }) => table === 'generations')
  expect(generations).toMatchObject({
    rows: generationCount,
    oldestMs: startMs,
    newestMs: startMs + generationCount - 1,
  })
  expect(stats.tables.find(({ table }) => table === 'meta')).toMatchObject({ rows: 3, oldestMs: null })
  const known = stats.tables.reduce((sum, { sizeBytes }) => sum + (sizeBytes ?? 0), 0)
  // The rest is the table of contents and the maps of free pages.
  expect(known).toBeGreaterThan(0.9 * stats.fileBytes)
  expect(known).toBeLessThanOrEqual(stats.fileBytes)
})
