/** One file of the kernel at a time is broken: what reads it says so, and nothing else notices. */
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type ManualClock, manualClock } from '../../test/support/manual-clock.ts'
import type { Tick } from '../model/sample.ts'
import { MetricsCollector } from './collector.ts'
import { defaultSourceSettings } from './source-options.ts'
import { hostSources } from './sources.ts'
import { vitalSigns } from './vital-signs.ts'

const files: Readonly<Record<string, string>> = {
  stat: 'cpu 100 0 100 800 0 0 0 0 0 0\ncpu0 100 0 100 800 0 0 0 0 0 0\nintr 9\nctxt 8\nprocesses 7\nprocs_running 2\nprocs_blocked 0\nbtime 1760000000\n',
  meminfo:
    'MemTotal: 1000 kB\nMemFree: 500 kB\nMemAvailable: 600 kB\nBuffers: 10 kB\nCached: 50 kB\nSReclaimable: 5 kB\nSwapTotal: 0 kB\nSwapFree: 0 kB\n',
  vmstat: 'pswpin 1\npswpout 2\npgfault 9\npgmajfault 3\n',
  diskstats: '   8       0 sda 10 0 1000 5 20 0 2000 7 0 9 12\n',
  loadavg: '0.21 0.37 0.39 1/719 19737\n',
  uptime: '100.50 90.25\n',
  'pressure/cpu': 'some avg10=1.00 avg60=0.00 avg300=0.00 total=5\n',
  'net/dev': 'heading\nheading\n  eth0: 1000 10 0 0 0 0 0 0 2000 20 0 0 0 0 0 0\n',
}
const readers: Readonly<Record<string, readonly string[]>> = {
  stat: ['cpu', 'processes', 'time'],
  meminfo: ['memory', 'swap'],
  vmstat: ['swap'],
  diskstats: ['disk'],
  loadavg: ['load', 'processes'],
  uptime: ['time'],
  'pressure/cpu': ['pressure'],
  'net/dev': ['network'],
}

let root: string
let clock: ManualClock
let collector: MetricsCollector
const pathOf = (name: string) => join(root, 'proc', name)
const off = ['runtime', 'filesystem', 'clock-offset'] as const

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'kernel-'))
  mkdirSync(join(root, 'sys/block/sda/device'), { recursive: true })
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(pathOf(name)), { recursive: true })
    writeFileSync(pathOf(name), text)
  }
  clock = manualClock()
  const roots = { procRoot: join(root, 'proc'), sysRoot: join(root, 'sys') }
  const settings = { ...defaultSourceSettings, ...roots, off }
  const readRuntime = () => ({ eventLoopDelayMaxMs: 0, rssBytes: 1 })
  collector = new MetricsCollector({
    clock,
    sources: hostSources({ platform: 'linux', clock, settings, readRuntime }),
  })
})
afterEach(async () => {
  await collector.close()
  rmSync(root, { recursive: true })
})

/** One tick, a minute after the one before: every source is due. */
async function tick(): Promise<Tick & Record<'broken' | 'noticed', readonly string[]>> {
  await clock.advance(60_000)
  const { samples, health } = await collector.collect()
  const broken = health.filter(({ state }) => state === 'failed' || state === 'timed_out')
  return {
    timestampMs: clock.nowMs(),
    monotonicMs: clock.monotonicMs(),
    samples,
    broken: broken.map(({ source }) => source),
    noticed: [...broken, ...health.filter(({ skipped }) => skipped > 0)].map(({ source }) => source),
  }
}

test.each(Object.keys(files))(
  '%s that cannot be read breaks its readers alone, until it can',
  async (name) => {
    const before = await tick()
    expect(before.broken).toEqual([])
    rmSync(pathOf(name))
    mkdirSync(pathOf(name))
    await collector.close()
    const noticed = (await tick()).noticed.filter((source) => !before.noticed.includes(source))
    expect(noticed.length).toBeGreaterThan(0)
    for (const source of noticed) expect(readers[name]).toContain(source)
    rmSync(pathOf(name), { recursive: true })
    writeFileSync(pathOf(name), files[name] ?? '')
    expect((await tick()).broken).toEqual([])
  },
)

test.each(Object.keys(files))('%s that vanishes while it is watched stops nothing', async (name) => {
  await tick()
  renameSync(pathOf(name), `${pathOf(name)}.away`)
  await collector.close()
  const { broken } = await tick()
  for (const source of broken) expect(readers[name]).toContain(source)
})

test.each(Object.keys(files))('garbage in %s makes no false spike, then or when it is gone', async (name) => {
  const ticks = [await tick(), await tick()]
  for (const text of [
    'garbage',
    '\0'.repeat(5000),
    '',
    (files[name] ?? '').slice(0, -20),
    files[name] ?? '',
  ]) {
    writeFileSync(pathOf(name), text)
    ticks.unshift(await tick())
    const { cpuUtilization, memoryUtilization, ...signs } = vitalSigns(ticks)
    for (const ratio of [cpuUtilization ?? 0, memoryUtilization ?? 0]) {
      expect(ratio).toBeGreaterThanOrEqual(0)
      expect(ratio).toBeLessThanOrEqual(1)
    }
    // Nothing moved, so no rate is anything else than zero or unknown.
    const rates = [signs.diskReadBytesPerSecond, signs.networkReceiveBytesPerSecond]
    expect(rates.every((rate) => rate === null || rate === 0)).toBe(true)
  }
})

test('a clock that steps back by an hour, or forward, bends no rate', async () => {
  const receive = (bytes: number) =>
    writeFileSync(pathOf('net/dev'), `a\nb\neth0: ${bytes} 1 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n`)
  receive(1000)
  const ticks = [await tick()]
  for (const [index, stepMs] of [-3_600_000, 3_600_000].entries()) {
    clock.stepWall(stepMs)
    receive(2000 + index * 1000)
    ticks.unshift(await tick())
    expect(vitalSigns(ticks).networkReceiveBytesPerSecond).toBe(1000 / 60)
  }
})

test('a counter of 64 bits that wraps is no traffic of exabytes', async () => {
  const read = (sectors: bigint) =>
    writeFileSync(pathOf('diskstats'), ` 8 0 sda 1 0 ${sectors} 5 20 0 2000 7 0 9 12\n`)
  read(2n ** 64n - 8n)
  const ticks = [await tick()]
  for (const sectors of [20n, 40n]) {
    read(sectors)
    ticks.unshift(await tick())
  }
  expect(vitalSigns(ticks).diskReadBytesPerSecond).toBe((20 * 512) / 60)
  expect(vitalSigns(ticks.slice(1)).diskReadBytesPerSecond).toBeNull()
})
