/** Answers read from the store alone: the same for a running engine and for another process. */
import { AlertManager } from '../alert/alert-manager.ts'
import { lacksRates, ratedCounters, slowestMs, slowGauges, vitalSigns } from '../collect/vital-signs.ts'
import type { MetricDescriptor, Sample, Tick } from '../model/sample.ts'
import type {
  PerformanceSummary,
  RecorderHealth,
  SeriesSummary,
  SourceHealth,
  SystemStatus,
} from '../model/status.ts'
import { isWriterAlive } from '../store/sqlite/sqlite-store.ts'
import type { StoreReader } from '../store/store.ts'
import { systemRandom } from '../system/random.ts'
import { describeActive } from '../track/active-generation.ts'
import { PerformanceWindows } from '../track/windows.ts'
import { alertHistory, endedSince } from './last-day.ts'
import { LatestSamples } from './latest-samples.ts'
import { describeMetric, readMetricHistory } from './metric-history.ts'
import { type AssessedPerformance, assessStatus } from './status.ts'

/**
 * A summary of each series that has points in the last `windowSeconds`, one metric after the other; of one metric when
 * `name` is given.
 */
export async function readDetailedMetrics(
  store: StoreReader,
  metrics: readonly MetricDescriptor[],
  windowSeconds: number,
  nowMs: number,
  name?: string,
): Promise<readonly SeriesSummary[]> {
  const names = new Set((await store.listSeries(name)).map((series) => series.name))
  const window = { fromMs: Math.max(0, nowMs - windowSeconds * 1000), toMs: nowMs }
  const summaries: SeriesSummary[] = []
  for (const metricName of names) {
    const metric = describeMetric(metrics, metricName)
    for await (const { summary } of readMetricHistory(store, { metric, ...window })) summaries.push(summary)
  }
  return summaries
}

/**
 * The status as another process than the engine's sees it. A service that was killed has left the values of its last
 * moment, so nothing says how the system is: the status is `unknown`, however fresh they are.
 *
 * @param baseDir - that of the store; tells whether a service is writing to it now.
 */
export function readSystemStatus(store: StoreReader, baseDir: string, nowMs: number): Promise<SystemStatus> {
  return readStatusWith(store, baseDir, nowMs, (watchedSinceMs) =>
    readPerformance(store, watchedSinceMs, nowMs),
  )
}

/** As `readSystemStatus`, with another account of performance. */
export async function readStatusWith<Performance extends AssessedPerformance>(
  store: StoreReader,
  baseDir: string,
  nowMs: number,
  readPerformance: (watchedSinceMs: number) => Promise<Performance>,
): Promise<Omit<SystemStatus, 'performance'> & { readonly performance: Performance }> {
  // Looked at before the store: a service that stops in between has then written that it did.
  const isRunning = isServiceRunning(baseDir)
  const ticks = await readTicks(store)
  const writer = await store.readWriter()
  const performance = await readPerformance(writer?.startedAtMs ?? nowMs)
  const history = await alertHistory(store, nowMs)
  const alerts = new AlertManager({ rules: [], random: systemRandom(), ...history }).summary(nowMs)
  const collectors = readSourceHealth(ticks[0])
  const recorder = readRecorderHealth(ticks[0])
  const collectionIntervalMs = writer?.collectionIntervalMs ?? 30_000
  const evidence = {
    nowMs,
    collectionIntervalMs,
    alerts,
    collectors,
    recorder,
    performance,
    storeError: null,
  }
  const stoppedAtMs = writer?.stoppedAtMs
  const wasKilled = !isRunning && writer !== undefined && stoppedAtMs === undefined
  return {
    ...(wasKilled ? killed : assessStatus({ ...evidence, lastTickMs: ticks[0]?.timestampMs, stoppedAtMs })),
    timestampMs: nowMs,
    node: writer?.node ?? '',
    baseDir,
    metrics: vitalSigns(ticks, await readSlowGauges(store, ticks[0]?.timestampMs ?? nowMs)),
    performance,
    alerts,
    collectors,
    recorder,
    store: { sizeBytes: await store.sizeBytes(), lastError: null, setAside: writer?.setAside ?? null },
  }
}

