import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { seededRandom } from '../../system/random.ts'
import type { StoreReader } from '../store.ts'
import { spawnChild } from './spawn-child.contract.ts'
import { openSqliteReader, openSqliteStore } from './sqlite-store.ts'
import { batchOf, samplesPerTick, timeOf, tinyFrames } from './store-child.contract.ts'

const kills = 500
const seed = 20_260_501

let baseDir: string
beforeEach(() => {
  baseDir = mkdtempSync(join(tmpdir(), 'framewatch-crash-'))
})
afterEach(() => rmSync(baseDir, { recursive: true }))

/** A timer is too coarse to fall inside a transaction. */
function spin(durationMs: number): void {
  const endMs = performance.now() + durationMs
  while (performance.now() < endMs);
}

/** Writes in a child that is killed after `acknowledgements` writes and a little; returns the last acknowledged. */
async function writeUntilKilled(
  mode: 'write' | 'cycle',
  first: number,
  acknowledgements: number,
  extraMs: number,
): Promise<number> {
  const child = spawnChild(mode, baseDir, first)
  let last = first - 1
  expect(await child.nextLine()).toBe('opening')
  for (let count = 0; count < acknowledgements; count++) last = Number(await child.nextLine())
  spin(extraMs)
  const rest = await child.kill()
  expect(child.stderr()).toBe('')
  return Number(rest.at(-1) ?? last)
}

/** Every write up to the last is there, each with all its parts; of those before `first`, only that they are there. */
async function expectWholeBatches(
  store: StoreReader,
  first: number,
  lastAcknowledged: number,
): Promise<number> {
  const { records } = await store.listGenerations({ limit: 1 })
  const count = records[0] ? Number(records[0].id.slice(1)) + 1 : 0
  expect(count).toBeGreaterThan(lastAcknowledged)
  expect(await store.countGenerations()).toEqual(count === 0 ? {} : { succeeded: count })
  const ticks = count === first ? [] : await store.recentTicks(count - first)
  const written = ticks.toReversed()
  expect(written).toEqual(Array.from({ length: count - first }, (_, index) => batchOf(first + index).tick))
  const events = await store.listAlertEvents({ limit: 1_000_000 })
  expect(events).toHaveLength(count)
  return count
}

/** The whole history at once, as it is, and by steps that read its summaries. */
async function expectWholeHistory(store: StoreReader, count: number): Promise<void> {
  const query = { name: 'hw.gpu.utilization', fromMs: timeOf(0), toMs: timeOf(count) }
  const { series } = await store.range(query)
  expect(series).toHaveLength(samplesPerTick)
  for (const { points } of series)
    expect(points).toEqual(
      Array.from({ length: count }, (_, index) => ({ timestampMs: timeOf(index), value: index })),
    )
  const hourly = await store.range({ ...query, stepMs: 3_600_000, aggregate: 'count' })
  expect(hourly.tier).toBe('10m')
  for (const { points } of hourly.series)
    expect(points.reduce((sum, { value }) => sum + value, 0)).toBe(count)
}

test('nothing acknowledged is lost and nothing is half there, whenever the writer is killed', {
  timeout: 600_000,
}, async () => {
  const random = seededRandom(seed)
  let next = 0
  let slowestOpeningMs = 0
  for (let kill = 0; kill < kills; kill++) {
    const acknowledgements = Math.floor(random.next() ** 2 * 60)
    const last = await writeUntilKilled('write', next, acknowledgements, random.next() * 4)
    const startedMs = performance.now()
    const store = await openSqliteStore({ baseDir, ...tinyFrames })
    slowestOpeningMs = Math.max(slowestOpeningMs, performance.now() - startedMs)
    next = await expectWholeBatches(store, next, last)
    if (kill === kills - 1) await expectWholeHistory(store, next)
    await store.close()
  }
  expect(next).toBeGreaterThan(kills)
  expect(slowestOpeningMs).toBeLessThan(1000)
})

test('a writer that is killed while it opens or closes locks nobody out, and loses nothing', {
  timeout: 120_000,
}, async () => {
  const random = seededRandom(seed)
  let next = 0
  for (let kill = 0; kill < 60; kill++) {
    const last = await writeUntilKilled('cycle', next, Math.floor(random.next() * 4), random.next() * 15)
    const opened = await openSqliteReader({ baseDir }).catch((error: unknown) => error)
    if (opened instanceof Error) expect(opened).toMatchObject({ code: 'STORE_NOT_FOUND' })
    else await (opened as StoreReader).close()
    const store = await openSqliteStore({ baseDir, ...tinyFrames })
    expect(store.setAside).toBeUndefined()
    next = await expectWholeBatches(store, next, last)
    await store.close()
  }
})

test('a reader of another process sees each write once it is acknowledged', { timeout: 30_000 }, async () => {
  const child = spawnChild('write', baseDir)
  expect(await child.nextLine()).toBe('opening')
  await child.nextLine()
  const reader = await openSqliteReader({ baseDir })
  for (let count = 0; count < 50; count++) {
    const acknowledged = Number(await child.nextLine())
    const [tick] = await reader.recentTicks(1)
    expect(tick?.timestampMs).toBeGreaterThanOrEqual(timeOf(acknowledged))
  }
  await child.kill()
  await reader.close()
})
