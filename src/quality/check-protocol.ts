/** What the host and the process that checks videos say to each other. */
import type { QualityExpectations, QualityReport } from '../model/quality.ts'

/** One video to be checked. */
export interface CheckJob {
  readonly path: string
  readonly expectations: QualityExpectations
  readonly profile?: string
  /** Where poster.jpg and strip-1.jpg … strip-5.jpg are written; absent: no thumbnails. */
  readonly thumbnailDir?: string
}

export interface CheckSettings {
  /** As in `AnalyzeOptions`. */
  readonly budgetMs?: number
}

/** Checks run side by side. */
export type CheckRequest = { readonly id: number; readonly job: CheckJob } | { readonly abort: number }

/** One for each job, aborted ones included. */
export type CheckResponse =
  | { readonly id: number; readonly report: QualityReport }
  | { readonly id: number; readonly error: string }

/** The message as a response; undefined when it is none. */
export function asCheckResponse(message: unknown): CheckResponse | undefined {
  if (typeof message !== 'object' || message === null) return undefined
  const { id, error, report } = message as Partial<Record<string, unknown>>
  if (typeof id !== 'number') return undefined
  if (typeof error === 'string' || (typeof report === 'object' && report !== null))
    return message as CheckResponse
  return undefined
}