/** The newest ticks; where they do not have the counters of all rates, with those that did, without their other samples. */
async function readTicks(store: StoreReader): Promise<readonly Tick[]> {
  const newest = await store.recentTicks(2)
  const [tick] = newest
  if (tick === undefined || !lacksRates(newest)) return newest
  const samplesByTime = new Map<number, Sample[]>()
  for (const name of ratedCounters) {
    const fromMs = tick.timestampMs - 2 * slowestMs
    const { series } = await store.range({ name, fromMs, toMs: tick.timestampMs - 1 })
    for (const { attributes, points } of series) {
      for (const { timestampMs, value } of points) {
        const samples = samplesByTime.get(timestampMs) ?? []
        samples.push({ name, attributes, value })
        samplesByTime.set(timestampMs, samples)
      }
    }
  }
  const earlier = [...samplesByTime].map(([timestampMs, samples]) => ({ timestampMs, samples }))
  return [tick, ...earlier.sort((one, other) => other.timestampMs - one.timestampMs)]
}

/** The gauges that vital signs need and not every tick has. */
async function readSlowGauges(store: StoreReader, tickMs: number): Promise<LatestSamples> {
  const latest = new LatestSamples()
  for (const name of slowGauges)
    for (const { timestampMs, ...sample } of await store.latest({ name, sinceMs: tickMs - slowestMs }))
      latest.update({ timestampMs, samples: [{ ...sample }] })
  return latest
}

const killed = {
  status: 'unknown',
  statusMessage: 'No service is running; the last one ended without stopping.',
} as const

/** A user who may read the store but not look at its lock learns nothing of the service, as if it ran. */
function isServiceRunning(baseDir: string): boolean {
  try {
    return isWriterAlive(baseDir)
  } catch {
    return true
  }
}

async function readPerformance(
  store: StoreReader,
  watchedSinceMs: number,
  nowMs: number,
): Promise<PerformanceSummary> {
  const windows = new PerformanceWindows(watchedSinceMs)
  for await (const { records } of endedSince(store, windows.beginMs(nowMs)))
    for (const record of records) windows.add(record, nowMs)
  const open = await store.listGenerations({ statuses: ['queued', 'running'], limit: 1000 })
  const active = open.records.map((record) => describeActive(record, nowMs))
  const queuedCount = active.filter((generation) => generation.status === 'queued').length
  const runningCount = active.length - queuedCount
  return { windows: windows.summarize(nowMs), active, queuedCount, runningCount }
}

/** What a stored tick says of the sources; the text of an error is known only to the engine. */
function readSourceHealth(tick: Tick | undefined): readonly SourceHealth[] {
  const samples = tick?.samples ?? []
  return samples
    .filter((sample) => sample.name === 'framewatch.collector.success')
    .map(({ attributes: { source = '' }, value }) => {
      const seconds = sampleValue(tick, 'framewatch.collector.duration', 'source', source) ?? 0
      return { source, state: value === 1 ? 'ok' : 'failed', durationMs: seconds * 1000, skipped: 0 }
    })
}

function readRecorderHealth(tick: Tick | undefined): RecorderHealth {
  const dropped = (kind: string) => sampleValue(tick, 'framewatch.recorder.dropped', 'kind', kind) ?? 0
  return {
    droppedProgress: dropped('progress'),
    droppedEvents: dropped('event'),
    invalidEvents: dropped('invalid'),
  }
}

function sampleValue(
  tick: Tick | undefined,
  name: string,
  attribute?: string,
  wanted?: string,
): number | undefined {
  const matches = (sample: Tick['samples'][number]) =>
    sample.name === name && (attribute === undefined || sample.attributes[attribute] === wanted)
  return tick?.samples.find(matches)?.value
}
