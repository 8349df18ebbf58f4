import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { manualClock } from '../../../test/support/manual-clock.ts'
import { KernelText } from '../kernel/kernel-file.ts'
import { isAbsent, type SourceReading } from '../source.ts'
import { defaultSourceSettings } from '../source-options.ts'
import { hostSources } from '../sources.ts'
import { parseCpuTimes } from './cpu.ts'

/** Good lines of each file, from which the bad ones are made; the sources of it must yield something of them. */
const files: Readonly<Record<string, string>> = {
  stat: 'cpu 44490 19 21045 1087069 220 1 3410 0 2 1\ncpu0 44490 19 21045 1087069 220 1 3410 0 2 1\nintr 9\nctxt 8\nprocs_running 2\n',
  meminfo: 'MemTotal:        3742148 kB\nSwapTotal:       4194300 kB\nSwapFree:        3155360 kB\n',
  vmstat: 'pswpin 1476\npgfault 9\n',
  diskstats:
    '   8       0 sda 25354637 34367663 1003346126 18492372 28444756 11134226 505697032 63877960 0 9653880 8\n',
  loadavg: '0.21 0.37 0.39 1/719 19737\n',
  'net/dev': 'heading\nheading\n  eth0: 394307402 9175 0 0 0 0 0 0 578976 5543 0 0 0 0 0 0\n',
  'self/mounts': '/dev/vda / ext4 rw,relatime 0 0\n',
}

const root = mkdtempSync(join(tmpdir(), 'kernel-'))
afterAll(() => rmSync(root, { recursive: true }))

function write(name: string, text: string): void {
  const path = join(root, 'proc', name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}

for (const [name, text] of Object.entries(files)) write(name, text)
mkdirSync(join(root, 'sys/block/sda/device'), { recursive: true })
const sources = hostSources({
  platform: 'linux',
  clock: manualClock(),
  settings: {
    ...defaultSourceSettings,
    off: ['clock-offset'],
    procRoot: join(root, 'proc'),
    sysRoot: join(root, 'sys'),
  },
  readRuntime: () => ({ eventLoopDelayMaxMs: 0, rssBytes: 1 }),
})

/** What every source says; a source may refuse its file as a whole. */
async function readAll(): Promise<SourceReading> {
  const readings: SourceReading[] = []
  for (const source of sources) {
    try {
      const answer = await source.read()
      if (!isAbsent(answer)) readings.push(answer)
    } catch (error) {
      expect(error).toBeInstanceOf(Error)
    }
  }
  return {
    samples: readings.flatMap(({ samples }) => samples),
    skipped: readings.reduce((sum, { skipped }) => sum + skipped, 0),
  }
}

const damagedLine = (line: string) =>
  fc
    .tuple(
      fc.nat(line.length),
      fc.nat(line.length),
      fc.constantFrom('', ' ', '-', '9'.repeat(400), '\n', ':', 'NaN', '\0', '(', '\u001b[2J'),
    )
    .map(([from, to, put]) => line.slice(0, from) + put + line.slice(to))

describe.each(Object.entries(files))('of %s', (name, text) => {
  test('garbage never makes a crash, a negative number or one that is none', async () => {
    const lines = fc.array(fc.oneof(fc.string({ unit: 'binary' }), damagedLine(text)), { maxLength: 5 })
    await fc.assert(
      fc.asyncProperty(lines, async (texts) => {
        write(name, texts.join('\n'))
        for (const { value } of (await readAll()).samples) expect(value).toBeGreaterThanOrEqual(0)
      }),
    )
    write(name, text)
  })
})

test('good files are read by the same sources', async () => {
  const { samples } = await readAll()
  const names = new Set(samples.map((sample) => sample.name))
  for (const name of ['system.cpu.time', 'system.memory.limit', 'system.paging.usage', 'system.disk.io'])
    expect(names).toContain(name)
  for (const name of ['system.linux.cpu.load_1m', 'system.network.io', 'system.filesystem.limit'])
    expect(names).toContain(name)
})

test('the cpu parser keeps whole lines and counts damaged ones, whatever the text', () => {
  const line = 'cpu0 44490 19 21045 1087069 220 1 3410 0 2 1'
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.string({ unit: 'binary' }), damagedLine(line))), (texts) => {
      const { byNumber, skipped } = parseCpuTimes(KernelText.of(texts.join('\n')))
      expect(skipped).toBeGreaterThanOrEqual(0)
      for (const time of byNumber.values())
        for (const ticks of time) expect(Number.isFinite(ticks)).toBe(true)
    }),
  )
  const odd = KernelText.of('cpu0 1 2 3\ncpu1 1 2 3 x 5 6 7 8\ncpufoo 1 2 3 4 5 6 7 8\nintr 5')
  expect(parseCpuTimes(odd).skipped).toBe(3)
})
