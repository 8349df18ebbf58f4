import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { FramewatchError } from '../model/errors.ts'
import { writeWholeFile } from './whole-file.ts'

let folder: string
let path: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'framewatch-file-'))
  path = join(folder, 'out')
})
afterEach(() => rmSync(folder, { recursive: true }))

const write = (replace: boolean, text: string, meanwhile: () => void = () => undefined) =>
  writeWholeFile(path, { replace }, async (temporaryPath) => {
    writeFileSync(temporaryPath, text)
    expect(existsSync(path) && readFileSync(path, 'utf8') === text).toBe(false)
    meanwhile()
    return text.length
  })

test('a file has its name when all of it is there, and nothing else is left', async () => {
  expect(await write(false, 'whole')).toBe(5)
  expect(readFileSync(path, 'utf8')).toBe('whole')
  expect(readdirSync(folder)).toEqual(['out'])
})

test('what is there is replaced only when it is to be', async () => {
  writeFileSync(path, 'old')
  await expect(write(false, 'new')).rejects.toMatchObject({ code: 'FILE_EXISTS', details: { path } })
  expect(readFileSync(path, 'utf8')).toBe('old')
  await write(true, 'new')
  expect(readFileSync(path, 'utf8')).toBe('new')
})

test('what another one put there meanwhile is not replaced', async () => {
  const writing = write(false, 'new', () => writeFileSync(path, 'other'))
  await expect(writing).rejects.toMatchObject({ code: 'FILE_EXISTS' })
  expect(readFileSync(path, 'utf8')).toBe('other')
  expect(readdirSync(folder)).toEqual(['out'])
})

test('a link that is to be replaced is, and not the file it leads to', async () => {
  const target = join(folder, 'target')
  writeFileSync(target, 'target')
  symlinkSync(target, path)
  await write(true, 'new')
  expect(readFileSync(target, 'utf8')).toBe('target')
  expect(readFileSync(path, 'utf8')).toBe('new')
})

test("what is left of a run that was killed is in nobody's way", async () => {
  writeFileSync(`${path}.${process.pid}.tmp`, 'half')
  await write(false, 'whole')
  expect(readdirSync(folder)).toEqual(['out'])
})

test('a failure leaves nothing; ours passes, another says which file could not be written', async () => {
  const own = new FramewatchError('STORE_DAMAGED', 'It broke')
  const failing = (error: Error) =>
    write(false, 'half', () => {
      throw error
    })
  await expect(failing(own)).rejects.toBe(own)
  await expect(failing(new Error('No room'))).rejects.toMatchObject({
    code: 'FILE_UNWRITABLE',
    message: expect.stringContaining(`Cannot write "${path}": No room`),
  })
  expect(readdirSync(folder)).toEqual([])
})

test('a directory or a device is never replaced', async () => {
  const replacing = writeWholeFile(folder, { replace: true }, async () => undefined)
  await expect(replacing).rejects.toMatchObject({ code: 'FILE_UNWRITABLE' })
})
