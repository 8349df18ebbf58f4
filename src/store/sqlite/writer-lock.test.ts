import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { spawnChild } from './spawn-child.contract.ts'
import { isWriterAlive, openSqliteReader, openSqliteStore } from './sqlite-store.ts'

let baseDir: string
beforeEach(() => {
  baseDir = mkdtempSync(join(tmpdir(), 'framewatch-lock-'))
})
afterEach(() => rmSync(baseDir, { recursive: true }))

const writer = { pid: 4711, node: 'render-7', startedAtMs: 1, collectionIntervalMs: 1000 }

test('a second writer in the same process is refused, and told who is there', async () => {
  const store = await openSqliteStore({ baseDir })
  await store.saveWriter(writer)
  const refused = {
    code: 'BASE_DIR_IN_USE',
    details: { key: 'baseDir', value: baseDir, pid: 4711, node: 'render-7' },
  }
  await expect(openSqliteStore({ baseDir })).rejects.toMatchObject(refused)
  await expect(openSqliteStore({ baseDir })).rejects.toThrow('pid 4711 on node "render-7"')
  await store.close()
})

test('a writer that has not signed yet is not mistaken for the one before', async () => {
  const before = await openSqliteStore({ baseDir })
  await before.saveWriter({ ...writer, stoppedAtMs: 2 })
  await before.close()
  const store = await openSqliteStore({ baseDir })
  await expect(openSqliteStore({ baseDir })).rejects.toThrow('is written to by another service')
  await store.close()
})

test('a refused second writer leaves the first one at work', async () => {
  const store = await openSqliteStore({ baseDir })
  await expect(openSqliteStore({ baseDir })).rejects.toMatchObject({ code: 'BASE_DIR_IN_USE' })
  await expect(openSqliteStore({ baseDir })).rejects.toMatchObject({ code: 'BASE_DIR_IN_USE' })
  await store.saveWriter(writer)
  expect(isWriterAlive(baseDir)).toBe(true)
  await store.close()
})

test('a second writer on another thread is refused', async () => {
  const store = await openSqliteStore({ baseDir })
  const source = `
    const { parentPort, workerData: { path, baseDir } } = require('node:worker_threads')
    import(path).then((store) => store.openSqliteStore({ baseDir })).then(
      () => parentPort.postMessage('opened'),
      (error) => parentPort.postMessage(error.code ?? error.message),
    )`
  const path = join(import.meta.dirname, 'sqlite-store.ts')
  const worker = new Worker(source, { eval: true, execArgv: [], workerData: { path, baseDir } })
  const answer = await new Promise((resolve) => worker.once('message', resolve))
  await worker.terminate()
  expect(answer).toBe('BASE_DIR_IN_USE')
  expect(isWriterAlive(baseDir)).toBe(true)
  await store.close()
})

test('a second writer in another process is refused', { timeout: 30_000 }, async () => {
  const store = await openSqliteStore({ baseDir })
  const child = spawnChild('open', baseDir)
  expect(await child.nextLine()).toBe('BASE_DIR_IN_USE')
  await child.kill()
  await store.close()
})

test('the lock of a killed process is free at once', { timeout: 30_000 }, async () => {
  const child = spawnChild('write', baseDir)
  await child.nextLine()
  await child.nextLine()
  await expect(openSqliteStore({ baseDir })).rejects.toMatchObject({
    details: { pid: child.pid, node: 'child' },
  })
  expect(isWriterAlive(baseDir)).toBe(true)
  await child.kill()
  expect(isWriterAlive(baseDir)).toBe(false)
  const store = await openSqliteStore({ baseDir })
  await store.close()
})

test('the lock is free after a close, and after an opening that failed', async () => {
  const store = await openSqliteStore({ baseDir })
  expect(isWriterAlive(baseDir)).toBe(true)
  await store.close()
  expect(isWriterAlive(baseDir)).toBe(false)
  const again = await openSqliteStore({ baseDir })
  await again.close()
})

test('a reader is no writer', async () => {
  await (await openSqliteStore({ baseDir })).close()
  const reader = await openSqliteReader({ baseDir })
  expect(isWriterAlive(baseDir)).toBe(false)
  await reader.close()
})

test('asking who writes creates nothing', () => {
  const missing = join(baseDir, 'missing')
  expect(isWriterAlive(missing)).toBe(false)
  expect(isWriterAlive(baseDir)).toBe(false)
  expect(existsSync(missing)).toBe(false)
  expect(existsSync(join(baseDir, 'framewatch.lock'))).toBe(false)
})

test('a start never fails because another process looks without pause', { timeout: 30_000 }, async () => {
  await (await openSqliteStore({ baseDir })).close()
  const child = spawnChild('probe', baseDir)
  await child.nextLine()
  for (let count = 0; count < 40; count++) {
    const store = await openSqliteStore({ baseDir })
    expect(isWriterAlive(baseDir)).toBe(true)
    await store.close()
  }
  expect(await child.nextLine()).toBe('probed')
  await child.kill()
})
