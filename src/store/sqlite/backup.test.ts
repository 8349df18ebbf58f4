import { readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { generationOf } from '../store.fixtures.contract.ts'
import { backUpStore, restoreStore } from './backup.ts'
import { checkStore } from './check.ts'
import { migrations } from './migrations.ts'
import { repairStore } from './repair.ts'
import { spawnChild } from './spawn-child.contract.ts'
import { openSqliteReader, openSqliteStore } from './sqlite-store.ts'
import { samplesPerTick, timeOf } from './store-child.contract.ts'
import {
  clock,
  contentOf,
  generationCount,
  leavesOf,
  newPlace,
  newStore,
  overwrite,
} from './upkeep.contract.ts'

describe('a backup', () => {
  test('restored elsewhere has all that the store had', async () => {
    const { root, baseDir, backup } = await newStore()
    const made = await backUpStore({ baseDir, path: backup, replace: false })
    expect(made).toEqual({
      path: backup,
      sizeBytes: readFileSync(backup).length,
      schemaVersion: migrations.length,
    })
    const elsewhere = join(root, 'elsewhere')
    const restored = await restoreStore({ baseDir: elsewhere, path: backup, clock })
    expect(restored).toMatchObject({ schemaVersion: migrations.length, setAsidePath: undefined })
    expect(await contentOf(elsewhere)).toEqual(await contentOf(baseDir))
    expect(readdirSync(root).sort()).toEqual(['backup.sqlite', 'elsewhere', 'store'])
  })

  test('made while another process writes is whole, and holds what was acknowledged before', async () => {
    const { root, baseDir, backup } = newPlace()
    const child = spawnChild('write', baseDir)
    expect(await child.nextLine()).toBe('opening')
    for (let round = 0; round < 5; round++) {
      let acknowledged = 0
      for (let count = 0; count < 40; count++) acknowledged = Number(await child.nextLine())
      await backUpStore({ baseDir, path: backup, replace: true })
      const elsewhere = join(root, `round${round}`)
      await restoreStore({ baseDir: elsewhere, path: backup, clock })
      const { ticks, generations, events } = await contentOf(elsewhere)
      const newestMs = ticks[0]?.timestampMs ?? 0
      expect(newestMs).toBeGreaterThanOrEqual(timeOf(acknowledged))
      expect(ticks.every(({ samples }) => samples.length === samplesPerTick)).toBe(true)
      expect([generations.length, events.length]).toEqual(
        Array(2).fill(Math.round((newestMs - timeOf(0)) / (timeOf(1) - timeOf(0))) + 1),
      )
    }
    await child.kill()
    expect(child.stderr()).toBe('')
  })

  test('replaces a file only when it is told to, and never one of the store', async () => {
    const { baseDir, file, backup } = await newStore()
    writeFileSync(backup, 'mine')
    const refused = { code: 'FILE_EXISTS', details: { path: backup } }
    await expect(backUpStore({ baseDir, path: backup, replace: false })).rejects.toMatchObject(refused)
    expect(readFileSync(backup, 'utf8')).toBe('mine')
    await backUpStore({ baseDir, path: backup, replace: true })
    expect(await checkStore(baseDir)).toEqual([])
    for (const path of [file, `${file}-wal`, join(baseDir, 'framewatch.lock')]) {
      const backingUp = backUpStore({ baseDir, path, replace: true })
      await expect(backingUp).rejects.toMatchObject({ code: 'FILE_UNWRITABLE' })
    }
  })

  test('takes the place of no file of the store, by whatever path', async () => {
    const { root, baseDir } = await newStore()
    const link = join(root, 'link')
    symlinkSync(baseDir, link)
    for (const name of ['framewatch.lock', 'framewatch.sqlite', 'framewatch.sqlite-wal']) {
      const backingUp = backUpStore({ baseDir, path: join(link, name), replace: true })
      await expect(backingUp).rejects.toMatchObject({ code: 'FILE_UNWRITABLE' })
    }
  })

  test('that cannot be written leaves nothing behind', async () => {
    const { root, baseDir, backup } = await newStore()
    const path = join(root, 'no', 'such', 'place')
    const failing = backUpStore({ baseDir, path, replace: false })
    await expect(failing).rejects.toMatchObject({ code: 'FILE_UNWRITABLE', details: { path } })
    await expect(backUpStore({ baseDir, path: '/dev/null', replace: true })).rejects.toMatchObject({
      code: 'FILE_UNWRITABLE',
    })
    await expect(backUpStore({ baseDir: root, path: backup, replace: false })).rejects.toMatchObject({
      code: 'STORE_NOT_FOUND',
    })
    expect(readdirSync(root)).toEqual(['store'])
  })

  test('of a damaged store fails, and leaves nothing behind', async () => {
    const { root, baseDir, file, backup } = await newStore()
    overwrite(file, leavesOf(file, 'generations').slice(3, 5))
    const failing = backUpStore({ baseDir, path: backup, replace: false })
    await expect(failing).rejects.toMatchObject({ code: 'STORE_DAMAGED' })
    expect(readdirSync(root)).toEqual(['store'])
  })
})

describe('a restore', () => {
  test('does not take up the log of a store that was removed', async () => {
    const { root, baseDir, file, backup } = await newStore()
    await backUpStore({ baseDir, path: backup, replace: false })
    const store = await openSqliteStore({ baseDir })
    await store.write({ generations: [generationOf('newer')] })
    const log = readFileSync(`${file}-wal`)
    await store.close()
    rmSync(file)
    writeFileSync(`${file}-wal`, log)
    await restoreStore({ baseDir, path: backup, clock })
    expect(await checkStore(baseDir)).toEqual([])
    expect((await contentOf(baseDir)).generations.map(({ id }) => id)).not.toContain('newer')
    expect(readdirSync(root).sort()).toEqual(['backup.sqlite', 'store'])
  })

  test('sets the store that is there aside, with every byte', async () => {
    const { baseDir, file, backup } = await newStore()
    await backUpStore({ baseDir, path: backup, replace: false })
    const store = await openSqliteStore({ baseDir })
    await store.write({ generations: [generationOf('newer')] })
    await store.close()
    const before = readFileSync(file)
    const { setAsidePath } = await restoreStore({ baseDir, path: backup, clock })
    expect(setAsidePath).toBe(`${file}.before-restore-20260501T120000Z`)
    expect(readFileSync(setAsidePath ?? '').equals(before)).toBe(true)
    const reader = await openSqliteReader({ baseDir })
    expect(await reader.countGenerations()).toEqual({ succeeded: generationCount })
    await reader.close()
  })

  test('is refused while a service writes', async () => {
    const { baseDir, backup } = await newStore()
    await backUpStore({ baseDir, path: backup, replace: false })
    const store = await openSqliteStore({ baseDir })
    const restoring = restoreStore({ baseDir, path: backup, clock })
    await expect(restoring).rejects.toMatchObject({ code: 'BASE_DIR_IN_USE' })
    await expect(repairStore({ baseDir, clock })).rejects.toMatchObject({ code: 'BASE_DIR_IN_USE' })
    await store.write({ generations: [generationOf('still')] })
    await store.close()
  })

  test.each<[string, (bytes: Buffer) => Buffer, string]>([
    ['a missing file', () => Buffer.alloc(0), 'BACKUP_INVALID'],
    ['no database', () => Buffer.from('not a database, '.repeat(1000)), 'BACKUP_INVALID'],
    ['one cut short', (bytes) => bytes.subarray(0, bytes.length / 2), 'BACKUP_INVALID'],
    ['one with an overwritten page', (bytes) => bytes.fill(0xa5, 50 * 8192, 51 * 8192), 'BACKUP_INVALID'],
    ['one of a newer version', (bytes) => bytes.fill(99, 63, 64), 'STORE_NEWER_SCHEMA'],
  ])('of %s is refused, and the store left as it was', async (title, change, code) => {
    const { baseDir, file, backup } = await newStore()
    await backUpStore({ baseDir, path: backup, replace: false })
    const changed = change(readFileSync(backup))
    if (title === 'a missing file') rmSync(backup)
    else writeFileSync(backup, changed)
    const before = readFileSync(file)
    await expect(restoreStore({ baseDir, path: backup, clock })).rejects.toMatchObject({ code })
    expect(readFileSync(file).equals(before)).toBe(true)
    expect(readdirSync(baseDir).sort()).toEqual(['framewatch.lock', 'framewatch.sqlite'])
  })
})
