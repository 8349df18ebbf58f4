/** A store of a few hundred pages with some of everything, for the tests of its care. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { onTestFinished } from 'vitest'
import { faultOf } from '../faults.contract.ts'
import {
  decisionOf,
  eventOf,
  generationOf,
  instanceOf,
  sampleOf,
  snapshotOf,
  startMs,
} from '../store.fixtures.contract.ts'
import { openSqliteReader, openSqliteStore } from './sqlite-store.ts'

/** Noon of 1 May 2026. */
export const clock = { nowMs: () => Date.UTC(2026, 4, 1, 12) }
export const generationCount = 2000
const pageBytes = 8192

/** Paths that are gone when the test is over; there is nothing at them yet but `root`. */
export function newPlace() {
  const root = mkdtempSync(join(tmpdir(), 'framewatch-upkeep-'))
  onTestFinished(() => rmSync(root, { recursive: true }))
  const baseDir = join(root, 'store')
  return { root, baseDir, file: join(baseDir, 'framewatch.sqlite'), backup: join(root, 'backup.sqlite') }
}

/** A place with a store whose writer has signed off. */
export async function newStore() {
  const place = newPlace()
  const store = await openSqliteStore({ baseDir: place.baseDir, frameTicks: 20 })
  const ids = Array.from({ length: generationCount }, (_, index) => index)
  await store.saveWriter({ pid: 1, node: 'n', startedAtMs: 1, collectionIntervalMs: 1, stoppedAtMs: 2 })
  await store.write({
    generations: ids.map((index) => generationOf(`g${index}`, 'succeeded', { queuedAtMs: startMs + index })),
    alertEvents: ids.slice(0, 300).map((index) => eventOf(`e${index}`, startMs + index)),
    alertInstances: { changed: [instanceOf('k1'), instanceOf('k2')], removed: [] },
    decisions: ids.slice(0, 300).map((index) => decisionOf(`d${index}`, startMs + index)),
    faults: ids.slice(0, 100).map((index) => faultOf(`f${index}`, startMs + index)),
    snapshots: ids.slice(0, 30).map((index) => snapshotOf(`s${index}`, startMs + index)),
  })
  for (const index of ids.slice(0, 200)) {
    const samples = ['0', '1', '2'].map((gpu) => sampleOf('heat', index, { gpu }))
    await store.write({ tick: { timestampMs: startMs + index * 1000, samples } })
  }
  await store.close()
  return place
}

/** Every answer of the store, to compare. */
export async function contentOf(directory: string) {
  const reader = await openSqliteReader({ baseDir: directory })
  try {
    return {
      series: await reader.listSeries(),
      ticks: await reader.recentTicks(1000),
      generations: (await reader.listGenerations({ limit: 10_000 })).records,
      events: await reader.listAlertEvents({ limit: 10_000 }),
      instances: await reader.loadAlertInstances(),
      decisions: await reader.listDecisions({ limit: 10_000 }),
      faults: await reader.listFaults({ limit: 10_000 }),
      snapshots: await reader.listSnapshots(1000),
      writer: await reader.readWriter(),
    }
  } finally {
    await reader.close()
  }
}

/** The leaf pages of a table or index, in their order, by number from 0. */
export function leavesOf(file: string, name: string): number[] {
  const database = new DatabaseSync(file, { readOnly: true })
  const sql = `SELECT pageno FROM dbstat WHERE name = ? AND pagetype = 'leaf' ORDER BY path`
  const rows = database.prepare(sql).all(name)
  database.close()
  return rows.map(({ pageno }) => Number(pageno) - 1)
}

/** Fills pages with one byte. */
export function overwrite(file: string, pages: readonly (number | undefined)[]): void {
  const bytes = readFileSync(file)
  for (const page of pages) if (page !== undefined) bytes.fill(0xa5, page * pageBytes, (page + 1) * pageBytes)
  writeFileSync(file, bytes)
}
