import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Readings } from '../readings.ts'
import type { SourceReading } from '../source.ts'
import { parseCpuTimes } from './cpu.ts'
import { parseDisks } from './disk.ts'
import { parseLoad } from './load.ts'
import { parseMemory } from './memory.ts'
import { parseMounts } from './mounts.ts'
import { parseNetwork } from './network.ts'
import { parseThreads } from './processes.ts'
import { addPaging, addSwap } from './swap.ts'

const gathered = (add: (readings: Readings, text: string) => void) => (text: string) => {
  const readings = new Readings()
  add(readings, text)
  return readings
}

/** Each parser with good lines of its file, from which the bad ones are made. */
const parsers: Record<string, { parse: (text: string) => SourceReading; line: string }> = {
  disk: {
    parse: (text) => parseDisks(text, () => true),
    line: '   8       0 sda 25354637 34367663 1003346126 18492372 28444756 11134226 505697032 63877960 0 9653880 8',
  },
  network: {
    parse: (text) => parseNetwork(`heading\nheading\n${text}`, () => false),
    line: '  eth0: 394307402 9175 0 0 0 0 0 0 578976 5543 0 0 0 0 0 0',
  },
  load: { parse: parseLoad, line: '0.21 0.37 0.39 1/719 19737' },
  memory: { parse: parseMemory, line: 'MemTotal:        3742148 kB' },
  swap: { parse: gathered(addSwap), line: 'SwapTotal:       4194300 kB\nSwapFree:        3155360 kB' },
  paging: { parse: gathered(addPaging), line: 'pswpin 1476' },
  threads: { parse: parseThreads, line: 'procs_running 2' },
}

const damagedLine = (line: string) =>
  fc
    .tuple(
      fc.nat(line.length),
      fc.nat(line.length),
      fc.constantFrom('', ' ', '-', '9'.repeat(400), '\n', ':', 'NaN'),
    )
    .map(([from, to, put]) => line.slice(0, from) + put + line.slice(to))

describe.each(Object.entries(parsers))('the %s parser', (_, { parse, line }) => {
  test('reads its own lines', () => {
    expect(parse(line).samples.length).toBeGreaterThan(0)
  })

  test('never throws and never yields a value that is no finite number', () => {
    const lines = fc.array(fc.oneof(fc.string({ unit: 'binary' }), damagedLine(line)), { maxLength: 5 })
    fc.assert(
      fc.property(lines, (texts) => {
        for (const { value } of parse(texts.join('\n')).samples) expect(value).toBeGreaterThanOrEqual(0)
      }),
    )
  })
})

test('the cpu parser keeps whole lines and counts damaged ones, whatever the text', () => {
  const line = 'cpu0 44490 19 21045 1087069 220 1 3410 0 2 1'
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.string({ unit: 'binary' }), damagedLine(line))), (texts) => {
      const { byNumber, skipped } = parseCpuTimes(texts.join('\n'))
      expect(skipped).toBeGreaterThanOrEqual(0)
      for (const time of byNumber.values())
        for (const seconds of Object.values(time)) expect(Number.isFinite(seconds)).toBe(true)
    }),
  )
  expect(parseCpuTimes('cpu0 1 2 3\ncpu1 1 2 3 x 5 6 7 8\ncpufoo 1 2 3 4 5 6 7 8\nintr 5').skipped).toBe(3)
})

test('the mounts parser never throws', () => {
  const line = '/dev/vda /mnt/a\\040b ext4 rw,relatime 0 0'
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), damagedLine(line)), (text) => void parseMounts(text)),
  )
})
