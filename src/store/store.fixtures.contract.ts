/** Small whole records for the tests of stores. */
import type { AlertEvent, AlertInstance, NotificationDecision } from '../model/alert.ts'
import { type GenerationRecord, type GenerationStatus, isEnded, noOutcomes } from '../model/generation.ts'
import type { Attributes, Sample } from '../model/sample.ts'
import { type PerformanceWindow, performanceWindows, type Snapshot } from '../model/status.ts'

export const startMs = 1_760_000_000_000

export function sampleOf(name: string, value: number, attributes: Attributes = {}): Sample {
  return { name, attributes, value }
}

/** Requested at `queuedAtMs`; when it has ended, a second later. */
export function generationOf(
  id: string,
  status: GenerationStatus = 'succeeded',
  { queuedAtMs = startMs, model }: { queuedAtMs?: number; model?: string } = {},
): GenerationRecord {
  return {
    id,
    node: 'node-1',
    status,
    request: { width: 1280, height: 720, tags: { tenant: 'Zoë "π" 🎬' }, ...(model && { model }) },
    attempt: 1,
    promptHash: 'ab'.repeat(32),
    queuedAtMs,
    ...(status !== 'queued' && { startedAtMs: queuedAtMs + 10, queueMs: 10.25 }),
    ...(isEnded(status) && { endedAtMs: queuedAtMs + 1000, durationMs: 990.5 }),
    stages: [{ name: 'denoise', startedAtMs: queuedAtMs + 10, durationMs: 900 }],
    lastEventAtMs: queuedAtMs + 1000,
    verification: 'unverified',
    defects: [],
    ...(status === 'failed' && { error: { errorClass: 'out_of_memory', message: 'CUDA out of memory' } }),
  }
}

export function instanceOf(key: string, overrides: Partial<AlertInstance> = {}): AlertInstance {
  return {
    key,
    rule: 'HostMemoryHigh',
    level: 'warning',
    attributes: {},
    state: 'firing',
    activeSinceMs: startMs,
    firingSinceMs: startMs + 1000,
    lastSeenMs: startMs + 1000,
    lastEvaluatedMs: startMs + 1000,
    evidence: { metric: 'system.memory.utilization', value: 0.97, comparison: 'above', threshold: 0.95 },
    summary: 'Memory is at 97 %',
    ...overrides,
  }
}

export function eventOf(
  id: string,
  timestampMs = startMs,
  transition: AlertEvent['transition'] = 'firing',
  overrides: Partial<AlertInstance> = {},
): AlertEvent {
  return { id, timestampMs, transition, alert: instanceOf('HostMemoryHigh', overrides) }
}

export function decisionOf(
  id: string,
  timestampMs = startMs,
  overrides: Partial<NotificationDecision> = {},
): NotificationDecision {
  return {
    id,
    timestampMs,
    alertKey: 'HostMemoryHigh',
    receiver: 'on-call',
    decision: 'sent',
    reason: '200 OK',
    ...overrides,
  }
}

const noDurations = {
  count: 0,
  meanMs: null,
  p50Ms: null,
  p90Ms: null,
  p95Ms: null,
  p99Ms: null,
  maxMs: null,
}

export function snapshotOf(id: string, timestampMs = startMs): Snapshot {
  const window = (windowSeconds: number): PerformanceWindow => ({
    windowSeconds,
    byOutcome: noOutcomes(),
    verified: 0,
    defective: 0,
    successRate: null,
    errorRate: null,
    verifiedSuccessRate: null,
    videosPerMinute: 0,
    contentSecondsPerMinute: 0,
    duration: noDurations,
    queue: noDurations,
    qualityMeans: {},
  })
  const { last1m, last5m, last15m, last1h, last24h } = performanceWindows
  return {
    id,
    timestampMs,
    status: 'healthy',
    statusMessage: 'All is well',
    metrics: {
      timestampMs,
      cpuUtilization: 0.5,
      cpuCount: 8,
      memoryUsedBytes: 1,
      memoryTotalBytes: 2,
      memoryUtilization: 0.5,
      swapUsedBytes: null,
      load1m: null,
      diskReadBytesPerSecond: null,
      diskWriteBytesPerSecond: null,
      networkReceiveBytesPerSecond: null,
      networkTransmitBytesPerSecond: null,
      filesystemUtilizationMax: null,
      processCount: null,
      eventLoopDelayMaxMs: null,
      gpus: [],
    },
    performance: {
      last1m: window(last1m),
      last5m: window(last5m),
      last15m: window(last15m),
      last1h: window(last1h),
      last24h: window(last24h),
    },
    runningCount: 0,
    queuedCount: 0,
    firingAlerts: 0,
  }
}

/** Keeps everything. */
export const keepAll = {
  samplesMs: 1e15,
  samples1mMs: 1e15,
  samples10mMs: 1e15,
  generationsMs: 1e15,
  alertEventsMs: 1e15,
  snapshotsMs: 1e15,
}
