import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import { ProcessFiles, parseProcessStat } from './process-files.ts'

const procRoot = mkdtempSync(join(tmpdir(), 'proc-'))
afterAll(() => rmSync(procRoot, { recursive: true }))

const rest =
  '7 1 1 0 -1 4194560 9061 9416027 94 2620 36 98 54406 13885 -2 0 3 0 29 109604864 2507 18446744073709551615 1'
const stat = (name: string) => `1 (${name}) S ${rest}\n`

const expected = {
  state: 'S',
  parent: 7,
  minorFaults: 9061,
  majorFaults: 94,
  userTicks: 36,
  systemTicks: 98,
  threads: 3,
  startTicks: 29,
  virtualBytes: 109604864,
  residentPages: 2507,
}

test.each([
  ['a plain name', 'systemd'],
  ['a name that pretends to be the rest of the line', 'evil) R 1 ('],
  ['a name that ends like another one', 'a) Z 0 0)'],
  ['line feeds', 'a\nb\n'],
  ['an escape sequence', '\x1b[2J'],
  ['no name', ''],
])('reads the columns behind %s', (_title, name) => {
  expect(parseProcessStat(Buffer.from(stat(name)))).toEqual(expected)
})

test('reads the columns behind any name that a process can give itself', () => {
  const name = fc.uint8Array({ maxLength: 15 })
  fc.assert(
    fc.property(name, (bytes) => {
      const text = Buffer.concat([Buffer.from('1 ('), bytes, Buffer.from(`) S ${rest}\n`)])
      expect(parseProcessStat(text)).toEqual(expected)
    }),
  )
})

test('takes a line cut anywhere for unreadable, never for another number', () => {
  const whole = stat('systemd').trimEnd()
  const needed = whole.indexOf('2507') + '2507 1'.length
  for (let length = 0; length < needed; length++)
    expect(parseProcessStat(Buffer.from(whole), length), `${length} bytes`).toBeUndefined()
})

test('never throws, and never reads past the end of the text', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(300), (bytes, length) => {
      const text = Buffer.concat([bytes.subarray(0, length), Buffer.from(stat('old'))])
      const found = parseProcessStat(text, Math.min(length, bytes.length))
      expect(found === undefined || Object.values(found).every((value) => value !== undefined)).toBe(true)
    }),
  )
})

test('tells a process that has ended from one that cannot be read', () => {
  const files = new ProcessFiles({ procRoot })
  mkdirSync(join(procRoot, '5'))
  writeFileSync(join(procRoot, '5', 'stat'), stat('first'))
  mkdirSync(join(procRoot, '6', 'stat'), { recursive: true })
  mkdirSync(join(procRoot, '07'))
  mkdirSync(join(procRoot, 'sys'))
  expect(files.stat('5')).toEqual(expected)
  expect(files.command()).toBe('first')
  expect(files.stat('4')).toBe('gone')
  expect(files.stat('6')).toBe('unreadable')
  expect([...files.list()].sort()).toEqual(['5', '6'])
  expect(files.threads('4')).toEqual([])
  expect(files.text('4', 'io')).toBeUndefined()
  expect(files.link('4', 'exe')).toBeUndefined()
})

test('reads a file that is longer than one piece', () => {
  writeFileSync(join(procRoot, '5', 'children'), '1234567 '.repeat(4000))
  expect(new ProcessFiles({ procRoot }).text('5', 'children')?.length).toBe(32_000)
})
