/**
 * What the sources say of this machine, beside an independent reading of `/proc` and a real node_exporter, each between two
 * readings of ours. A counter must lie between the two, to one tick of the kernel; a gauge, to one per cent.
 */
import { existsSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { MetricsCollector } from '../src/collect/collector.ts'
import { defaultSourceSettings } from '../src/collect/source-options.ts'
import { hostSources } from '../src/collect/sources.ts'
import { type Attributes, seriesKey } from '../src/model/sample.ts'
import { systemClock } from '../src/system/clock.ts'
import { nodeExporter, startNodeExporter } from './support/node-exporter.ts'

type Values = ReadonlyMap<string, number>

/** One value of another reader, and ours that it must agree with. */
interface Pair {
  readonly theirs: string
  readonly name: string
  readonly attributes?: Attributes
  readonly kind: 'counter' | 'gauge'
  /** One step of the counter at its source. @default 0 */
  readonly tick?: number
}

const isLinux = process.platform === 'linux'

const collector = isLinux
  ? new MetricsCollector({
      clock: systemClock(),
      sources: hostSources({
        platform: 'linux',
        clock: systemClock(),
        settings: { ...defaultSourceSettings, off: ['filesystem', 'runtime'] },
        readRuntime: () => ({ eventLoopDelayMaxMs: 0, rssBytes: 1 }),
      }),
    })
  : undefined
afterAll(() => collector?.close())

async function ours(): Promise<Values> {
  const { samples = [] } = (await collector?.collect()) ?? {}
  return new Map(samples.map((sample) => [seriesKey(sample), sample.value]))
}

/** @returns what does not agree, each as a line; and how many values were compared. */
function disagreements(before: Values, theirs: Values, after: Values, pairs: readonly Pair[]) {
  const lines: string[] = []
  let compared = 0
  for (const { theirs: key, name, attributes = {}, kind, tick = 0 } of pairs) {
    const own = seriesKey({ name, attributes })
    const [first, value, last] = [before.get(own), theirs.get(key), after.get(own)]
    if (first === undefined || value === undefined || last === undefined) {
      lines.push(`${own} ${first}..${last} has no match in ${key} ${value}`)
      continue
    }
    compared += 1
    const slack = kind === 'counter' ? tick * 1.001 : Math.abs(value) * 0.01
    const isBetween = value >= Math.min(first, last) - slack && value <= Math.max(first, last) + slack
    if (!isBetween) lines.push(`${key} ${value} is not within ${first}..${last} of ${own}`)
  }
  return { lines, compared }
}

/** Gauges of a busy machine may jump between two readings: what holds, holds in one of a few rounds. */
async function expectAgreement(
  read: () => Promise<Values>,
  pairsOf: (theirs: Values) => readonly Pair[],
  least: number,
): Promise<void> {
  let last: ReturnType<typeof disagreements> | undefined
  for (let round = 0; round < 10; round++) {
    const before = await ours()
    const theirs = await read()
    last = disagreements(before, theirs, await ours(), pairsOf(theirs))
    if (last.lines.length === 0) break
  }
  expect(last?.lines).toEqual([])
  expect(last?.compared).toBeGreaterThanOrEqual(least)
}

const modes = ['user', 'nice', 'system', 'idle', 'iowait', 'interrupt', 'softirq', 'steal']

describe.skipIf(!isLinux)('beside /proc, read independently (needs Linux)', () => {
  const lines = (file: string) => readFileSync(`/proc/${file}`, 'utf8').trim().split('\n')

  function readProc(): Values {
    const values = new Map<string, number>()
    for (const [label = '', ...columns] of lines('stat').map((line) => line.split(/\s+/)))
      if (/^cpu\d/.test(label))
        for (const [index, mode] of modes.entries())
          values.set(`${label} ${mode}`, Number(columns[index]) / 100)
    for (const line of lines('meminfo')) {
      const [name = '', size] = line.split(/:\s+/)
      values.set(`memory ${name}`, Number.parseInt(size ?? '', 10) * 1024)
    }
    for (const line of lines('net/dev').slice(2)) {
      const [name = '', rest = ''] = line.trim().split(/:\s*/)
      const columns = rest.split(/\s+/).map(Number)
      values.set(`net ${name} receive`, columns[0] ?? Number.NaN)
      values.set(`net ${name} transmit`, columns[8] ?? Number.NaN)
    }
    for (const line of lines('diskstats')) {
      const [, , name, ...columns] = line.trim().split(/\s+/)
      if (!existsSync(`/sys/block/${name}/device`)) continue
      values.set(`disk ${name} read`, Number(columns[2]) * 512)
      values.set(`disk ${name} write`, Number(columns[6]) * 512)
    }
    return values
  }

  function pairsOf(theirs: Values): readonly Pair[] {
    return [...theirs.keys()].flatMap((key): Pair[] => {
      const [kind = '', name = '', direction = ''] = key.split(' ')
      if (kind.startsWith('cpu')) {
        const attributes = { 'cpu.logical_number': kind.slice(3), 'cpu.mode': name }
        return [{ theirs: key, name: 'system.cpu.time', attributes, kind: 'counter', tick: 0.01 }]
      }
      if (kind === 'disk') {
        const attributes = { 'system.device': name, 'disk.io.direction': direction }
        return [{ theirs: key, name: 'system.disk.io', attributes, kind: 'counter' }]
      }
      if (kind === 'net' && (name === 'lo' || existsSync(`/sys/class/net/${name}/device`))) {
        const attributes = { 'network.interface.name': name, 'network.io.direction': direction }
        return [{ theirs: key, name: 'system.network.io', attributes, kind: 'counter' }]
      }
      if (key === 'memory MemTotal') return [{ theirs: key, name: 'system.memory.limit', kind: 'gauge' }]
      if (key === 'memory MemAvailable')
        return [{ theirs: key, name: 'system.memory.linux.available', kind: 'gauge' }]
      return []
    })
  }

  test('CPU time, memory, disks and interfaces agree', async () => {
    await expectAgreement(async () => readProc(), pairsOf, 8 + 2 + 2)
  })
})

describe.skipIf(!nodeExporter)(
  'beside a real node_exporter (needs it: apt-get install prometheus-node-exporter)',
  () => {
    let exporter: Awaited<ReturnType<typeof startNodeExporter>>
    beforeAll(async () => {
      exporter = await startNodeExporter()
    })
    afterAll(() => exporter.stop())

    async function scrape(): Promise<Values> {
      const text = await (await fetch(exporter.url)).text()
      const values = new Map<string, number>()
      for (const line of text.split('\n')) {
        const blank = line.lastIndexOf(' ')
        if (!line.startsWith('#')) values.set(line.slice(0, blank), Number(line.slice(blank + 1)))
      }
      return values
    }

    const labelsOf = (key: string) =>
      Object.fromEntries([...key.matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name, value ?? '']))

    function pairOf(key: string): Pair | undefined {
      const { cpu = '', mode = '', device = '' } = labelsOf(key)
      const [metric = ''] = key.split('{')
      if (metric === 'node_cpu_seconds_total') {
        const attributes = { 'cpu.logical_number': cpu, 'cpu.mode': mode === 'irq' ? 'interrupt' : mode }
        return { theirs: key, name: 'system.cpu.time', attributes, kind: 'counter', tick: 0.01 }
      }
      const [, way, what] =
        /^node_network_(receive|transmit)_(bytes|packets|errs|drop)_total$/.exec(metric) ?? []
      const isCounted = device === 'lo' || existsSync(`/sys/class/net/${device}/device`)
      if (what !== undefined && isCounted) {
        const names: Record<string, string> = {
          bytes: 'io',
          packets: 'packet.count',
          errs: 'errors',
          drop: 'packet.dropped',
        }
        const attributes = { 'network.interface.name': device, 'network.io.direction': way ?? '' }
        return { theirs: key, name: `system.network.${names[what]}`, attributes, kind: 'counter' }
      }
      if (metric.startsWith('node_disk_') && existsSync(`/sys/block/${device}/device`))
        return diskPair(key, metric, device)
      return plain[key]
    }

    function diskPair(key: string, metric: string, device: string): Pair | undefined {
      const name = diskNames[metric]
      if (name === undefined) return undefined
      const direction = /_(reads?|writes?|written)_/.exec(metric)?.[1]
      const attributes: Attributes =
        direction === undefined
          ? { 'system.device': device }
          : { 'system.device': device, 'disk.io.direction': direction.startsWith('r') ? 'read' : 'write' }
      return {
        theirs: key,
        name,
        attributes,
        kind: metric.endsWith('_total') ? 'counter' : 'gauge',
        tick: 0.001,
      }
    }

    const diskNames: Readonly<Record<string, string>> = {
      node_disk_read_bytes_total: 'system.disk.io',
      node_disk_written_bytes_total: 'system.disk.io',
      node_disk_reads_completed_total: 'system.disk.operations',
      node_disk_writes_completed_total: 'system.disk.operations',
      node_disk_read_time_seconds_total: 'system.disk.operation_time',
      node_disk_write_time_seconds_total: 'system.disk.operation_time',
      node_disk_io_time_seconds_total: 'system.disk.io_time',
    }

    const gauge = (theirs: string, name: string, attributes?: Attributes): Pair => ({
      theirs,
      name,
      attributes,
      kind: 'gauge',
    })
    const counter = (theirs: string, name: string, attributes?: Attributes): Pair => ({
      theirs,
      name,
      attributes,
      kind: 'counter',
    })
    const plain: Readonly<Record<string, Pair>> = Object.fromEntries(
      [
        gauge('node_memory_MemTotal_bytes', 'system.memory.limit'),
        gauge('node_memory_MemAvailable_bytes', 'system.memory.linux.available'),
        gauge('node_memory_Buffers_bytes', 'system.memory.usage', { 'system.memory.state': 'buffers' }),
        gauge('node_memory_CommitLimit_bytes', 'system.memory.linux.usage', {
          'system.memory.kind': 'commit_limit',
        }),
        counter('node_context_switches_total', 'system.linux.context_switches'),
        counter('node_intr_total', 'system.linux.interrupts'),
        counter('node_forks_total', 'system.process.created'),
        counter('node_vmstat_pgmajfault', 'system.paging.faults', { 'system.paging.fault.type': 'major' }),
        counter('node_vmstat_pswpin', 'system.paging.operations', { 'system.paging.direction': 'in' }),
      ].map((pair) => [pair.theirs, pair]),
    )

    test('CPU time, memory, disks, interfaces and kernel counters agree', async () => {
      const pairsOf = (theirs: Values) => [...theirs.keys()].flatMap((key) => pairOf(key) ?? [])
      await expectAgreement(scrape, pairsOf, 30)
    })
  },
)
