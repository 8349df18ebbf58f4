import { vitalSigns } from '../collect/vital-signs.ts'
import type { AlertInstance, AlertLevel, AlertSummary } from '../model/alert.ts'
import type { OutcomeRates } from '../model/generation.ts'
import type {
  PerformanceSummary,
  PerformanceWindow,
  RecorderHealth,
  Snapshot,
  SourceHealth,
  SystemStatus,
} from '../model/status.ts'
import { isoTime } from '../system/clock.ts'
import { PerformanceWindows } from '../track/windows.ts'

/** What of performance a status says. */
export interface AssessedPerformance extends Pick<PerformanceSummary, 'runningCount' | 'queuedCount'> {
  readonly windows: { readonly last1h: Pick<PerformanceWindow, 'byOutcome' | 'successRate'> }
}

/** What decides the status. */
export interface StatusEvidence {
  /** Unix milliseconds of the last tick; undefined before the first. */
  readonly lastTickMs: number | undefined
  /** Unix milliseconds of a clean stop of the service; undefined while it should be running. */
  readonly stoppedAtMs?: number
  readonly nowMs: number
  readonly collectionIntervalMs: number
  readonly alerts: AlertSummary
  readonly collectors: readonly SourceHealth[]
  readonly recorder: RecorderHealth
  readonly performance: AssessedPerformance
  readonly storeError: string | null
}

/** A tick may be late by this many intervals, and by at least a minute, before the status is unknown. */
const staleIntervals = 3
const staleFloorMs = 60_000

const severity: Readonly<Record<AlertLevel, number>> = { info: 0, warning: 1, error: 2, critical: 3 }

/**
 * The status and its reason: `unknown` when nothing fresh is known, `critical` with a critical alert or a store
 * that refuses writes, `degraded` with a warning or error alert, a broken source or dropped events, else `healthy`.
 */
export function assessStatus(evidence: StatusEvidence): Pick<SystemStatus, 'status' | 'statusMessage'> {
  const { lastTickMs, nowMs, collectionIntervalMs, stoppedAtMs } = evidence
  if (stoppedAtMs !== undefined)
    return { status: 'unknown', statusMessage: `The service was stopped at ${isoTime(stoppedAtMs)}.` }
  if (lastTickMs === undefined)
    return { status: 'unknown', statusMessage: 'No metrics have been collected yet.' }
  const ageMs = nowMs - lastTickMs
  if (ageMs > Math.max(staleFloorMs, staleIntervals * collectionIntervalMs)) {
    const statusMessage = `No metrics have been collected for ${Math.round(ageMs / 1000)} s; no service seems to be running.`
    return { status: 'unknown', statusMessage }
  }
  const firing = evidence.alerts.firing.toSorted((a, b) => severity[b.level] - severity[a.level])
  const reasons = [
    ...(evidence.storeError ? [evidence.storeError] : []),
    ...firing.filter(isTrouble).map(describeAlert),
  ]
  const isCritical = evidence.storeError !== null || firing.some((alert) => alert.level === 'critical')
  reasons.push(...troublesOf(evidence))
  const [worst, ...others] = reasons
  if (worst === undefined) return { status: 'healthy', statusMessage: describeHealth(evidence.performance) }
  const statusMessage =
    others.length === 0 ? worst : `${worst} (and ${others.length} more: ${others.join('; ')})`
  return { status: isCritical ? 'critical' : 'degraded', statusMessage }
}

function isTrouble(alert: AlertInstance): boolean {
  return alert.level !== 'info'
}

function describeAlert(alert: AlertInstance): string {
  return `${alert.level} alert ${alert.rule}: ${alert.summary}`
}

function troublesOf({ collectors, recorder }: StatusEvidence): string[] {
  const broken = collectors.filter((source) => source.state === 'failed' || source.state === 'timed_out')
  const reasons = broken.map(
    (source) => `collector source "${source.source}" ${source.state.replace('_', ' ')}`,
  )
  if (recorder.droppedEvents > 0)
    reasons.push(`${recorder.droppedEvents} starts or ends of generations were dropped`)
  return reasons
}

function describeHealth({ runningCount, queuedCount, windows }: AssessedPerformance): string {
  const { byOutcome, successRate } = windows.last1h
  const rate = describeRate(successRate)
  return `All clear: ${runningCount} running, ${queuedCount} queued, ${byOutcome.succeeded} succeeded in the last hour${rate}.`
}

function describeRate(successRate: OutcomeRates['successRate']): string {
  return successRate === null ? '' : ` (success rate ${(successRate * 100).toFixed(1)} %)`
}

/** What a snapshot keeps of a status. */
export function snapshotOf(status: SystemStatus): Omit<Snapshot, 'id' | 'groups'> {
  return {
    timestampMs: status.timestampMs,
    status: status.status,
    statusMessage: status.statusMessage,
    metrics: status.metrics,
    performance: status.performance.windows,
    runningCount: status.performance.runningCount,
    queuedCount: status.performance.queuedCount,
    firingAlerts: status.alerts.firing.length,
  }
}

/** The status of a service that cannot be asked: nothing is known, and it says why. */
export function unknownStatus(
  { node, baseDir }: { readonly node: string; readonly baseDir: string },
  nowMs: number,
  reason: string,
): SystemStatus {
  return {
    status: 'unknown',
    statusMessage: reason,
    timestampMs: nowMs,
    node,
    baseDir,
    metrics: vitalSigns([]),
    performance: {
      active: [],
      runningCount: 0,
      queuedCount: 0,
      windows: new PerformanceWindows(nowMs).summarize(nowMs),
    },
    alerts: {
      firing: [],
      pending: [],
      firedLast24h: 0,
      firedByLevelLast24h: { info: 0, warning: 0, error: 0, critical: 0 },
    },
    collectors: [],
    recorder: { droppedProgress: 0, droppedEvents: 0, invalidEvents: 0 },
    store: { sizeBytes: 0, lastError: null, setAside: null },
  }
}
