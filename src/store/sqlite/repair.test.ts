import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, test } from 'vitest'
import { seededRandom } from '../../system/random.ts'
import { startMs } from '../store.fixtures.contract.ts'
import { restoreStore } from './backup.ts'
import { checkStore } from './check.ts'
import { repairFile, repairStore } from './repair.ts'
import { clock, contentOf, generationCount, leavesOf, newStore, overwrite } from './upkeep.contract.ts'

describe('a repair', () => {
  test('of a sound store loses nothing', async () => {
    const { baseDir, file } = await newStore()
    const before = await contentOf(baseDir)
    const { tables, setAsidePath } = await repairStore({ baseDir, clock })
    expect(setAsidePath).toBe(`${file}.before-repair-20260501T120000Z`)
    expect(existsSync(setAsidePath ?? '')).toBe(true)
    expect(tables.every(({ lost }) => lost === 0)).toBe(true)
    expect(await contentOf(baseDir)).toEqual(before)
    expect(await checkStore(baseDir)).toEqual([])
  })

  test('costs the rows of the damaged pages, and no others', async () => {
    const { baseDir, file } = await newStore()
    const before = await contentOf(baseDir)
    const leaves = leavesOf(file, 'generations')
    const rowsPerLeaf = Math.ceil(generationCount / leaves.length) + 4
    const hurt = [0, 7, 8, Math.floor(leaves.length / 2), leaves.length - 2]
    overwrite(
      file,
      hurt.map((index) => leaves[index] ?? 0),
    )
    const { tables } = await repairStore({ baseDir, clock })
    const generations = tables.find(({ table }) => table === 'generations')
    expect(generations?.lost).toBe(generationCount - (generations?.saved ?? 0))
    expect(generations?.lost).toBeGreaterThan(0)
    expect(generations?.lost).toBeLessThanOrEqual(hurt.length * rowsPerLeaf)
    expect(tables.filter(({ lost }) => lost !== 0)).toEqual([generations])
    const after = await contentOf(baseDir)
    const kept = new Set(after.generations.map(({ id }) => id))
    expect(after).toEqual({ ...before, generations: before.generations.filter(({ id }) => kept.has(id)) })
    expect(kept.size).toBe(generations?.saved)
    expect(await checkStore(baseDir)).toEqual([])
  })

  test('costs nothing when only an index is damaged', async () => {
    const { baseDir, file } = await newStore()
    const before = await contentOf(baseDir)
    overwrite(file, leavesOf(file, 'generations_by_time').slice(1))
    expect((await checkStore(baseDir)).length).toBeGreaterThan(0)
    const { tables } = await repairStore({ baseDir, clock })
    expect(tables.every(({ lost }) => lost === 0)).toBe(true)
    expect(await contentOf(baseDir)).toEqual(before)
  })

  test('costs the frame of a damaged chunk, and no other', async () => {
    const { baseDir, file } = await newStore()
    const before = await contentOf(baseDir)
    const database = new DatabaseSync(file)
    const chunk = database.prepare('SELECT id, data FROM frame_chunks ORDER BY id LIMIT 1 OFFSET 3').get()
    const data = chunk?.['data'] as Uint8Array
    data[20] = (data[20] as number) ^ 1
    database.prepare('UPDATE frame_chunks SET data = ? WHERE id = ?').run(data, chunk?.['id'] as number)
    database.close()
    await expect(contentOf(baseDir)).rejects.toMatchObject({ code: 'STORE_DAMAGED' })
    const { tables } = await repairStore({ baseDir, clock })
    expect(tables.find(({ table }) => table === 'frames')).toMatchObject({ saved: 9, lost: 1 })
    const isLost = ({ timestampMs }: { readonly timestampMs: number }) => {
      const index = (timestampMs - startMs) / 1000
      return index >= 60 && index < 80
    }
    expect(await contentOf(baseDir)).toEqual({
      ...before,
      ticks: before.ticks.filter((tick) => !isLost(tick)),
    })
    expect(await checkStore(baseDir)).toEqual([])
  })

  test('of any damage makes a sound store or says that nothing can be read', {
    timeout: 60_000,
  }, async () => {
    const { baseDir, file } = await newStore()
    const whole = readFileSync(file)
    const random = seededRandom(20_260_502)
    let saved = 0
    for (let run = 0; run < 12; run++) {
      const pages = Array.from({ length: 1 + Math.floor(random.next() * 30) }, () =>
        Math.floor((random.next() * whole.length) / 8192),
      )
      writeFileSync(file, whole)
      overwrite(file, pages)
      const outcome = await repairStore({ baseDir, clock }).catch((error: unknown) => error)
      if (outcome instanceof Error) {
        expect(outcome).toMatchObject({ code: 'STORE_DAMAGED' })
        continue
      }
      saved += 1
      expect(await checkStore(baseDir)).toEqual([])
      const { generations } = await contentOf(baseDir)
      expect(generations.every(({ id }) => generations.filter((other) => other.id === id).length === 1)).toBe(
        true,
      )
    }
    expect(saved).toBeGreaterThan(6)
  })

  test('of a file beside the store leaves that file as it is, and what it makes can be restored', async () => {
    const { root, baseDir, file, backup } = await newStore()
    overwrite(file, leavesOf(file, 'generations').slice(3, 5))
    const broken = join(root, 'broken.sqlite')
    writeFileSync(broken, readFileSync(file))
    const before = readFileSync(broken)
    const { path, setAsidePath } = await repairFile({ baseDir, from: broken, to: backup, replace: false })
    expect({ path, setAsidePath }).toEqual({ path: backup, setAsidePath: undefined })
    expect(readFileSync(broken).equals(before)).toBe(true)
    await restoreStore({ baseDir, path: backup, clock })
    expect(await checkStore(baseDir)).toEqual([])
  })

  test('of what is no database, or not there, changes nothing', async () => {
    const { root, baseDir, file } = await newStore()
    writeFileSync(file, 'not a database, '.repeat(1000))
    await expect(repairStore({ baseDir, clock })).rejects.toMatchObject({ code: 'STORE_DAMAGED' })
    expect(readFileSync(file, 'utf8')).toBe('not a database, '.repeat(1000))
    expect(readdirSync(baseDir).sort()).toEqual(['framewatch.lock', 'framewatch.sqlite'])
    await expect(repairStore({ baseDir: root, clock })).rejects.toMatchObject({ code: 'STORE_NOT_FOUND' })
  })
})
