/** What changed between two spans of time. Plain data. */
import type { GroupName } from './performance-group.ts'

/**
 * What is compared. `success` and `verified`: shares of all that succeeded, failed, timed out or were lost. `defects`: share
 * of checked outputs. `run`, `step`, `queue`: times. `quality`: one of the scores.
 */
export const measureKinds = ['success', 'verified', 'defects', 'run', 'step', 'queue', 'quality'] as const

export interface Measure {
  readonly kind: (typeof measureKinds)[number]
  /** Of `quality`: its name. */
  readonly score?: string
}

/** `not enough data`: too few generations on a side to tell anything. */
export type ComparisonVerdict = 'regressed' | 'improved' | 'unchanged' | 'not enough data'

/** How one measure changed from A to B. */
export interface MeasureChange extends Measure {
  readonly verdict: ComparisonVerdict
  /**
   * Shares in 0..1, seconds (geometric means), or the mean score. Of several groups together: those of each, weighted
   * alike on both sides, so that a change of the mix is no change.
   */
  readonly before: number
  readonly after: number
  /** Of shares and scores `after` - `before`; of times their ratio. */
  readonly effect: 'difference' | 'ratio'
  readonly change: number
  /** 95 % interval of `change`. */
  readonly low: number
  readonly high: number
  /** How often chance alone makes such a change (p value), before it is allowed for that many things were looked at. */
  readonly chance: number
  /** Generations that were compared, on each side. */
  readonly counts: readonly [before: number, after: number]
}

/** A change that is beyond chance, told once, of the most general set of generations that explains it. */
export interface ComparisonFinding extends MeasureChange {
  /** What its generations have in common and others have not: nothing in it means all. An empty text: not named. */
  readonly scope: GroupName
  /** True when some groups of that name are in other findings of the measure: this one is of the rest. */
  readonly isRest: boolean
  /** Groups it is made of. */
  readonly groups: number
}

/** One group that is on both sides. */
export interface GroupComparison {
  readonly name: GroupName
  /** `regressed` when any measure is. */
  readonly verdict: ComparisonVerdict
  /** Ended generations on each side. */
  readonly counts: readonly [before: number, after: number]
  readonly changes: readonly MeasureChange[]
}

/** The answer to: what changed from A to B? */
export interface Comparison {
  /** `regressed` when anything is; `not enough data` when nothing could be compared. */
  readonly verdict: ComparisonVerdict
  /** Regressions first, those that matter most before the others. */
  readonly findings: readonly ComparisonFinding[]
  /** Those with most generations first. */
  readonly groups: readonly GroupComparison[]
  /** Groups in B only. Not told when A has more groups than it tells apart. */
  readonly appeared: readonly GroupName[]
  /** Groups in A only, likewise. */
  readonly vanished: readonly GroupName[]
  /** How many tests were made. */
  readonly tests: number
}
