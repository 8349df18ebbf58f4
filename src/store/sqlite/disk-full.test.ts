import { execFileSync } from 'node:child_process'
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { generationOf, keepAll, sampleOf, startMs } from '../store.fixtures.contract.ts'
import type { Store, WriteBatch } from '../store.ts'
import { openSqliteReader, openSqliteStore } from './sqlite-store.ts'

/** A real file system of 12 MiB, so that it is SQLite and the kernel that say the disk is full. */
let mountPoint: string
let isMounted: boolean
beforeEach(() => {
  mountPoint = mkdtempSync(join(tmpdir(), 'framewatch-full-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=12m', 'tmpfs', mountPoint], { stdio: 'ignore' })
    isMounted = true
  } catch {
    isMounted = false
  }
})
afterEach(() => {
  if (isMounted) execFileSync('umount', ['-l', mountPoint])
  rmSync(mountPoint, { recursive: true })
})

const noMount = 'needs the right to mount a tmpfs'
const ballast = () => join(mountPoint, 'ballast')

/** Takes every byte that is left. */
function fillDisk(): void {
  writeFileSync(ballast(), '')
  for (const chunkBytes of [65_536, 4096, 1]) {
    try {
      for (;;) appendFileSync(ballast(), Buffer.alloc(chunkBytes))
    } catch {
      // This size no longer fits.
    }
  }
}

const batchOf = (index: number): WriteBatch => ({
  tick: { timestampMs: index, samples: [sampleOf(`metric.${index}`, index)] },
  generations: Array.from({ length: 20 }, (_, part) => generationOf(`g${index}.${part}`)),
})

/** Writes from `first` on until one is refused with a full disk; returns its index. */
async function writeUntilRefused(store: Store, first: number): Promise<number> {
  for (let index = first; index < first + 10_000; index++) {
    try {
      await store.write(batchOf(index))
    } catch (error) {
      expect(error).toMatchObject({ code: 'STORE_DISK_FULL' })
      return index
    }
  }
  throw new Error('The disk does not fill up')
}

async function expectExactly(baseDir: string, batches: number): Promise<void> {
  const reader = await openSqliteReader({ baseDir })
  expect(await reader.countGenerations()).toEqual({ succeeded: batches * 20 })
  expect(await reader.listSeries()).toHaveLength(batches)
  expect((await reader.recentTicks(10_000)).map(({ samples }) => samples.length)).toEqual(
    new Array(batches).fill(1),
  )
  await reader.close()
}

test('a full disk refuses writes, loses nothing, and takes writes again when there is room', {
  timeout: 30_000,
}, async (context) => {
  if (!isMounted) return context.skip(noMount)
  const baseDir = join(mountPoint, 'data')
  const store = await openSqliteStore({ baseDir })
  for (let index = 0; index < 3; index++) await store.write(batchOf(index))
  let next = 3
  for (let round = 0; round < 3; round++) {
    fillDisk()
    next = await writeUntilRefused(store, next)
    await expect(store.write(batchOf(next))).rejects.toMatchObject({ code: 'STORE_DISK_FULL' })
    await expectExactly(baseDir, next)
    rmSync(ballast())
    await store.write(batchOf(next))
    next += 1
    await expectExactly(baseDir, next)
  }
  await store.close()
  await expectExactly(baseDir, next)
})

test('a store that is closed and opened on a full disk keeps all it had', async (context) => {
  if (!isMounted) return context.skip(noMount)
  const baseDir = join(mountPoint, 'data')
  const store = await openSqliteStore({ baseDir })
  for (let index = 0; index < 3; index++) await store.write(batchOf(index))
  fillDisk()
  const count = await writeUntilRefused(store, 3)
  await store.close()
  await expectExactly(baseDir, count)
  rmSync(ballast())
  const again = await openSqliteStore({ baseDir })
  await again.write(batchOf(count))
  await expectExactly(baseDir, count + 1)
  await again.close()
})

test('a new store cannot be made on a full disk, and can be as soon as there is room', async (context) => {
  if (!isMounted) return context.skip(noMount)
  fillDisk()
  const baseDir = join(mountPoint, 'data')
  await expect(openSqliteStore({ baseDir })).rejects.toMatchObject({ code: 'STORE_DISK_FULL' })
  rmSync(ballast())
  const store = await openSqliteStore({ baseDir })
  await store.write(batchOf(0))
  await store.close()
  await expectExactly(baseDir, 1)
})

test('a store that was left with its log cannot be opened on a full disk, and can be as soon as there is room', async (context) => {
  if (!isMounted) return context.skip(noMount)
  const baseDir = join(mountPoint, 'data')
  const store = await openSqliteStore({ baseDir })
  await store.write(batchOf(0))
  // A reader keeps the closed store in log mode; without the shared memory it is as after a reboot or a copy.
  const reader = await openSqliteReader({ baseDir })
  await store.close()
  await reader.close()
  rmSync(join(baseDir, 'framewatch.sqlite-shm'))
  fillDisk()
  await expect(openSqliteStore({ baseDir })).rejects.toMatchObject({ code: 'STORE_DISK_FULL' })
  rmSync(ballast())
  await (await openSqliteStore({ baseDir })).close()
  await expectExactly(baseDir, 1)
})

test('retention makes room on a small disk, and gives it back to the file system', async (context) => {
  if (!isMounted) return context.skip(noMount)
  const baseDir = join(mountPoint, 'data')
  const store = await openSqliteStore({ baseDir })
  for (let index = 0; index < 20; index++) await store.write(batchOf(index))
  const before = await store.sizeBytes()
  while (await store.maintain({ ...keepAll, generationsMs: 0 }, startMs + 10_000, 50));
  await store.close()
  const reader = await openSqliteReader({ baseDir })
  expect(await reader.sizeBytes()).toBeLessThan(before / 4)
  expect(await reader.listSeries()).toHaveLength(20)
  await reader.close()
})
