/**
 * What happened to generations in a span of time: a report as plain data. Records flow in page by page and are counted,
 * so memory is bounded by the limits here, not by the number of generations. It judges nothing: whether a change is
 * more than chance is for whoever fills `regressions`.
 */
import type { AlertLevel } from '../../model/alert.ts'
import type { GenerationOutcome, OutcomeCounts, OutcomeRates } from '../../model/generation.ts'
import type { DurationSummary } from '../../model/status.ts'
import type { Spending, SpendingLine } from '../../track/cost/spending.ts'

/** Unix milliseconds, from the first to before the second: spans that touch count nothing twice. */
export interface ReportSpan {
  readonly fromMs: number
  readonly toMs: number
}

/** What ended in a span, or in a part of it. */
export interface ReportFigures extends OutcomeCounts, OutcomeRates {
  readonly ended: number
  readonly defective: number
  /** Succeeded, and not checked by anyone: what waits for review. */
  readonly unverified: number
  /** Succeeded generations by hour of the span. */
  readonly videosPerHour: number
  /** Seconds of video that succeeded generations made by hour of the span, where their length is known. */
  readonly contentSecondsPerHour: number
  /** Durations of succeeded generations. */
  readonly duration: DurationSummary
  /** Time between request and run, of all that ran. */
  readonly queue: DurationSummary
}

/** One of the equal steps of a span; the first and the last may lie in it in part. */
export interface ReportStep extends ReportFigures {
  /** The start of the step, Unix milliseconds. */
  readonly timestampMs: number
  /** How much of it lies in the span; rates are by this time. */
  readonly coveredMs: number
}

const reportGroupKeys = ['model', 'resolution', 'node'] as const
export type ReportGroupKey = (typeof reportGroupKeys)[number]

/** What ended with the same values of some attributes. */
export interface ReportGroup extends ReportFigures {
  /** An empty text where the record has no such value; `(others)` for what exceeds the limit of groups. */
  readonly group: Readonly<Partial<Record<ReportGroupKey, string>>>
  readonly spent: SpendingLine
  /** Money for each second of usable content, wasted money included; `null` when either is not known. */
  readonly costPerUsableSecond: number | null
}

/** Ends of one outcome and error class. */
export interface ReportFailure {
  readonly outcome: Exclude<GenerationOutcome, 'succeeded' | 'cancelled'>
  /** `unclassified` where the record has no error. */
  readonly errorClass: string
  readonly count: number
  /** The one that was requested last. */
  readonly example: ReportExample
}

/** Succeeded generations whose output has a defect of this type; one may have several. */
export interface ReportDefect {
  readonly type: string
  readonly count: number
  readonly example: ReportExample
}

export interface ReportExample {
  readonly id: string
  /** Of the error, cut; `null` where there is none. */
  readonly message: string | null
}

/** A generation that took long. */
export interface ReportSlow {
  readonly id: string
  readonly status: GenerationOutcome
  readonly model: string
  /** As `resolutionClass` names it; empty when the size is not known. */
  readonly resolution: string
  readonly node: string
  readonly endedAtMs: number
  readonly durationMs: number
  readonly queueMs: number | null
}

/** Each generation is an attempt of a request; of a request, the attempts that ended in the span are counted. */
export interface ReportAttempts {
  /** First attempts: requests. */
  readonly first: number
  /** Later attempts. */
  readonly retries: number
  /** All attempts by first ones; `null` without a first one. */
  readonly perRequest: number | null
  /** By number of the attempt, ascending, up to 10, which stands for all from 10 up. */
  readonly byNumber: readonly {
    readonly attempt: number
    readonly ended: number
    readonly succeeded: number
  }[]
}

/** How often a rule fired. */
export interface ReportAlert {
  readonly rule: string
  /** Of the last time. */
  readonly level: AlertLevel
  readonly fired: number
  /** Unix milliseconds. */
  readonly lastFiredMs: number
  readonly lastSummary: string
}

/** A main figure in the span before and in this one; `null` where it is not known. */
export interface ReportChange {
  readonly figure: ReportFigureName
  readonly before: number | null
  readonly after: number | null
}

export type ReportFigureName =
  | 'ended'
  | 'videosPerHour'
  | 'successRate'
  | 'verifiedSuccessRate'
  | 'defectiveShare'
  | 'durationP50Ms'
  | 'durationP95Ms'
  | 'queueP95Ms'
  | 'turnaroundP50Ms'
  | 'turnaroundP95Ms'
  | 'attemptsPerRequest'
  | 'cost'
  | 'wastedCost'
  | 'costPerUsableVideo'
  | 'costPerUsableSecond'
  | 'gpuSecondsPerUsableSecond'
  | 'joulesPerUsableSecond'
  | 'alertsFired'

/** A figure that became worse by more than chance, found by a comparison of the two spans. */
interface ReportRegression {
  /** What became worse, for example a model on a node. */
  readonly subject: string
  /** One sentence: which figure, from what to what, and how sure that is. */
  readonly finding: string
}

/** Finds what became worse from one span to the next, worst first. */
export type FindRegressions = (before: ReportSpan, after: ReportSpan) => Promise<readonly ReportRegression[]>

/** All that ended in a span. Plain data: JSON keeps every field. */
export interface GenerationReport extends ReportSpan {
  readonly totals: ReportFigures
  /** From the request to the end, of usable generations: those that succeeded and are not defective. */
  readonly turnaround: DurationSummary
  /** Length of a step of `series`. */
  readonly stepMs: number
  /** Every step of the span, ascending, those without ends too. */
  readonly series: readonly ReportStep[]
  /** Most ended first, as the other groups. */
  readonly byModel: readonly ReportGroup[]
  readonly byModelAndResolution: readonly ReportGroup[]
  readonly byNode: readonly ReportGroup[]
  /** Most first. */
  readonly failures: readonly ReportFailure[]
  /** Most first. */
  readonly defects: readonly ReportDefect[]
  readonly spending: Spending
  /** All that was spent by usable video; `null` when no cost is known or nothing was usable. */
  readonly costPerUsableVideo: number | null
  /** Longest run first. */
  readonly slowest: readonly ReportSlow[]
  readonly attempts: ReportAttempts
  readonly alerts: {
    /** Most first. */
    readonly byRule: readonly ReportAlert[]
    /** False when there were more alerts than are counted: only the newest are. */
    readonly isComplete: boolean
  }
  /** Against the span before, of equal length. */
  readonly changes: { readonly before: ReportSpan; readonly figures: readonly ReportChange[] }
  /** `null` when nobody looked. */
  readonly regressions: readonly ReportRegression[] | null
}
