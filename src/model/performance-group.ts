/** Generations of one kind in one span of time, as statistics that can be compared with those of another span. */
import type { GenerationOutcome } from './generation.ts'
import type { Moments } from './moments.ts'

/** What tells generations apart when they are compared, the coarsest first. */
export const groupDimensions = ['model', 'resolution', 'node'] as const
export type GroupDimension = (typeof groupDimensions)[number]

/** The values of some of the dimensions. A generation whose request says no model, or no size, has none there. */
export type GroupName = Readonly<Partial<Record<GroupDimension, string>>>

/** A distribution of times. */
export interface TimeStatistics {
  /** Of the natural logarithms of seconds: times vary by factors. Of queue waits, of the logarithms of 1 s more. */
  readonly log: Moments
  /** Median in seconds, within 1 % (DDSketch). */
  readonly p50: number
  /** 95th percentile in seconds, likewise. */
  readonly p95: number
}

/** A sum, and of how many generations it is known: unknown is not zero. */
export interface KnownSum {
  readonly total: number
  readonly known: number
}

/** The ended generations of one group. What did not occur is left out. */
export interface PerformanceGroup {
  readonly name: GroupName
  /** Outcomes with none are left out. */
  readonly byOutcome: Readonly<Partial<Record<GenerationOutcome, number>>>
  readonly verified: number
  readonly defective: number
  /** Successes whose check is still to come, where there are some. */
  readonly pending?: number
  /** Run time of succeeded generations. */
  readonly run?: TimeStatistics
  /** Time between request and run, of all that ran. */
  readonly queue?: TimeStatistics
  /** Seconds per step of succeeded generations, of the stage that spent most time on steps. */
  readonly step?: TimeStatistics
  /** Each score of succeeded generations, by name; at most 32. */
  readonly quality?: Readonly<Record<string, Moments>>
  /** Cost by currency (ISO 4217); at most 4. */
  readonly cost?: Readonly<Record<string, KnownSum>>
  readonly gpuSeconds?: KnownSum
}

/** Every ended generation of a span of time, by group. */
export interface PerformanceGroups {
  /** Unix milliseconds: ended at or after. */
  readonly fromMs: number
  /** Unix milliseconds: ended at or before. */
  readonly toMs: number
  /** Those with most generations first. */
  readonly groups: readonly PerformanceGroup[]
  /** The rest, when there are more groups than are told apart. It has no name. */
  readonly other?: PerformanceGroup
}
