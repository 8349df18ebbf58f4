/**
 * What it costs to collect the metrics of a host, beside node_exporter, which is asked over HTTP as Prometheus does, and
 * `systeminformation`. What is counted: docs/reference/benchmarks.md.
 */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import type { Benchmark, Subject } from './measure.ts'
import { processCpuMs } from './process-cpu.ts'
import { runOnOneCore, Server } from './server.ts'

interface Counts {
  /** Batches of ten cycles of ours, scrapes of node_exporter, rounds of `systeminformation`, seconds of the service. */
  readonly batches: number
  readonly scrapes: number
  readonly rounds: number
  readonly seconds: number
}

type Figures = Readonly<Record<string, number>>

async function runPhase(phase: string, count: number): Promise<Figures> {
  const child = join(import.meta.dirname, 'collect-child.ts')
  return JSON.parse(await runOnOneCore([process.execPath, child, phase, `${count}`])) as Figures
}

function framewatch({ batches, seconds }: Counts): Subject {
  return {
    name: 'framewatch',
    run: async () => ({
      ...(await runPhase('cycle', batches)),
      ...(await runPhase('gpus', batches)),
      ...(await runPhase('service', seconds)),
    }),
  }
}

function systemInformation({ rounds }: Counts): Subject {
  return { name: 'systeminformation', run: () => runPhase('systeminformation', rounds) }
}

/** One scrape is one cycle; its own metrics (of Go, of the process, of its handler) are not counted as samples. */
function nodeExporter(program: string, { scrapes }: Counts): Subject {
  let server: Server | undefined
  const scrape = async () => {
    const text = (await server?.get('/metrics')) ?? ''
    return text.split('\n').filter((line) => /^[a-z]/.test(line) && !/^(go|process|promhttp)_/.test(line))
      .length
  }
  return {
    name: 'node_exporter',
    async run() {
      server ??= await Server.start((address) => [program, `--web.listen-address=${address}`], '/')
      for (let count = 0; count < 20; count++) await scrape()
      const before = processCpuMs(server.pid)
      let samples = 0
      for (let count = 0; count < scrapes; count++) samples = await scrape()
      const cycleCpuMs = (processCpuMs(server.pid) - before) / scrapes
      return { cycleCpuMs, cycleSamples: samples, cpuPerSampleUs: (cycleCpuMs * 1000) / samples }
    },
    close: async () => server?.stop('SIGTERM'),
  }
}

function findNodeExporter(): string | undefined {
  const names = ['prometheus-node-exporter', 'node_exporter']
  const found = names.find((name) => spawnSync(name, ['--version']).status === 0)
  if (!found) console.error('node_exporter is left out: apt-get install prometheus-node-exporter')
  return found
}

export const benchmark: Benchmark = {
  name: 'collect',
  about: 'One cycle over every source of this host, in CPU time: of all processes, children included.',
  units: {
    cpuPerSampleUs: 'µs',
    cycleCpuMs: 'ms',
    cycleSamples: '',
    tableCycleCpuMs: 'ms',
    tableCycleSamples: '',
    coreShareAt1s: '',
    gpuCycleUs: 'µs',
    gpuFields: '',
  },
  ratios: ['cpuPerSampleUs'],
  goals: [
    { metric: 'cpuPerSampleUs', atMost: 0.15, times: ['node_exporter'] },
    { metric: 'cpuPerSampleUs', atMost: 0.01, times: ['systeminformation'] },
    { metric: 'cycleCpuMs', atMost: 0.6 },
    { metric: 'cycleSamples', atLeast: 220 },
    { metric: 'tableCycleCpuMs', atMost: 2 },
    { metric: 'coreShareAt1s', atMost: 0.005 },
    { metric: 'gpuCycleUs', atMost: 100 },
    { metric: 'gpuFields', atLeast: 20 },
  ],
  runs: { quick: 1, full: 3, warmUp: 0 },
  async open({ quick }) {
    const counts = quick
      ? { batches: 10, scrapes: 20, rounds: 3, seconds: 3 }
      : { batches: 100, scrapes: 300, rounds: 20, seconds: 30 }
    const program = findNodeExporter()
    const peers = [
      ...(program === undefined ? [] : [nodeExporter(program, counts)]),
      systemInformation(counts),
    ]
    return [framewatch(counts), ...peers]
  },
}
