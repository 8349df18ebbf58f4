import {
  type GenerationOutcome,
  type GenerationRecord,
  generationOutcomes,
  noOutcomes,
  outcomeRates,
} from '../model/generation.ts'
import type { ActiveGeneration, PerformanceWindow, SystemStatus } from '../model/status.ts'
import type { StoreReader } from '../store/store.ts'
import { describeActive } from '../track/active-generation.ts'
import { readStatusWith } from './read-model.ts'

/** What ended of late; only what can be asked of a store again and again. */
export interface LiveWindow
  extends Pick<
      PerformanceWindow,
      'windowSeconds' | 'byOutcome' | 'verified' | 'defective' | 'videosPerMinute'
    >,
    Pick<PerformanceWindow, 'successRate' | 'errorRate' | 'verifiedSuccessRate'> {
  /** Durations of succeeded generations, milliseconds. */
  readonly p50Ms: number | null
  readonly p95Ms: number | null
}

/** A generation that has not ended, and where it runs. */
export interface LiveGeneration extends ActiveGeneration {
  readonly node: string
  /** Indices of its GPUs on the node; empty when nothing says. */
  readonly gpus: readonly number[]
}

/** A generation that has ended. */
export interface LiveEnd {
  readonly id: string
  readonly status: GenerationOutcome
  readonly model: string | undefined
  readonly verification: GenerationRecord['verification']
  readonly errorClass: string | undefined
  readonly durationMs: number | undefined
  readonly endedAtMs: number
}

interface LivePerformance {
  /** Running ones first, then by request; at most 1000, which are counted. */
  readonly active: readonly LiveGeneration[]
  readonly runningCount: number
  readonly queuedCount: number
  readonly windows: { readonly last5m: LiveWindow; readonly last1h: LiveWindow }
  /** Newest end first, of those that were requested last; at most 50. */
  readonly ended: readonly LiveEnd[]
}

/** The system now. */
export type LiveView = Omit<SystemStatus, 'performance'> & { readonly performance: LivePerformance }

const maxActive = 1000
const maxEnded = 50

/** The system as another process sees it, cheap enough to be read each second: nothing of it is older than an hour. */
export function readLiveView(store: StoreReader, baseDir: string, nowMs: number): Promise<LiveView> {
  return readStatusWith(store, baseDir, nowMs, (watchedSinceMs) => readLive(store, watchedSinceMs, nowMs))
}

async function readLive(store: StoreReader, watchedSinceMs: number, nowMs: number): Promise<LivePerformance> {
  const open = await store.listGenerations({ statuses: ['queued', 'running'], limit: maxActive })
  const ended = await store.listGenerations({ statuses: generationOutcomes, limit: maxEnded })
  const active = open.records.map((record) => liveOf(record, nowMs)).sort(byStart)
  const queuedCount = active.filter(({ status }) => status === 'queued').length
  const window = (windowSeconds: number) => readWindow(store, windowSeconds, watchedSinceMs, nowMs)
  return {
    active,
    queuedCount,
    runningCount: active.length - queuedCount,
    windows: { last5m: await window(300), last1h: await window(3600) },
    ended: ended.records.flatMap(endOf).sort((a, b) => b.endedAtMs - a.endedAtMs),
  }
}

function liveOf(record: GenerationRecord, nowMs: number): LiveGeneration {
  const { node, request } = record
  return { ...describeActive(record, nowMs), node, gpus: request.gpus ?? [] }
}

function byStart(a: LiveGeneration, b: LiveGeneration): number {
  if (a.status !== b.status) return a.status === 'running' ? -1 : 1
  return a.queuedAtMs - b.queuedAtMs
}

function endOf({
  id,
  status,
  request,
  verification,
  error,
  durationMs,
  endedAtMs,
}: GenerationRecord): LiveEnd[] {
  if (status === 'queued' || status === 'running' || endedAtMs === undefined) return []
  return [
    { id, status, model: request.model, verification, errorClass: error?.errorClass, durationMs, endedAtMs },
  ]
}

/** Exact to the millisecond, unlike the windows of a running engine. */
async function readWindow(
  store: StoreReader,
  windowSeconds: number,
  watchedSinceMs: number,
  nowMs: number,
): Promise<LiveWindow> {
  const fromMs = nowMs - windowSeconds * 1000
  const [found] = await store.aggregateGenerations({ fromMs, toMs: nowMs, quantiles: [0.5, 0.95] })
  const { byOutcome = noOutcomes(), verified = 0, defective = 0 } = found ?? {}
  const [p50Ms = null, p95Ms = null] = found?.duration.quantilesMs ?? []
  const coveredMs = nowMs - Math.max(fromMs, await coveredSinceMs(store, fromMs, watchedSinceMs))
  const videosPerMinute = coveredMs <= 0 ? 0 : byOutcome.succeeded / (coveredMs / 60_000)
  const rates = outcomeRates({ byOutcome, verified })
  return { windowSeconds, byOutcome, verified, defective, ...rates, videosPerMinute, p50Ms, p95Ms }
}

/** A service that began in the window has watched since then, or one before it since the first end it recorded. */
async function coveredSinceMs(store: StoreReader, fromMs: number, watchedSinceMs: number): Promise<number> {
  if (watchedSinceMs <= fromMs) return fromMs
  const before = { fromMs, toMs: watchedSinceMs - 1, stepMs: 60_000, quantiles: [] }
  const [first] = await store.aggregateGenerations(before)
  return first?.timestampMs ?? watchedSinceMs
}
