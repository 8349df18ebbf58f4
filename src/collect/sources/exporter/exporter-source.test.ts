import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { type LocalServer, localServer } from '../../../../test/support/local-server.ts'
import { manualClock } from '../../../../test/support/manual-clock.ts'
import { matchesGlob } from '../../../model/glob.ts'
import { MetricsCollector } from '../../collector.ts'
import type { SourceReading } from '../../source.ts'
import type { GpuReading } from '../gpu/gpu-reading.ts'
import { type ExporterSourceOptions, exporterSource } from './exporter-source.ts'

const exposing = (text: string): Promise<LocalServer> => localServer((_, response) => response.end(text))

const sourceOf = (url: string, options: Partial<ExporterSourceOptions> = {}) =>
  exporterSource({ name: 'it', url, intervalMs: 30_000, clock: manualClock(), fetch, ...options })

async function readingOf(text: string, options: Partial<ExporterSourceOptions> = {}): Promise<SourceReading> {
  await using server = await exposing(text)
  return (await sourceOf(server.url, options).read()) as SourceReading
}

describe('a scraped exporter', () => {
  test('gives gauges, counters, untyped metrics, sums and counts under its own names', async () => {
    const { samples, described, skipped } = await readingOf(`# HELP load1 Load over a minute.
# TYPE load1 gauge
load1 0.5
# TYPE sent_bytes_total counter
sent_bytes_total{device="eth0"} 7
plain 1
plain_total 2
# TYPE wait_seconds histogram
wait_seconds_bucket{le="1"} 3
wait_seconds_bucket{le="+Inf"} 4
wait_seconds_sum 5.5
wait_seconds_count 4
# TYPE size summary
size{quantile="0.5"} 8
size_sum 9
size_count 1
`)
    expect(samples).toEqual([
      { name: 'load1', attributes: { exporter: 'it' }, value: 0.5 },
      { name: 'sent_bytes_total', attributes: { exporter: 'it', device: 'eth0' }, value: 7 },
      { name: 'plain', attributes: { exporter: 'it' }, value: 1 },
      { name: 'plain_total', attributes: { exporter: 'it' }, value: 2 },
      { name: 'wait_seconds_sum', attributes: { exporter: 'it' }, value: 5.5 },
      { name: 'wait_seconds_count', attributes: { exporter: 'it' }, value: 4 },
      { name: 'size_sum', attributes: { exporter: 'it' }, value: 9 },
      { name: 'size_count', attributes: { exporter: 'it' }, value: 1 },
    ])
    expect(skipped).toBe(0)
    expect(described?.map(({ name, kind, unit }) => [name, kind, unit])).toEqual([
      ['load1', 'gauge', ''],
      ['sent_bytes_total', 'counter', 'By'],
      ['plain', 'gauge', ''],
      ['plain_total', 'counter', ''],
      ['wait_seconds_sum', 'counter', 's'],
      ['wait_seconds_count', 'counter', ''],
      ['size_sum', 'counter', ''],
      ['size_count', 'counter', ''],
    ])
    expect(described?.[0]?.description).toBe('Load over a minute.')
    expect(described?.[2]?.description).toBe('Exposed by it, which does not describe it.')
  })

  test('may have nothing to say', async () => {
    expect(await readingOf('')).toEqual({ samples: [], described: [], skipped: 0 })
  })

  test('leaves out what is no number without calling it a fault', async () => {
    const { samples, skipped } = await readingOf('a NaN\nb +Inf\nc 1\n')
    expect(samples.map(({ name }) => name)).toEqual(['c'])
    expect(skipped).toBe(0)
  })

  test('counts odd lines and series that come twice, whatever the order of their labels', async () => {
    const { samples, skipped } = await readingOf(
      'a{x="1",y="2"} 1\na{y="2",x="1"} 2\na{x="1",y="2",z=""} 3\n?\n',
    )
    expect(samples.map(({ value }) => value)).toEqual([1])
    expect(skipped).toBe(3)
  })

  test('makes labels fit to show: printable, short, and none that takes the place of ours', async () => {
    const { samples } = await readingOf(
      `a{exporter="theirs",long="${'x'.repeat(500)}",odd="a\\nb\u202e\u0000c",none=""} 1\n`,
    )
    expect(samples[0]?.attributes).toEqual({
      exporter: 'it',
      exported_exporter: 'theirs',
      long: 'x'.repeat(200),
      odd: 'a b c',
    })
  })

  test('gives only the metrics that are asked for', async () => {
    const { samples } = await readingOf('node_load1 1\nnode_load15 2\ngo_threads 3\nup 4\n', {
      metrics: ['node_*', 'up'],
    })
    expect(samples.map(({ name }) => name)).toEqual(['node_load1', 'node_load15', 'up'])
  })

  test('of 100,000 series gives the first 1000, and counts the rest', async () => {
    const lines = Array.from({ length: 100_000 }, (_, index) => `series{index="${index}"} ${index}\n`)
    const { samples, skipped } = await readingOf(lines.join(''))
    expect(samples).toHaveLength(1000)
    expect(samples[999]?.value).toBe(999)
    expect(skipped).toBe(99_000)
  })

  test('has the same attributes object in each reading', async () => {
    await using server = await exposing('a{label="a value of some length"} 1\n')
    const source = sourceOf(server.url)
    const [first, second] = [await source.read(), await source.read()] as [SourceReading, SourceReading]
    expect(second.samples[0]?.attributes).toBe(first.samples[0]?.attributes)
  })

  test('may answer compressed, and is asked for text with the headers given', async () => {
    await using server = await localServer((_, response) => {
      response.setHeader('content-encoding', 'gzip')
      response.end(gzipSync('a 1\n'))
    })
    const { samples } = (await sourceOf(server.url, {
      headers: { 'X-Key': 'abcdef' },
    }).read()) as SourceReading
    expect(samples).toHaveLength(1)
    const headers = server.requests[0]?.headers ?? {}
    expect(headers.accept).toContain('text/plain;version=0.0.4')
    expect(headers['accept-encoding']).toContain('gzip')
    expect(headers['x-key']).toBe('abcdef')
  })

  test('is read by the collector at its own interval', async () => {
    await using server = await exposing('a 1\n')
    const clock = manualClock()
    const source = sourceOf(server.url, { clock, timeoutMs: 2000 })
    expect([source.everyMs, source.deadlineMs]).toEqual([30_000, 3000])
    const collector = new MetricsCollector({ clock, sources: [source] })
    const first = await collector.collect()
    expect(first.samples.find(({ name }) => name === 'a')?.value).toBe(1)
    expect(first.health).toMatchObject([{ source: 'exporter:it', state: 'ok' }])
    await clock.advance(15_000)
    await collector.collect()
    expect(server.requests).toHaveLength(1)
    await clock.advance(15_000)
    await collector.collect()
    expect(server.requests).toHaveLength(2)
  })
})

