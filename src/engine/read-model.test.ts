import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openSqliteReader, openSqliteStore } from '../store/sqlite/sqlite-store.ts'
import type { WriterInfo } from '../store/store.ts'
import { readSystemStatus } from './read-model.ts'

const nowMs = 1_760_000_000_000

let baseDir: string
beforeEach(() => {
  baseDir = mkdtempSync(join(tmpdir(), 'framewatch-read-model-'))
})
afterEach(() => rmSync(baseDir, { recursive: true }))

/** A store with a fresh tick, as a service that has just collected leaves it. */
async function freshStore(changes: Partial<WriterInfo> = {}) {
  const store = await openSqliteStore({ baseDir })
  await store.saveWriter({
    ...{ pid: 4711, node: 'render-7', startedAtMs: nowMs - 60_000, collectionIntervalMs: 1000 },
    ...changes,
  })
  const samples = [{ name: 'system.cpu.load_average.1m', attributes: {}, value: 0.5 }]
  await store.write({ tick: { timestampMs: nowMs - 500, samples } })
  return store
}

async function status() {
  const reader = await openSqliteReader({ baseDir })
  const { status, statusMessage } = await readSystemStatus(reader, baseDir, nowMs)
  await reader.close()
  return { status, statusMessage }
}

test('fresh values of a service that writes are believed', async () => {
  const store = await freshStore()
  expect((await status()).status).toBe('healthy')
  await store.close()
})

test('fresh values that nobody stands behind any more are not: the service was killed', async () => {
  await (await freshStore()).close()
  expect(await status()).toEqual({
    status: 'unknown',
    statusMessage: 'No service is running; the last one ended without stopping.',
  })
})

test('a service that was stopped in order is told as stopped', async () => {
  await (await freshStore({ stoppedAtMs: nowMs })).close()
  expect((await status()).statusMessage).toContain('was stopped at')
})

test('rates are told of counters that are read seldom, however close the ticks are', async () => {
  const store = await freshStore({ collectionIntervalMs: 1000 })
  const success = ['disk', 'network'].map((source) => ({
    name: 'framewatch.collector.success',
    attributes: { source },
    value: 1,
  }))
  const counter = (name: string, direction: string, value: number) => ({
    name,
    attributes: { 'disk.io.direction': direction, 'network.io.direction': direction },
    value,
  })
  for (let second = 0; second <= 75; second++) {
    const disk = second % 10 === 0 ? [counter('system.disk.io', 'read', second * 100)] : []
    const network = second % 30 === 0 ? [counter('system.network.io', 'receive', second * 7)] : []
    const timestampMs = nowMs - 75_000 + second * 1000
    await store.write({ tick: { timestampMs, samples: [...success, ...disk, ...network] } })
  }
  const { metrics } = await readSystemStatus(store, baseDir, nowMs)
  expect(metrics).toMatchObject({
    timestampMs: nowMs,
    diskReadBytesPerSecond: 100,
    diskWriteBytesPerSecond: null,
    networkReceiveBytesPerSecond: 7,
  })
  await store.close()
})
