import { execFileSync } from 'node:child_process'
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
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

/** The store opens as a new one, and the old file is beside it, with every byte it had. */
async function expectSetAside(reason: RegExp): Promise<void> {
  const before = readFileSync(file)
  const clock = { nowMs: () => Date.UTC(2026, 4, 1, 12, 34, 56, 789) }
  const store = await openSqliteStore({ baseDir, clock })
  expect(store.setAside).toEqual({
    path: `${file}.damaged-20260501T123456Z`,
    reason: expect.stringMatching(reason),
  })
  expect(readFileSync(store.setAside?.path ?? '').equals(before)).toBe(true)
  await store.write({ generations: [generationOf('new')] })
  expect(await store.countGenerations()).toEqual({ succeeded: 1 })
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

test('a file that is no database is set aside, and a new store begun', async () => {
  mkdirSync(baseDir, { recursive: true })
  writeFileSync(file, 'not a database, '.repeat(1000))
  await expect(openSqliteReader({ baseDir })).rejects.toMatchObject({ code: 'STORE_DAMAGED' })
  await expectSetAside(/^file is not a database$/)
})

test('a store with overwritten pages is set aside, and a new one begun', async () => {
  await makeStore()
  const bytes = readFileSync(file)
  writeFileSync(file, bytes.fill(0xa5, 60 * 8192, 100 * 8192))
  const reader = await openSqliteReader({ baseDir })
  await expect(reader.listGenerations({ limit: 1000 })).rejects.toMatchObject({ code: 'STORE_DAMAGED' })
  await reader.close()
  await expectSetAside(/page/)
})

test('a store that was cut short is set aside, and a new one begun', async () => {
  await makeStore()
  truncateSync(file, 50 * 8192)
  await expectSetAside(/./)
})

test.each([
  ['below zero', -1, /^its schema version -1 cannot be one$/],
  ['beyond all', 0xa5a5, /^its schema version 42405 cannot be one$/],
  ['zero', 0, /^it has tables and no schema version$/],
])('a store whose version is %s is set aside, and a new one begun', async (_, version, reason) => {
  await makeStore()
  const database = new DatabaseSync(file)
  database.exec(`PRAGMA user_version = ${version}`)
  database.close()
  await expectSetAside(reason)
})

test('the log of a store is set aside with it, under its name', async () => {
  mkdirSync(baseDir, { recursive: true })
  for (const ending of ['', '-wal', '-shm']) writeFileSync(file + ending, `none${ending}`.repeat(1000))
  const store = await openSqliteStore({ baseDir })
  const path = store.setAside?.path ?? ''
  await store.close()
  // The third is an index of the log, which SQLite makes again whenever it opens the two.
  for (const ending of ['', '-wal'])
    expect(readFileSync(path + ending, 'utf8')).toBe(`none${ending}`.repeat(1000))
})

test('a second damaged store of one second gets a name of its own', async () => {
  mkdirSync(baseDir, { recursive: true })
  const clock = { nowMs: () => 0 }
  const names = []
  for (const text of ['first', 'second', 'third']) {
    writeFileSync(file, text.repeat(1000))
    const store = await openSqliteStore({ baseDir, clock })
    names.push(store.setAside?.path.slice(file.length))
    await store.close()
  }
  const name = '.damaged-19700101T000000Z'
  expect(names).toEqual([name, `${name}-2`, `${name}-3`])
  expect(readFileSync(file + name, 'utf8')).toMatch(/^first/)
})

test('damage that a start does not look for is found when the whole file is to be checked', async () => {
  await makeStore()
  const writer = { pid: 1, node: 'n', startedAtMs: 1, collectionIntervalMs: 1, stoppedAtMs: 2 }
  const signed = await openSqliteStore({ baseDir })
  await signed.saveWriter(writer)
  await signed.close()
  writeFileSync(file, readFileSync(file).fill(0xa5, 60 * 8192, 100 * 8192))
  const trusting = await openSqliteStore({ baseDir })
  expect(trusting.setAside).toBeUndefined()
  await expect(trusting.listGenerations({ limit: 1000 })).rejects.toMatchObject({ code: 'STORE_DAMAGED' })
  await trusting.close()
  const checking = await openSqliteStore({ baseDir, checkAll: true })
  expect(checking.setAside).toBeDefined()
  await checking.close()
})

test('damage that comes while a service writes is told by its code', async () => {
  await makeStore()
  const store = await openSqliteStore({ baseDir })
  const bytes = readFileSync(file)
  const descriptor = openSync(file, 'r+')
  writeSync(descriptor, Buffer.alloc(bytes.length - 4096, 0xa5), 0, undefined, 4096)
  closeSync(descriptor)
  const writing = store.write({ generations: [generationOf('new')] })
  await expect(writing).rejects.toMatchObject({ code: 'STORE_DAMAGED' })
  await store.close()
})

test.each(['normal', 'full'] as const)(
  'a store of %s durability keeps what is written',
  async (durability) => {
    const store = await openSqliteStore({ baseDir, durability })
    await store.write({ generations: [generationOf('g1')] })
    await store.close()
    const again = await openSqliteStore({ baseDir, durability })
    expect(await again.countGenerations()).toEqual({ succeeded: 1 })
    await again.close()
  },
)

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
