/** What the embedded engine must do beyond the contract: frames that are made, kept, and given up. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { GenerationRecord } from '../../../model/generation.ts'
import { maintainFully } from '../../samples.contract.ts'
import { keepAll, sampleOf, startMs } from '../../store.fixtures.contract.ts'
import type { Store } from '../../store.ts'
import { Database } from '../database.ts'
import { migrate } from '../migrations.ts'
import { openSqliteStore } from '../sqlite-store.ts'
import { FrameDraft } from './frame-draft.ts'
import { ColumnReader, chunkBytes, FrameTable } from './frame-table.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs
/** The start of a day in UTC. */
const dayStartMs = Math.floor(startMs / dayMs) * dayMs

let baseDir: string
beforeEach(() => {
  baseDir = mkdtempSync(join(tmpdir(), 'framewatch-frames-'))
})
afterEach(() => rmSync(baseDir, { recursive: true }))

const file = () => join(baseDir, 'framewatch.sqlite')

function look<Row>(sql: string): Row {
  const database = new DatabaseSync(file(), { readOnly: true })
  const row = database.prepare(sql).get() as Row
  database.close()
  return row
}

const countOf = (table: string) => look<{ count: number }>(`SELECT count(*) AS count FROM ${table}`).count

async function writeTicks(
  store: Store,
  timesMs: readonly number[],
  names: readonly string[] = ['a'],
): Promise<void> {
  for (const timestampMs of timesMs)
    await store.write({
      tick: { timestampMs, samples: names.map((name) => sampleOf(name, timestampMs % 1000)) },
    })
}

const every = (intervalMs: number, count: number, firstMs = dayStartMs) =>
  Array.from({ length: count }, (_, index) => firstMs + index * intervalMs)

describe('frames', () => {
  test('are made although writes are refused again and again', async () => {
    const store = await openSqliteStore({ baseDir, frameTicks: 40 })
    const refused = { id: 'g', node: null } as unknown as GenerationRecord
    const names = Array.from({ length: 90 }, (_, index) => `m${index}`)
    for (const [index, timestampMs] of every(1000, 1000).entries()) {
      await writeTicks(store, [timestampMs], names)
      if (index % 5 === 0) await store.write({ generations: [refused] }).catch(() => undefined)
    }
    expect(countOf('open_ticks')).toBeLessThan(120)
    await store.close()
  })

  test('of a tick that is years off hold no other tick', async () => {
    const store = await openSqliteStore({ baseDir, frameTicks: 10 })
    await writeTicks(store, [dayStartMs + 3650 * dayMs, ...every(1000, 100)])
    const { span } = look<{ span: number }>('SELECT max(last_ms - first_ms) AS span FROM frames')
    expect(span).toBeLessThan(hourMs)
    await store.close()
  })

  test('with an empty column behind a full last chunk are read', () => {
    const database = new Database(file(), { readOnly: false })
    migrate(database)
    const frames = new FrameTable(database)
    const draft = new FrameDraft(frames, '1m', '', Float64Array.of(dayStartMs))
    draft.beginSeries(1)
    draft.addBytes(new Uint8Array(chunkBytes))
    for (let column = 1; column < 6; column++) draft.addBytes(new Uint8Array(0))
    draft.finish()
    const [info] = frames.all()
    if (!info) throw new Error('There is no frame')
    expect(new ColumnReader(frames).read(info.id, frames.head(info), 5).left).toBe(0)
    database.close()
  })
})

