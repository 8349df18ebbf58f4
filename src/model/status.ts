/** What the system says about itself: vital signs, performance, status, snapshots. All plain data. */
import type { AlertSummary } from './alert.ts'
import type { PlainError } from './errors.ts'
import type { GenerationOutcome, GenerationRecord, OutcomeRates } from './generation.ts'
import type { PerformanceGroups } from './performance-group.ts'
import type { MetricKind, Series, Tick } from './sample.ts'

/** The vital signs of the host; `null` where the host does not say or two readings are needed and one is there. */
export interface VitalSigns {
  /** Unix milliseconds of the reading. */
  readonly timestampMs: number | null
  /** 0..1 over all cores since the reading before. */
  readonly cpuUtilization: number | null
  readonly cpuCount: number | null
  readonly memoryUsedBytes: number | null
  readonly memoryTotalBytes: number | null
  /** 0..1 */
  readonly memoryUtilization: number | null
  readonly swapUsedBytes: number | null
  readonly load1m: number | null
  readonly diskReadBytesPerSecond: number | null
  readonly diskWriteBytesPerSecond: number | null
  readonly networkReceiveBytesPerSecond: number | null
  readonly networkTransmitBytesPerSecond: number | null
  /** 0..1 of the fullest file system. */
  readonly filesystemUtilizationMax: number | null
  readonly processCount: number | null
  /** Worst delay of the host's event loop since the reading before. */
  readonly eventLoopDelayMaxMs: number | null
  /** In the order of their ids; empty where there is none. */
  readonly gpus: readonly GpuVitalSigns[]
}

/** The vital signs of one GPU; `null` where the card, its driver or its tools do not say. */
export interface GpuVitalSigns {
  /** As the attribute `hw.id`. */
  readonly id: string
  readonly name: string | null
  /** `failed`: it was there and cannot be reached any more. */
  readonly status: 'ok' | 'degraded' | 'failed' | null
  /** 0..1: share of time that any kernel ran. */
  readonly utilization: number | null
  readonly memoryUsedBytes: number | null
  readonly memoryTotalBytes: number | null
  readonly temperatureCelsius: number | null
  readonly powerWatts: number | null
}

/** How the last reading of one collector source went. */
export interface SourceHealth {
  readonly source: string
  /** `absent`: the hardware or kernel feature is not there, which is no fault. */
  readonly state: 'ok' | 'failed' | 'timed_out' | 'absent'
  /** Wall time of the reading. */
  readonly durationMs: number
  /** Readings that were skipped as unusable. */
  readonly skipped: number
  /** Of one that failed or timed out. */
  readonly error?: string
  /** How it was read, where there are several ways, and why a better one was not used. */
  readonly notes?: readonly string[]
  /** Of one that is absent: what was looked for. */
  readonly reason?: string
}

/** A distribution of durations in milliseconds; percentiles and the longest by DDSketch, within 1 %. */
export interface DurationSummary {
  readonly count: number
  readonly meanMs: number | null
  readonly p50Ms: number | null
  readonly p90Ms: number | null
  readonly p95Ms: number | null
  readonly p99Ms: number | null
  readonly maxMs: number | null
}

/** Lengths of the windows in seconds. Each is told to a sixtieth, the last to ten minutes. */
export const performanceWindows = {
  last1m: 60,
  last5m: 300,
  last15m: 900,
  last1h: 3600,
  last24h: 86_400,
} as const

/** What ended in one window. */
export interface PerformanceWindow extends OutcomeRates {
  readonly windowSeconds: number
  readonly byOutcome: Readonly<Record<GenerationOutcome, number>>
  readonly verified: number
  readonly defective: number
  /** Successes whose check is still to come: the verified success rate leaves them out. Not in snapshots of earlier versions. */
  readonly pending?: number
  /** Succeeded generations per minute, over the part of the window that has been watched. */
  readonly videosPerMinute: number
  /** Seconds of video that succeeded generations made per minute, where their length is known. */
  readonly contentSecondsPerMinute: number
  /** Durations of succeeded generations. */
  readonly duration: DurationSummary
  /** Time between request and run, of all that ran. */
  readonly queue: DurationSummary
  /** Mean of each score that the callers gave or a check measured. */
  readonly qualityMeans: Readonly<Record<string, number>>
}

/** How long something will take, milliseconds: four of five are between `low` and `high`. */
export interface ForecastMs {
  readonly low: number
  readonly mid: number
  readonly high: number
}

/** One generation that has not ended. */
export interface ActiveGeneration {
  readonly id: string
  readonly status: 'queued' | 'running'
  readonly model: string | undefined
  readonly stage: string | undefined
  /** 0..1; `null` when no total is known. */
  readonly progress: number | null
  readonly completedSteps: number | undefined
  readonly totalSteps: number | undefined
  readonly queuedAtMs: number
  readonly elapsedMs: number
  /** Until it ends, once it runs; `null` while too little is known. */
  readonly remainingMs: ForecastMs | null
  /** Until it runs, while it is queued; `null` while too little is known, and where no engine says. */
  readonly waitMs: ForecastMs | null
  /** Unix milliseconds of its last progress; `null` while it gets on. */
  readonly stalledSinceMs: number | null
}

