/** Questions about generations, and the shapes of their answers. */
import type {
  GenerationRecord,
  GenerationStatus,
  OutcomeCounts,
  OutcomeRates,
  Scalar,
} from '../model/generation.ts'

export const fieldOperators = ['=', '!=', '<', '<=', '>', '>='] as const
export type FieldOperator = (typeof fieldOperators)[number]

/**
 * A condition on any field of the record that holds one value.
 * Text compares as text (byte by byte), numbers as numbers; a record without the field, or with a value of another
 * type there, matches only `!=`.
 */
export interface FieldCondition {
  /**
   * Names joined by dots, as in `request.width`, `request.tags.tenant`, `quality.sharpness`, `error.errorClass`. Names
   * of the caller's own (tags, parameters, scores) may hold dots themselves, but no quotation mark or backslash.
   */
  readonly field: string
  readonly operator: FieldOperator
  readonly value: Scalar
}

/** Which generations. All of what is given must hold. */
export interface GenerationFilter {
  readonly statuses?: readonly GenerationStatus[]
  readonly model?: string
  readonly node?: string
  readonly errorClass?: string
  /** Requested at or after, Unix milliseconds. */
  readonly fromMs?: number
  /** Requested at or before, Unix milliseconds. */
  readonly toMs?: number
  /** Ended at or after, Unix milliseconds. */
  readonly endedFromMs?: number
  /** Conditions on any other field; at most 16. */
  readonly where?: readonly FieldCondition[]
  /**
   * Words that the prompt holds, all of them, in any order; `word*` for a beginning. Case and accents make no
   * difference (`prompt-words.ts`). Only prompts that were stored.
   */
  readonly prompt?: string
}

/** Which generations to list: newest first by request time, then by id. */
export interface GenerationQuery extends GenerationFilter {
  /** @default 50 */
  readonly limit?: number
  /** `nextCursor` of the page before. What is written in between neither repeats nor hides other records. */
  readonly cursor?: string
}

export interface GenerationPage {
  readonly records: readonly GenerationRecord[]
  /** Undefined on the last page. */
  readonly nextCursor: string | undefined
}

export const generationGroupKeys = ['model', 'node', 'errorClass'] as const
export type GenerationGroupKey = (typeof generationGroupKeys)[number]

/** A question about many ended generations at once, answered from roll-ups: its cost does not grow with their number. */
export interface GenerationAggregateQuery {
  /** Ended at or after, Unix milliseconds. */
  readonly fromMs: number
  /** Ended at or before, Unix milliseconds. */
  readonly toMs: number
  /** One answer per step, aligned to multiples of it since the Unix epoch. A positive integer. @default one for all */
  readonly stepMs?: number
  /** One answer per combination of their values. @default one for all */
  readonly groupBy?: readonly GenerationGroupKey[]
  /** Only of these. */
  readonly model?: string
  readonly node?: string
  /** In [0, 1]. @default [0.5, 0.95, 0.99] */
  readonly quantiles?: readonly number[]
}

/** One answer: of one group and one step. */
export interface GenerationAggregate extends OutcomeCounts, OutcomeRates {
  /** The start of the step, Unix milliseconds; `fromMs` without steps. */
  readonly timestampMs: number
  /** The value of each attribute of `groupBy`; an empty text where the record has none. */
  readonly group: Readonly<Partial<Record<GenerationGroupKey, string>>>
  readonly defective: number
  /** Durations of succeeded generations, milliseconds; quantiles by DDSketch within 1 %. */
  readonly duration: {
    readonly count: number
    readonly meanMs: number | null
    /** In the order of `quantiles`; `null` when nothing was counted. */
    readonly quantilesMs: readonly (number | null)[]
  }
}
