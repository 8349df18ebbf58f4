import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { isNotThere, KernelFile } from './kernel-file.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kernel-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

test('reads what is there each time, shorter or longer than before', () => {
  const path = join(folder, 'stat')
  const file = new KernelFile(path)
  for (const text of ['one', 'x'.repeat(10_000), '', 'two']) {
    writeFileSync(path, text)
    expect(`${file.read()}`).toBe(text)
  }
  file.close()
})

test('is not there, comes, and goes', () => {
  const path = join(folder, 'stat')
  const file = new KernelFile(path)
  expect(file.readIfThere()).toBeUndefined()
  writeFileSync(path, 'one')
  expect(`${file.readIfThere()}`).toBe('one')
  file.close()
  renameSync(path, join(folder, 'away'))
  expect(file.readIfThere()).toBeUndefined()
  expect(() => file.read()).toThrow('ENOENT')
})

test('throws the error of the system for what is there and cannot be read', () => {
  mkdirSync(join(folder, 'stat'))
  expect(() => new KernelFile(join(folder, 'stat')).readIfThere()).toThrow('EISDIR')
})

test('can be read again after it was closed', () => {
  const path = join(folder, 'stat')
  writeFileSync(path, 'one')
  const file = new KernelFile(path)
  file.read()
  file.close()
  file.close()
  expect(`${file.read()}`).toBe('one')
  file.close()
})

test.skipIf(process.platform !== 'linux')(
  'reads files that the kernel gives in pieces as a whole (needs Linux)',
  () => {
    const file = new KernelFile('/proc/self/maps')
    const text = `${file.read()}`
    expect(text.length).toBeGreaterThan(4096)
    expect(text.trimEnd().split('\n').length).toBeGreaterThan(50)
    file.close()
  },
)

test('a process that ended is not there', () => {
  expect(isNotThere(Object.assign(new Error('ESRCH'), { code: 'ESRCH' }))).toBe(true)
  expect(isNotThere(Object.assign(new Error('EACCES'), { code: 'EACCES' }))).toBe(false)
  expect(isNotThere(undefined)).toBe(false)
})