describe('an exporter of DCGM', () => {
  const text = `# TYPE DCGM_FI_DEV_GPU_UTIL gauge
DCGM_FI_DEV_GPU_UTIL{gpu="0",UUID="GPU-a"} 50
DCGM_FI_DEV_GPU_UTIL{gpu="1",UUID="GPU-b"} 9223372036854775794
# TYPE DCGM_FI_PROF_PCIE_TX_BYTES counter
DCGM_FI_PROF_PCIE_TX_BYTES{gpu="0",UUID="GPU-a"} 100
# TYPE DCGM_FI_DEV_XID_ERRORS gauge
DCGM_FI_DEV_XID_ERRORS{gpu="0",UUID="GPU-a"} 79
`
  const mapGpus = (gpus: readonly GpuReading[]) =>
    gpus.map(({ id, utilization = -1 }) => ({
      name: 'hw.gpu.utilization',
      attributes: { 'hw.id': id },
      value: utilization,
    }))

  test('gives its GPUs under our names too, marked as its own', async () => {
    const { samples, skipped } = await readingOf(text, { mapGpus })
    expect(samples.at(-1)).toEqual({
      name: 'hw.gpu.utilization',
      attributes: { 'hw.id': 'GPU-a', exporter: 'it' },
      value: 0.5,
    })
    expect(samples.map(({ name }) => name)).toEqual([
      'DCGM_FI_DEV_GPU_UTIL',
      'DCGM_FI_PROF_PCIE_TX_BYTES',
      'DCGM_FI_DEV_XID_ERRORS',
      'hw.gpu.utilization',
    ])
    expect(skipped).toBe(0)
  })

  test('gives blank values under no name, and reports no fault of a GPU', async () => {
    const reading = await readingOf(text)
    expect(reading.samples.map(({ value }) => value)).toEqual([50, 100, 79])
    expect(reading.faults).toBeUndefined()
  })

  test('has rates that are gauges, whatever it calls them', async () => {
    const { described } = await readingOf(text)
    expect(described?.find(({ name }) => name === 'DCGM_FI_PROF_PCIE_TX_BYTES')?.kind).toBe('gauge')
  })

  test('needs none of its own names kept to be mapped', async () => {
    const { samples } = await readingOf(text, { mapGpus, metrics: ['none'] })
    expect(samples.map(({ name }) => name)).toEqual(['hw.gpu.utilization'])
  })
})

test.each([
  ['a', 'a', true],
  ['ab', 'a', false],
  ['ab', 'a*', true],
  ['a', 'a*', true],
  ['abc', '*b*', true],
  ['abc', 'a*c', true],
  ['aa', 'a*a*a', false],
  ['aba', 'ab*ba', false],
  ['node_cpu_seconds_total', 'node_*_total', true],
  ['anything', '*', true],
  ['anything', '**', true],
])('%s by the pattern %s: %s', (name, pattern, matches) => {
  expect(matchesGlob(name, pattern)).toBe(matches)
})