describe('maintenance', () => {
  test('goes on beside a frame that cannot be read', async () => {
    const store = await openSqliteStore({ baseDir, frameTicks: 60 })
    await writeTicks(store, every(60_000, 3 * 1440))
    await store.close()
    const database = new DatabaseSync(file())
    database.exec(
      'UPDATE frame_chunks SET data = zeroblob(length(data)) WHERE id = (SELECT min(id) FROM frame_chunks)',
    )
    database.close()
    const again = await openSqliteStore({ baseDir, frameTicks: 60 })
    await maintainFully(again, { ...keepAll, samplesMs: dayMs }, dayStartMs + 3 * dayMs)
    const { oldestMs } = look<{ oldestMs: number }>(
      `SELECT min(first_ms) AS oldestMs FROM frames WHERE tier = 'raw'`,
    )
    expect(oldestMs).toBeGreaterThanOrEqual(dayStartMs + 1.9 * dayMs)
    await again.close()
  })

  test('ends soon with a tick of 1970 among the others', async () => {
    const store = await openSqliteStore({ baseDir, frameTicks: 50 })
    await writeTicks(store, [5000, ...every(60_000, 3 * 1440)])
    let calls = 0
    while (await store.maintain({ ...keepAll, samplesMs: dayMs }, dayStartMs + 3 * dayMs)) calls += 1
    expect(calls).toBeLessThan(500)
    await store.close()
  })

  test('deletes raw samples although a summary that nobody wants any more is stale', async () => {
    const store = await openSqliteStore({ baseDir, frameTicks: 60 })
    const wanted = { ...keepAll, samplesMs: 4 * dayMs }
    await writeTicks(store, every(60_000, 2 * 1440))
    await maintainFully(store, wanted, dayStartMs + 2 * dayMs)
    await writeTicks(store, [dayStartMs + 30_000])
    const unwanted = { ...keepAll, samplesMs: dayMs, samples1mMs: dayMs, samples10mMs: dayMs }
    await maintainFully(store, unwanted, dayStartMs + 10 * dayMs)
    expect(countOf('frames')).toBe(0)
    await store.close()
  })

  test('keeps a summary whose samples are gone, whatever comes late', async () => {
    const store = await openSqliteStore({ baseDir })
    const policy = { ...keepAll, samplesMs: hourMs }
    await writeTicks(store, every(60_000, 20))
    await maintainFully(store, policy, dayStartMs + 2 * dayMs)
    await writeTicks(store, [dayStartMs + 30_000])
    await maintainFully(store, policy, dayStartMs + 2 * dayMs)
    const query = { name: 'a', fromMs: dayStartMs, toMs: dayStartMs + hourMs, stepMs: hourMs }
    const { series } = await store.range({ ...query, aggregate: 'count' })
    expect(series[0]?.points[0]?.value).toBe(20)
    await store.close()
  })

  test('gives the id of a series that is gone to no other', async () => {
    const store = await openSqliteStore({ baseDir, frameTicks: 20 })
    const short = { ...keepAll, samplesMs: hourMs, samples1mMs: hourMs, samples10mMs: hourMs }
    await writeTicks(store, every(60_000, 100), ['old'])
    await maintainFully(store, short, dayStartMs + dayMs)
    await writeTicks(store, every(60_000, 5, dayStartMs + dayMs), ['new'])
    await store.maintain({ ...keepAll }, dayStartMs + dayMs)
    const { series } = await store.range({ name: 'new', fromMs: 0, toMs: dayStartMs + 2 * dayMs })
    expect(series[0]?.points.map(({ timestampMs }) => timestampMs)).toEqual(
      every(60_000, 5, dayStartMs + dayMs),
    )
    expect(look<{ id: number }>('SELECT min(id) AS id FROM series').id).toBe(2)
    await store.close()
  })
})

test('a damaged open tick is no reason not to start: the store is set aside', async () => {
  const store = await openSqliteStore({ baseDir })
  await writeTicks(store, every(1000, 3))
  await store.close()
  const database = new DatabaseSync(file())
  database.exec('UPDATE open_ticks SET data = zeroblob(length(data)) WHERE sequence = 2')
  database.close()
  const again = await openSqliteStore({ baseDir })
  expect(again.setAside?.reason).toContain('does not match its checksum')
  await again.close()
})
