import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { systemClock } from '../system/clock.ts'
import { ended } from '../track/cost/ended.contract.ts'
import { Thumbnails } from './thumbnails.ts'

const dayMs = 86_400_000
const nowMs = Date.UTC(2026, 4, 20, 12)

function setup(more: { enabled?: boolean; retentionMs?: number; maxBytes?: number } = {}) {
  const baseDir = mkdtempSync(join(tmpdir(), 'framewatch-thumbnails-'))
  onTestFinished(() => rmSync(baseDir, { recursive: true, force: true }))
  const settings = { enabled: true, retentionMs: 7 * dayMs, maxBytes: 1e9, ...more }
  const thumbnails = new Thumbnails(baseDir, settings, systemClock())
  const root = join(baseDir, 'thumbnails')
  return {
    thumbnails,
    baseDir,
    kept: () => readdirSync(root).flatMap((day) => readdirSync(join(root, day)).map((id) => `${day}/${id}`)),
    async fill(id: string, daysAgo: number, names: readonly string[] = ['poster.jpg'], bytes = 1000) {
      const record = ended({ id, endedAtMs: nowMs - daysAgo * dayMs })
      const folder = (await thumbnails.prepare(record)) ?? ''
      for (const name of names) writeFileSync(join(folder, name), Buffer.alloc(bytes))
      return record
    },
  }
}

const never = new AbortController().signal

test('are found by their generation, the poster first, those alone that exist', async () => {
  const { thumbnails, fill, baseDir } = setup()
  const record = await fill('gen_1', 0, ['strip-2.jpg', 'poster.jpg', 'strip-1.jpg', 'other.txt'])
  const folder = join(baseDir, 'thumbnails', '2026-05-20', 'gen_1')
  expect(await thumbnails.pathsOf(record)).toEqual(
    ['poster.jpg', 'strip-1.jpg', 'strip-2.jpg'].map((name) => join(folder, name)),
  )
  expect(await thumbnails.pathsOf(ended({ id: 'gen_2' }))).toEqual([])
})

test('are not made when they are off, nor where an id would lead out of the folder', async () => {
  expect(await setup({ enabled: false }).thumbnails.prepare(ended())).toBeUndefined()
  const { thumbnails, baseDir } = setup()
  for (const id of ['../../x', 'a/b', '..', '', 'a\0b']) {
    expect(await thumbnails.prepare(ended({ id }))).toBeUndefined()
    expect(await thumbnails.pathsOf(ended({ id }))).toEqual([])
  }
  expect(existsSync(join(baseDir, 'thumbnails'))).toBe(false)
})

test('are deleted when they are too old, by days', async () => {
  const { thumbnails, fill, kept } = setup()
  for (const daysAgo of [0, 7, 8, 400]) await fill(`gen_${daysAgo}`, daysAgo)
  await thumbnails.sweep(nowMs, never)
  expect(kept()).toEqual(['2026-05-13/gen_7', '2026-05-20/gen_0'])
})

test('are kept as far as they fit in their bytes, the newest first, and nothing else is touched', async () => {
  const { thumbnails, fill, kept, baseDir } = setup({ maxBytes: 4000 })
  await fill('gen_1', 2)
  await fill('gen_2', 1, ['poster.jpg', 'strip-1.jpg'])
  await fill('gen_3', 1)
  await fill('gen_4', 0)
  mkdirSync(join(baseDir, 'thumbnails', 'mine'))
  writeFileSync(join(baseDir, 'thumbnails', 'mine', 'note'), Buffer.alloc(9000))
  await thumbnails.sweep(nowMs, never)
  expect(kept()).toEqual(['2026-05-19/gen_2', '2026-05-19/gen_3', '2026-05-20/gen_4', 'mine/note'])
})

test('a sweep without a folder, and one that is stopped, do nothing', async () => {
  const { thumbnails, fill, kept } = setup({ maxBytes: 0 })
  await thumbnails.sweep(nowMs, never)
  await fill('gen_1', 0)
  await thumbnails.sweep(nowMs, AbortSignal.abort())
  expect(kept()).toEqual(['2026-05-20/gen_1'])
})
