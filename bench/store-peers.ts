/**
 * The time-series servers that the store is compared with: Prometheus and VictoriaMetrics as Debian packages them,
 * with their default settings, each on one core and over the loopback.
 *
 * What their acknowledgement promises differs. Prometheus answers when the samples are in its log, not synchronised:
 * they survive the death of the process, as ours do. VictoriaMetrics answers when they are in memory, and writes them
 * within seconds: a kill -9 loses what it acknowledged last.
 */
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Subject } from './measure.ts'
import { directoryBytes, Server, temporaryDirectory, waitUntil } from './server.ts'
import {
  type Answer,
  type Plan,
  type Question,
  type QuestionName,
  questions,
  timeMedian,
} from './store-plan.ts'

export interface PeerFeed {
  readonly plan: Plan
  /** One for each tick. */
  readonly bodies: readonly Buffer[]
  readonly sampleCount: number
  /** @throws Error when it is not what the other subjects answered. */
  check(question: QuestionName, who: string, answer: Answer): void
}

interface Peer {
  readonly name: string
  readonly command: string
  readonly package: string
  /** The command line, for an address and a directory. */
  words(address: string, directory: string): readonly string[]
  readonly readyPath: string
  readonly stopSignal: NodeJS.Signals
  /** Added to every query. */
  readonly queryOption: string
  /** Waits for all that the server does with new data in its own time. */
  settle(server: Server): Promise<void>
  /** Metrics of size, once it has stopped. */
  sizes(directory: string, sampleCount: number): Readonly<Record<string, number>>
}

const prometheus: Peer = {
  name: 'prometheus',
  command: 'prometheus',
  package: 'prometheus',
  readyPath: '/-/ready',
  stopSignal: 'SIGTERM',
  queryOption: '',
  words(address, directory) {
    const config = join(directory, 'prometheus.yml')
    writeFileSync(config, 'global: {}\n')
    return [
      'prometheus',
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(directory, 'data')}`,
      '--storage.tsdb.retention.time=10y',
      '--web.enable-remote-write-receiver',
      `--web.listen-address=${address}`,
      '--log.level=error',
    ]
  },
  /** It makes blocks of two hours until less than three are left in its head. */
  async settle(server) {
    let before = -1
    await waitUntil('the blocks of Prometheus are made', async () => {
      const metrics = await server.get('/metrics')
      const headMs =
        metricOf(metrics, 'prometheus_tsdb_head_max_time') -
        metricOf(metrics, 'prometheus_tsdb_head_min_time')
      const done = metricOf(metrics, 'prometheus_tsdb_compactions_total')
      const isAtRest = headMs <= 3 * 3600_000 && done === before
      before = done
      return isAtRest
    })
  },
  /** The newest chunks are only in its log, so that the figure without it is a little too small. */
  sizes(directory, sampleCount) {
    const data = join(directory, 'data')
    return {
      bytesPerSample: directoryBytes(data, ['wal', 'wbl', 'queries.active', 'lock']) / sampleCount,
      bytesPerSampleWithLog: directoryBytes(data, ['queries.active', 'lock']) / sampleCount,
    }
  },
}

const victoriaMetrics: Peer = {
  name: 'victoria-metrics',
  command: 'victoria-metrics',
  package: 'victoria-metrics',
  readyPath: '/health',
  stopSignal: 'SIGINT',
  // Answers come from the data, not from the answers before.
  queryOption: '&nocache=1',
  words: (address, directory) => [
    'victoria-metrics',
    `-storageDataPath=${directory}`,
    '-retentionPeriod=10y',
    `-httpListenAddr=${address}`,
    '-loggerLevel=ERROR',
  ],
  /** Merged as far as it goes, without waiting for it to do so by itself. */
  async settle(server) {
    await server.get('/internal/force_flush')
    await server.get('/internal/force_merge')
    await waitUntil('the merges of VictoriaMetrics are done', async () => {
      const metrics = await server.get('/metrics')
      return metricOf(metrics, 'vm_active_force_merges') + metricOf(metrics, 'vm_active_merges') === 0
    })
  },
  sizes: (directory, sampleCount) => ({ bytesPerSample: directoryBytes(directory) / sampleCount }),
}

/** The sum over the series of a metric in an exposition. */
function metricOf(text: string, name: string): number {
  return text
    .split('\n')
    .filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0)
}

/** A peer that is not installed is left out. */
export function openPeers(feed: PeerFeed): readonly Subject[] {
  return [prometheus, victoriaMetrics].flatMap((peer) => {
    if (spawnSync(peer.command, ['--version']).error === undefined) return [subjectOf(peer, feed)]
    console.error(
      `${peer.name} is missing, its ratios are left out. Install it: apt-get install ${peer.package}`,
    )
    return []
  })
}

function subjectOf(peer: Peer, feed: PeerFeed): Subject {
  return {
    name: peer.name,
    async run() {
      const directory = temporaryDirectory()
      try {
        const used = await useServer(peer, feed, directory.path)
        return { ...used, ...peer.sizes(directory.path, feed.sampleCount) }
      } finally {
        directory.remove()
      }
    },
  }
}

async function useServer(peer: Peer, feed: PeerFeed, directory: string): Promise<Record<string, number>> {
  const server = await Server.start((address) => peer.words(address, directory), peer.readyPath)
  const metrics: Record<string, number> = {}
  try {
    const start = performance.now()
    for (const body of feed.bodies) await server.pushRemoteWrite(body)
    metrics.samplesPerSecond = feed.sampleCount / ((performance.now() - start) / 1000)
    await peer.settle(server)
    for (const [name, question] of Object.entries(questions(feed.plan)) as [QuestionName, Question][]) {
      const path = queryPath(question) + peer.queryOption
      feed.check(name, peer.name, readAnswer(await server.get(path), question))
      // To the last byte of the answer: what it costs to parse it is not counted.
      metrics[name] = await timeMedian(() => server.get(path))
    }
  } finally {
    await server.stop(peer.stopSignal)
  }
  return metrics
}

function queryPath({ promql, fromMs, toMs, stepMs }: Question): string {
  const query = `query=${encodeURIComponent(promql)}`
  if (stepMs === undefined) return `/api/v1/query?${query}&time=${toMs / 1000}`
  const firstMs = fromMs + stepMs - 1
  return `/api/v1/query_range?${query}&start=${firstMs / 1000}&end=${toMs / 1000}&step=${stepMs / 1000}`
}

interface QueryResponse {
  readonly data: {
    readonly result: readonly {
      readonly metric: Readonly<Record<string, string>>
      readonly value?: readonly [seconds: number, value: string]
      readonly values?: readonly (readonly [seconds: number, value: string])[]
    }[]
  }
}

/** In the shape of ours: steps by their start; a step that holds all starts with the epoch. */
function readAnswer(text: string, { label, stepMs }: Question): Answer {
  const { data } = JSON.parse(text) as QueryResponse
  const startOf = (seconds: number) => (stepMs === undefined ? 0 : Math.round(seconds * 1000) + 1 - stepMs)
  return Object.fromEntries(
    data.result.map(({ metric, value, values = value ? [value] : [] }) => [
      label === undefined ? '' : (metric[label] ?? ''),
      values.map(([seconds, number]) => [startOf(seconds), Number(number)] as const),
    ]),
  )
}
