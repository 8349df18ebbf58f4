import type { Defect, DefectType } from '../model/quality.ts'

/** The numbers of a check that a profile may set, by name; units are in the names. */
export type Thresholds = Readonly<Record<string, number>>

/** How one type of defect is found: a pure function of what was measured. One file of `defects/` for each. */
export interface DefectCheck<E, T extends Thresholds = Thresholds> {
  readonly type: DefectType
  /** What holds unless a profile says otherwise. */
  readonly thresholds: T
  /** Sorted by start. Empty: nothing was found. */
  find(evidence: E, thresholds: T): readonly Defect[]
}
