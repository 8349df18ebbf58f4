import type { QualityExpectations, QualityReport } from '../model/quality.ts'

/** One video to be checked. */
export interface CheckJob {
  readonly path: string
  readonly expectations: QualityExpectations
  readonly profile?: string
  /** Where poster.jpg and strip-1.jpg … strip-5.jpg are written; absent: no thumbnails. */
  readonly thumbnailDir?: string
}

/** Opens videos and says what is wrong with them. */
export interface VideoChecker {
  /**
   * May take minutes. A video that is no good rejects nothing, and one that cannot be checked has the verdict `unverified`
   * and a reason. After an abort, what comes of it does not count.
   */
  check(job: CheckJob, signal?: AbortSignal): Promise<QualityReport>
  stop(): Promise<void>
}
