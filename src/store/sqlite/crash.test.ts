import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { seededRandom } from '../../system/random.ts'
import type { StoreReader } from '../store.ts'
import { spawnChild } from './spawn-child.contract.ts'
import { openSqliteReader, openSqliteStore } from './sqlite-store.ts'
import { batchOf, samplesPerTick } from './store-child.contract.ts'

const runs = 24

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
async function writeUntilKilled(first: number, acknowledgements: number, extraMs: number): Promise<number> {
  const child = spawnChild('write', baseDir, first)
  let last = first - 1
  expect(await child.nextLine()).toBe('opening')
  for (let count = 0; count < acknowledgements; count++) last = Number(await child.nextLine())
  spin(extraMs)
  const rest = await child.kill()
  expect(child.stderr()).toBe('')
  return Number(rest.at(-1) ?? last)
}

async function expectWholeBatches(store: StoreReader, lastAcknowledged: number): Promise<number> {
  const ticks = (await store.recentTicks(1_000_000)).toReversed()
  expect(ticks.length).toBeGreaterThan(lastAcknowledged)
  expect(ticks.map(({ timestampMs }) => timestampMs)).toEqual(ticks.map((_, index) => index))
  expect(ticks.filter(({ samples }) => samples.length !== samplesPerTick)).toEqual([])
  expect(await store.countGenerations()).toEqual(ticks.length === 0 ? {} : { succeeded: ticks.length })
  const events = await store.listAlertEvents({ limit: 1_000_000 })
  expect(events.map(({ id }) => id)).toEqual(ticks.map((_, index) => `e${index}`).toReversed())
  return ticks.length
}

test('nothing acknowledged is lost and nothing is half there, whenever the writer is killed', {
  timeout: 120_000,
}, async () => {
  const random = seededRandom(20_260_501)
  let next = 0
  for (let run = 0; run < runs; run++) {
    const acknowledgements = Math.floor(random.next() ** 2 * 60)
    const last = await writeUntilKilled(next, acknowledgements, random.next() * 4)
    const store = await openSqliteStore({ baseDir })
    next = await expectWholeBatches(store, last)
    await store.close()
  }
  expect(next).toBeGreaterThan(runs)
})

test('a reader of another process sees each write once it is acknowledged', { timeout: 30_000 }, async () => {
  const child = spawnChild('write', baseDir)
  expect(await child.nextLine()).toBe('opening')
  await child.nextLine()
  const reader = await openSqliteReader({ baseDir })
  for (let count = 0; count < 50; count++) {
    const acknowledged = Number(await child.nextLine())
    const [tick] = await reader.recentTicks(1)
    expect(tick?.timestampMs).toBeGreaterThanOrEqual(acknowledged)
    expect(tick?.samples).toEqual(batchOf(tick?.timestampMs ?? 0).tick?.samples.toSorted(byGpu))
  }
  await child.kill()
  await reader.close()
})

const byGpu = (a: { attributes: { gpu?: string } }, b: { attributes: { gpu?: string } }) =>
  (a.attributes.gpu ?? '') < (b.attributes.gpu ?? '') ? -1 : 1
