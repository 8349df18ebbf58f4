import type { GenerationOutcome, GenerationRecord } from '../model/generation.ts'
import type { Attributes, MetricDescriptor, Sample } from '../model/sample.ts'
import type { PerformanceSummary, PerformanceWindow } from '../model/status.ts'

/** Every metric that tracking emits. */
export const trackingMetrics: readonly MetricDescriptor[] = [
  {
    name: 'video_generation.active',
    kind: 'gauge',
    unit: '{video}',
    description: 'Generations under way, by `state` (queued, running).',
  },
  {
    name: 'video_generation.stalled',
    kind: 'gauge',
    unit: '{video}',
    description: 'Running generations that have stopped to get on.',
  },
  {
    name: 'video_generation.silence',
    kind: 'gauge',
    unit: 's',
    description:
      'Time since anything was heard of the generations under way, by `engine`; absent while there are none.',
  },
  {
    name: 'video_generation.count',
    kind: 'counter',
    unit: '{video}',
    description: 'Ended generations since the service started, by `outcome` as it was first known.',
  },
  {
    name: 'video_generation.reconciled',
    kind: 'counter',
    unit: '{video}',
    description: 'Generations counted as lost or timed out (`from`) whose true end became known.',
  },
  {
    name: 'video_generation.success.ratio',
    kind: 'gauge',
    unit: '1',
    description: 'Succeeded of all that succeeded, failed, timed out or were lost, by `window`.',
  },
  {
    name: 'video_generation.error.ratio',
    kind: 'gauge',
    unit: '1',
    description: 'One minus the success ratio, by `window`.',
  },
  {
    name: 'video_generation.verified_success.ratio',
    kind: 'gauge',
    unit: '1',
    description: 'Generations whose output was verified, over the same denominator as success, by `window`.',
  },
  {
    name: 'video_generation.throughput',
    kind: 'gauge',
    unit: '{video}/min',
    description: 'Succeeded generations per minute, by `window`.',
  },
  {
    name: 'video_generation.duration.quantile',
    kind: 'gauge',
    unit: 's',
    description: 'Duration of succeeded generations, by `window` and `quantile`; within 1 %.',
  },
  {
    name: 'video_generation.events.ignored',
    kind: 'counter',
    unit: '{event}',
    description: 'Events that named no generation under way.',
  },
]

const windowNames = { last1m: '1m', last5m: '5m', last15m: '15m', last1h: '1h', last24h: '24h' } as const

/** Counts since the service started. */
export interface TrackingTotals {
  readonly ended: Readonly<Record<GenerationOutcome, number>>
  readonly reconciled: Readonly<Record<'lost' | 'timed_out', number>>
  readonly ignored: number
  /** Seconds since the last event of what is under way, by engine. */
  readonly silence: ReadonlyMap<string, number>
}

/** The names of engines are the caller's. */
const maxEngines = 16

/** Seconds since anything was heard of what runs, by engine. */
export function silenceOf(records: readonly GenerationRecord[], nowMs: number): ReadonlyMap<string, number> {
  const silence = new Map<string, number>()
  for (const record of records) {
    if (record.status !== 'running') continue
    const { engine = 'unknown' } = record.request
    if (silence.size >= maxEngines && !silence.has(engine)) continue
    const seconds = Math.max(0, nowMs - record.lastEventAtMs) / 1000
    silence.set(engine, Math.min(silence.get(engine) ?? Number.POSITIVE_INFINITY, seconds))
  }
  return silence
}

/** A summary as samples. What has no data has no sample: no data is not zero. */
export function trackingSamples(
  summary: Omit<PerformanceSummary, 'active'> & { readonly stalledCount: number },
  totals: TrackingTotals,
): readonly Sample[] {
  const samples: Sample[] = [
    { name: 'video_generation.active', attributes: { state: 'running' }, value: summary.runningCount },
    { name: 'video_generation.active', attributes: { state: 'queued' }, value: summary.queuedCount },
    { name: 'video_generation.events.ignored', attributes: {}, value: totals.ignored },
    {
      name: 'video_generation.stalled',
      attributes: {},
      value: summary.stalledCount,
    },
    ...[...totals.silence].map(([engine, value]) => ({
      name: 'video_generation.silence',
      attributes: { engine },
      value,
    })),
  ]
  for (const [outcome, value] of Object.entries(totals.ended))
    samples.push({ name: 'video_generation.count', attributes: { outcome }, value })
  for (const [from, value] of Object.entries(totals.reconciled))
    samples.push({ name: 'video_generation.reconciled', attributes: { from }, value })
  for (const [key, window] of Object.entries(windowNames)) {
    samples.push(...windowSamples(summary.windows[key as keyof typeof windowNames], window))
  }
  return samples
}

function windowSamples(summary: PerformanceWindow, window: string): Sample[] {
  const { duration } = summary
  const values: readonly (readonly [name: string, quantile: string | undefined, value: number | null])[] = [
    ['video_generation.success.ratio', undefined, summary.successRate],
    ['video_generation.error.ratio', undefined, summary.errorRate],
    ['video_generation.verified_success.ratio', undefined, summary.verifiedSuccessRate],
    ['video_generation.throughput', undefined, summary.videosPerMinute],
    ['video_generation.duration.quantile', '0.5', seconds(duration.p50Ms)],
    ['video_generation.duration.quantile', '0.9', seconds(duration.p90Ms)],
    ['video_generation.duration.quantile', '0.95', seconds(duration.p95Ms)],
    ['video_generation.duration.quantile', '0.99', seconds(duration.p99Ms)],
  ]
  return values.flatMap(([name, quantile, value]) => {
    if (value === null) return []
    const attributes: Attributes = quantile === undefined ? { window } : { quantile, window }
    return [{ name, attributes, value }]
  })
}

function seconds(ms: number | null): number | null {
  return ms === null ? null : ms / 1000
}
