import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { OutputFile } from './output-file.ts'

const folder = mkdtempSync(join(tmpdir(), 'framewatch-output-'))
afterAll(() => rmSync(folder, { recursive: true }))

describe('an output file', () => {
  test('creates the directories above it', async () => {
    const file = await OutputFile.create(join(folder, 'a/b/c/video.mp4'), 'one')
    writeFileSync(file.temporaryPath, 'video')
    await file.publish()
    expect(readFileSync(join(folder, 'a/b/c/video.mp4'), 'utf8')).toBe('video')
    expect(readdirSync(join(folder, 'a/b/c'))).toEqual(['video.mp4'])
  })

  test('keeps what was there until it is published', async () => {
    const path = join(folder, 'kept.mp4')
    writeFileSync(path, 'old')
    const file = await OutputFile.create(path, 'two')
    writeFileSync(file.temporaryPath, 'half')
    await file.discard()
    expect(readFileSync(path, 'utf8')).toBe('old')
    expect(existsSync(file.temporaryPath)).toBe(false)
  })

  test('is put aside under a name that says so', async () => {
    const file = await OutputFile.create(join(folder, 'odd.mp4'), 'three')
    writeFileSync(file.temporaryPath, 'odd')
    expect(await file.setAside()).toBe(join(folder, 'odd.mp4.invalid'))
    await file.discard()
    expect(readFileSync(join(folder, 'odd.mp4.invalid'), 'utf8')).toBe('odd')
  })

  test.each([
    ['a directory', () => folder],
    ['a path below a file', () => join(folder, 'file', 'video.mp4')],
    ['a device', () => '/dev/null'],
    ['a name too long', () => join(folder, 'x'.repeat(300))],
    ['a file system that takes no files', () => '/proc/framewatch/deep/video.mp4'],
  ])('refuses %s', async (_, path) => {
    writeFileSync(join(folder, 'file'), '')
    await expect(OutputFile.create(path(), 'four')).rejects.toMatchObject({
      code: 'OUTPUT_UNWRITABLE',
      details: { path: path() },
    })
    expect(readdirSync(folder).filter((name) => name.endsWith('.part'))).toEqual([])
  })

  test('two at once may need the same new directories', async () => {
    const paths = ['x', 'y'].map((name) => join(folder, 'new/er/est', name))
    const files = await Promise.all(paths.map((path, index) => OutputFile.create(path, `five-${index}`)))
    await Promise.all(files.map((file) => file.publish()))
    expect(readdirSync(join(folder, 'new/er/est'))).toEqual(['x', 'y'])
  })
})
