import { createRequire } from 'node:module'
import { availableParallelism, cpus, totalmem } from 'node:os'
import { describe, expect, test } from 'vitest'
import { manualClock } from '../../test/support/manual-clock.ts'
import { seriesKey } from '../model/sample.ts'
import { systemClock } from '../system/clock.ts'
import { MetricsCollector } from './collector.ts'
import { defaultSourceSettings, type SourceName, sourceNames } from './source-options.ts'
import { hostSources } from './sources.ts'
import { vitalSigns } from './vital-signs.ts'

const readRuntime = () => ({ eventLoopDelayMaxMs: 3, eventLoopUtilization: 0.1, rssBytes: 5e7 })
const settings = defaultSourceSettings
const isLinux = process.platform === 'linux'

test.each(['linux', 'darwin', 'win32'] as const)(
  'the sources of %s have distinct names, and describe each metric once in base units',
  (platform) => {
    const sources = hostSources({ platform, clock: manualClock(), settings, readRuntime })
    const names = sources.map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
    const metrics = new MetricsCollector({ clock: manualClock(), sources }).metrics
    // A temperature is one metric, whatever sensor tells it.
    const own = metrics.filter(({ name }) => !name.startsWith('hw.'))
    expect(new Set(own.map(({ name }) => name)).size).toBe(own.length)
    for (const { name, unit, description } of metrics) {
      expect(unit, name).toMatch(/^(1|By|By\/s|s|Hz|Cel|W|J|\{[a-z_]+\}(\/min)?)$/)
      expect(description, name).toMatch(/\.$/)
    }
  },
)

test('every source has the name it is turned off by', () => {
  const sourcesOf = (platform: NodeJS.Platform, off: readonly SourceName[]) =>
    hostSources({ platform, clock: manualClock(), settings: { ...settings, off }, readRuntime })
  const names = (['linux', 'darwin'] as const).flatMap((platform) =>
    sourcesOf(platform, []).map(({ name }) => name),
  )
  expect(new Set(names)).toEqual(new Set(sourceNames))
  for (const platform of ['linux', 'darwin'] as const) expect(sourcesOf(platform, sourceNames)).toEqual([])
})

test('what is portable keeps the descriptor that Linux gives it', () => {
  const of = (platform: NodeJS.Platform) =>
    hostSources({ platform, clock: manualClock(), settings, readRuntime }).flatMap(({ metrics }) => metrics)
  const linux = of('linux')
  for (const metric of of('darwin')) expect(linux).toContainEqual(metric)
})

describe.skipIf(!isLinux)('on this host (needs Linux)', () => {
  const collector = () => {
    const clock = systemClock()
    const sources = hostSources({ platform: 'linux', clock, settings, readRuntime })
    return new MetricsCollector({ clock, sources })
  }

  test('no source fails, and none emits a metric it does not declare or a series twice', async () => {
    const metrics = collector()
    await metrics.collect()
    const { samples, health } = await metrics.collect()
    expect(health.filter(({ state }) => state !== 'ok' && state !== 'absent')).toEqual([])
    const declared = new Set(metrics.metrics.map(({ name }) => name))
    expect(samples.filter(({ name }) => !declared.has(name))).toEqual([])
    expect(new Set(samples.map(seriesKey)).size).toBe(samples.length)
  })

  test('the package for other systems is never loaded', async () => {
    const isLoaded = () =>
      Object.keys(createRequire(import.meta.url).cache).some((path) => path.includes('systeminformation'))
    await collector().collect()
    expect(isLoaded()).toBe(false)
    await import('systeminformation')
    expect(isLoaded()).toBe(true)
  })

  test('the vital signs are those of the machine', async () => {
    const metrics = collector()
    const first = { timestampMs: 1000, samples: (await metrics.collect()).samples }
    const before = process.cpuUsage()
    while (process.cpuUsage(before).user < 50_000);
    const second = { timestampMs: 2000, samples: (await metrics.collect()).samples }
    const signs = vitalSigns([second, first])
    expect(signs).toMatchObject({
      cpuCount: cpus().length,
      memoryTotalBytes: totalmem(),
      eventLoopDelayMaxMs: 3,
    })
    expect(signs.cpuCount).toBeGreaterThanOrEqual(availableParallelism())
    expect(signs.cpuUtilization).toBeGreaterThan(0)
    expect(signs.cpuUtilization).toBeLessThanOrEqual(1)
    expect(signs.memoryUsedBytes).toBeGreaterThan(1e6)
    expect(signs.memoryUsedBytes).toBeLessThan(totalmem())
    expect(signs.load1m).toBeGreaterThanOrEqual(0)
    expect(signs.networkReceiveBytesPerSecond).toBeGreaterThanOrEqual(0)
  })
})
