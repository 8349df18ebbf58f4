import { execFileSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { generationOf } from '../store.fixtures.contract.ts'
import { isWriterAlive, openSqliteReader, openSqliteStore } from './sqlite-store.ts'

let root: string
let baseDir: string
let file: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'framewatch-open-'))
  baseDir = join(root, 'monitoring', 'data')
  file = join(baseDir, 'framewatch.sqlite')
})
afterEach(() => rmSync(root, { recursive: true }))

/** A closed store of a few hundred pages. */
async function makeStore(): Promise<void> {
  const store = await openSqliteStore({ baseDir })
  const generations = Array.from({ length: 1000 }, (_, index) => generationOf(`g${index}`))
  await store.write({ generations })
  await store.close()
}

async function expectRefused(code: string): Promise<void> {
  const before = readFileSync(file)
  await expect(openSqliteStore({ baseDir })).rejects.toMatchObject({ code })
  expect(readFileSync(file).equals(before)).toBe(true)
  expect(isWriterAlive(baseDir)).toBe(false)
}

test('a missing base directory is made, with its parents', async () => {
  await makeStore()
  expect(existsSync(file)).toBe(true)
})

test('a store that was closed is one file, beside an empty lock', async () => {
  await makeStore()
  expect(readdirSync(baseDir).sort()).toEqual(['framewatch.lock', 'framewatch.sqlite'])
  expect(readFileSync(join(baseDir, 'framewatch.lock'))).toHaveLength(0)
})

test('a reader finds no store in an empty or a missing directory, and makes none', async () => {
  const notFound = { code: 'STORE_NOT_FOUND', details: { baseDir } }
  await expect(openSqliteReader({ baseDir })).rejects.toMatchObject(notFound)
  expect(readdirSync(root)).toEqual([])
  mkdirSync(baseDir, { recursive: true })
  await expect(openSqliteReader({ baseDir })).rejects.toMatchObject(notFound)
  expect(readdirSync(baseDir)).toEqual([])
})

test('a reader finds no store in a file that a writer is about to fill', async () => {
  mkdirSync(baseDir, { recursive: true })
  new DatabaseSync(file).exec('PRAGMA journal_mode = WAL')
  await expect(openSqliteReader({ baseDir })).rejects.toMatchObject({ code: 'STORE_NOT_FOUND' })
})

test('a reader and the next writer do not disturb each other', async () => {
  await makeStore()
  const reader = await openSqliteReader({ baseDir })
  expect(await reader.countGenerations()).toEqual({ succeeded: 1000 })
  const store = await openSqliteStore({ baseDir })
  await store.write({ generations: [generationOf('new', 'queued')] })
  expect(await reader.countGenerations()).toEqual({ succeeded: 1000, queued: 1 })
  await store.close()
  expect(await reader.countGenerations()).toEqual({ succeeded: 1000, queued: 1 })
  await reader.close()
})

test('a file that is no database is refused and left as it was', async () => {
  mkdirSync(baseDir, { recursive: true })
  writeFileSync(file, 'not a database, '.repeat(1000))
  await expectRefused('STORE_DAMAGED')
  await expect(openSqliteReader({ baseDir })).rejects.toMatchObject({ code: 'STORE_DAMAGED' })
})

test('a store with overwritten pages is refused and left as it was', async () => {
  await makeStore()
  const bytes = readFileSync(file)
  writeFileSync(file, bytes.fill(0xa5, 60 * 4096, 100 * 4096))
  await expectRefused('STORE_DAMAGED')
  const reader = await openSqliteReader({ baseDir })
  await expect(reader.listGenerations({ limit: 1000 })).rejects.toMatchObject({ code: 'STORE_DAMAGED' })
  await reader.close()
})

test('a store that was cut short is refused and left as it was', async () => {
  await makeStore()
  truncateSync(file, 50 * 4096)
  await expectRefused('STORE_DAMAGED')
})

test('a store of a newer version is refused and left as it was', async () => {
  await makeStore()
  const database = new DatabaseSync(file)
  database.exec('PRAGMA user_version = 99')
  database.close()
  await expectRefused('STORE_NEWER_SCHEMA')
  const reading = openSqliteReader({ baseDir })
  await expect(reading).rejects.toMatchObject({ code: 'STORE_NEWER_SCHEMA', details: { version: 99 } })
})

test.each(['file', 'file/below'])('a base directory that is "%s" cannot be written to', async (path) => {
  writeFileSync(join(root, 'file'), '')
  const baseDir = join(root, path)
  const refused = { code: 'BASE_DIR_UNWRITABLE', details: { key: 'baseDir', value: baseDir } }
  await expect(openSqliteStore({ baseDir })).rejects.toMatchObject(refused)
  await expect(openSqliteReader({ baseDir })).rejects.toMatchObject({ code: 'STORE_NOT_FOUND' })
})

test('a read-only file system cannot be written to, and a store on it can be read', async (context) => {
  mkdirSync(baseDir, { recursive: true })
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', baseDir], { stdio: 'ignore' })
  } catch {
    return context.skip('needs the right to mount a tmpfs')
  }
  try {
    await makeStore()
    execFileSync('mount', ['-o', 'remount,ro', baseDir])
    const refused = { code: 'BASE_DIR_UNWRITABLE', details: { key: 'baseDir', value: baseDir } }
    await expect(openSqliteStore({ baseDir })).rejects.toMatchObject(refused)
    const reader = await openSqliteReader({ baseDir })
    expect(await reader.countGenerations()).toEqual({ succeeded: 1000 })
    await reader.close()
    expect(isWriterAlive(baseDir)).toBe(false)
  } finally {
    execFileSync('umount', ['-l', baseDir])
  }
})

test('writes to a store whose file was removed fail, instead of being lost', async () => {
  const baseDir = join(root, 'removed')
  const store = await openSqliteStore({ baseDir })
  const writer = { pid: 1, node: 'n', startedAtMs: 1, collectionIntervalMs: 1 }
  await store.saveWriter(writer)
  rmSync(baseDir, { recursive: true })
  await expect(store.saveWriter(writer)).rejects.toMatchObject({ code: 'STORE_WRITE_FAILED' })
  await store.close().catch(() => undefined)
})
