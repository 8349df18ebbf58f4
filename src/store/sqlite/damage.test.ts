import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { isFramewatchError } from '../../model/errors.ts'
import type { Attributes } from '../../model/sample.ts'
import { seededRandom } from '../../system/random.ts'
import { maintainFully } from '../samples.contract.ts'
import { generationOf, keepAll, sampleOf, startMs } from '../store.fixtures.contract.ts'
import type { StoreReader } from '../store.ts'
import { openSqliteReader, openSqliteStore } from './sqlite-store.ts'

const hourMs = 3_600_000
/** A flip in each stretch of so many bytes: some in every structure of every page. */
const stretchBytes = 96
const random = seededRandom(7)

let root: string
let wholeFile: string
let wholePoints: Set<string>
let wholeRecords: ReadonlySet<string>

const textOf = (
  name: string,
  attributes: Attributes,
  stepMs: number | undefined,
  timestampMs: number,
  value: number,
) => `${name} ${JSON.stringify(attributes)} ${stepMs} ${timestampMs} ${value}`

/** Everything that a store answers about samples and records, as texts that can be looked for. */
async function pointsOf(store: StoreReader): Promise<string[]> {
  const texts: string[] = []
  for (const name of new Set((await store.listSeries()).map((series) => series.name))) {
    for (const stepMs of [undefined, 10 * 60_000]) {
      const range = { name, fromMs: 0, toMs: 1e15, stepMs, aggregate: 'max' } as const
      for (const { attributes, points } of (await store.range(range)).series)
        for (const { timestampMs, value } of points)
          texts.push(textOf(name, attributes, stepMs, timestampMs, value))
    }
  }
  return texts
}

async function recordsOf(store: StoreReader): Promise<string[]> {
  return (await store.listGenerations({ limit: 1000 })).records.map((record) => JSON.stringify(record))
}

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'framewatch-damage-'))
  const baseDir = join(root, 'whole')
  wholeFile = join(baseDir, 'framewatch.sqlite')
  const store = await openSqliteStore({ baseDir, frameTicks: 64 })
  const written: string[] = []
  for (let index = 0; index < 420; index++) {
    const samples = Array.from({ length: 8 }, (_, gpu) =>
      sampleOf(gpu % 2 ? 'hw.power' : 'work.duration', Math.round(random.next() * 1000) / 8, {
        gpu: String(gpu),
      }),
    )
    const tick = { timestampMs: startMs + index * 600_000, samples }
    await store.write({ tick })
    // What has expired may show again when it is the horizon that is damaged: it was written once.
    for (const { name, attributes, value } of samples)
      written.push(textOf(name, attributes, undefined, tick.timestampMs, value))
  }
  await store.write({ generations: Array.from({ length: 40 }, (_, index) => generationOf(`g${index}`)) })
  await maintainFully(store, { ...keepAll, samplesMs: 48 * hourMs }, startMs + 70 * hourMs)
  for (let index = 420; index < 440; index++)
    await store.write({
      tick: { timestampMs: startMs + index * 600_000, samples: [sampleOf('hw.power', index)] },
    })
  await store.close()
  const reader = await openSqliteReader({ baseDir })
  wholePoints = new Set([...written, ...(await pointsOf(reader))])
  wholeRecords = new Set(await recordsOf(reader))
  await reader.close()
  expect(wholePoints.size).toBeGreaterThan(3000)
})
afterAll(() => rmSync(root, { recursive: true }))

/** What is thrown must be one of our errors. */
async function attempt<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work()
  } catch (error) {
    if (isFramewatchError(error)) return undefined
    throw error
  }
}

/** All that is answered was once written; the rest is refused by our own errors, or gone. */
async function expectNothingWrong(bytes: Uint8Array): Promise<void> {
  const baseDir = join(root, 'damaged')
  mkdirSync(baseDir)
  writeFileSync(join(baseDir, 'framewatch.sqlite'), bytes)
  const reader = await attempt(() => openSqliteReader({ baseDir }))
  if (reader) {
    const points = await attempt(() => pointsOf(reader))
    expect(points?.filter((point) => !wholePoints.has(point)) ?? []).toEqual([])
    const records = await attempt(() => recordsOf(reader))
    expect(records?.filter((record) => !wholeRecords.has(record)) ?? []).toEqual([])
    await reader.close()
  }
  rmSync(baseDir, { recursive: true })
}

test('a flipped bit in any region of the file gives no answer that was never written', {
  timeout: 120_000,
}, async () => {
  const whole = readFileSync(wholeFile)
  for (let start = 0; start < whole.length; start += stretchBytes) {
    const at = start + Math.floor(random.next() * Math.min(stretchBytes, whole.length - start))
    const changed = new Uint8Array(whole)
    changed[at] = (changed[at] as number) ^ (1 << Math.floor(random.next() * 8))
    await expectNothingWrong(changed)
  }
})

test('a file that was cut short at any place gives no answer that was never written', {
  timeout: 60_000,
}, async () => {
  const whole = readFileSync(wholeFile)
  for (let count = 0; count < 60; count++)
    await expectNothingWrong(whole.subarray(0, Math.floor(random.next() * whole.length)))
})

test('a log whose last page is torn costs no write that was acknowledged before it', async () => {
  const baseDir = join(root, 'torn')
  const store = await openSqliteStore({ baseDir })
  for (let index = 0; index < 30; index++)
    await store.write({ tick: { timestampMs: startMs + index, samples: [sampleOf('a', index)] } })
  const copyDir = join(root, 'torn-copy')
  mkdirSync(copyDir)
  for (const end of ['', '-wal'])
    copyFileSync(join(baseDir, `framewatch.sqlite${end}`), join(copyDir, `framewatch.sqlite${end}`))
  await store.close()
  const log = join(copyDir, 'framewatch.sqlite-wal')
  truncateSync(log, statSync(log).size - 3000)
  const again = await openSqliteStore({ baseDir: copyDir })
  const ticks = await again.recentTicks(100)
  expect(ticks.map(({ timestampMs }) => timestampMs - startMs)).toEqual(
    Array.from({ length: 29 }, (_, index) => 28 - index),
  )
  await again.close()
})
