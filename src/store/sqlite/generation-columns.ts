import type { GenerationStatus, Verification } from '../../model/generation.ts'

/** What is counted of a record, as it stands in the columns beside it. */
export interface GenerationColumns {
  readonly status: GenerationStatus
  readonly verification: Verification
  readonly model: string | null
  readonly node: string
  readonly errorClass: string | null
  readonly endedAtMs: number | null
  readonly durationMs: number | null
}