/** Performance now. */
export interface PerformanceSummary {
  readonly active: readonly ActiveGeneration[]
  readonly runningCount: number
  readonly queuedCount: number
  readonly windows: Readonly<Record<keyof typeof performanceWindows, PerformanceWindow>>
}

/** What the recording path lost, and why. All zero in a healthy process. */
export interface RecorderHealth {
  /** Progress that was given up for newer progress, or an end, because the buffer was more than half full. */
  readonly droppedProgress: number
  /** Starts and ends dropped because every buffer was full. */
  readonly droppedEvents: number
  /** Events whose data could not be encoded; the generation is kept without that data. */
  readonly invalidEvents: number
}

export const systemStatuses = ['healthy', 'degraded', 'critical', 'unknown'] as const

/** The answer of `getSystemStatus()`. */
export interface SystemStatus {
  readonly status: (typeof systemStatuses)[number]
  /** One sentence: the worst reason first. */
  readonly statusMessage: string
  /** Unix milliseconds. */
  readonly timestampMs: number
  readonly node: string
  readonly baseDir: string
  readonly metrics: VitalSigns
  readonly performance: PerformanceSummary
  readonly alerts: AlertSummary
  readonly collectors: readonly SourceHealth[]
  readonly recorder: RecorderHealth
  readonly store: {
    readonly sizeBytes: number
    /** Why the store refuses writes now; known only to the service itself. */
    readonly lastError: PlainError | null
    /** The damaged store that the service found at its start; `null` when it found none. */
    readonly setAside: SetAside | null
  }
}

/** A store that was damaged, and was renamed to make room for a new one. */
export interface SetAside {
  /** Where it is now, with what can be read of its history. */
  readonly path: string
  readonly reason: string
}

/** A periodic summary, stored. */
export interface Snapshot {
  readonly id: string
  /** Unix milliseconds. */
  readonly timestampMs: number
  readonly status: SystemStatus['status']
  readonly statusMessage: string
  readonly metrics: VitalSigns
  readonly performance: PerformanceSummary['windows']
  readonly runningCount: number
  readonly queuedCount: number
  readonly firingAlerts: number
  /** What ended in the hour before, by model, resolution and node; not in snapshots of earlier versions. */
  readonly groups?: PerformanceGroups
}

/**
 * Statistics of one series over a window: of the values of a gauge, of the rates per second of a counter. Statistics are
 * `null` only for a counter with no two points to compare.
 */
export interface SeriesSummary extends Series {
  /** Of `last`; the statistics of a counter are in this per second. */
  readonly unit: string
  readonly kind: MetricKind
  readonly windowSeconds: number
  /**
   * 0: of the raw samples. Else the window is long, or its samples are many or aged, and was read in steps of this
   * many seconds: `min`, `max` and `mean` of a gauge are exact all the same; percentiles and the standard deviation are
   * those of the means of the steps, and all statistics of a counter those of its growth from step to step.
   */
  readonly resolutionSeconds: number
  /** Raw samples in the window. */
  readonly count: number
  /** Of a counter: as it stands. */
  readonly last: number
  readonly lastTimestampMs: number
  readonly min: number | null
  readonly max: number | null
  readonly mean: number | null
  /** Of the population. */
  readonly standardDeviation: number | null
  readonly p50: number | null
  readonly p90: number | null
  readonly p95: number | null
  readonly p99: number | null
  /** Of a gauge: from its first value to its last, by the hour; `null` for a counter, or with one time. */
  readonly changePerHour: number | null
  /** Of a counter: how much it grew over the window, gaps and restarts included; `null` for a gauge. */
  readonly increase: number | null
  /** `null` with fewer than two distinct times. */
  readonly trend: Trend | null
}

/** A straight line through the values of a gauge, or the rates of a counter. */
export interface Trend {
  readonly slopePerHour: number
  /** 95 % confidence of the slope, wide enough for values that depend on those before; `null` with under five times. */
  readonly interval: { readonly low: number; readonly high: number } | null
  /** The interval leaves out zero. */
  readonly isSignificant: boolean
  /** Time that was covered. */
  readonly windowSeconds: number
}

/** The answer of `getDetailedMetrics()`. */
export interface DetailedMetrics {
  readonly timestampMs: number
  readonly vitalSigns: VitalSigns
  readonly collectors: readonly SourceHealth[]
  readonly series: readonly SeriesSummary[]
}

/** One ended or changed generation, as `on('generation')` delivers it. */
export interface GenerationNotice {
  readonly change: 'queued' | 'running' | 'stage' | 'progress' | 'stalled' | 'checked' | GenerationOutcome
  readonly record: GenerationRecord
}

/** One collected tick, as `on('metrics')` delivers it. */
export interface MetricsNotice {
  readonly tick: Tick
  readonly vitalSigns: VitalSigns
  readonly collectors: readonly SourceHealth[]
}
