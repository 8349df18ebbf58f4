import type { QualityReport } from '../model/quality.ts'
import type { CheckJob } from '../quality/check-protocol.ts'

/** Opens videos and says what is wrong with them. */
export interface VideoChecker {
  /**
   * May take minutes. A video that is no good rejects nothing, and one that cannot be checked has the verdict `unverified`
   * and a reason. It rejects when the checker itself fails, also when a video made it fail. After an abort, what comes of
   * it does not count.
   */
  check(job: CheckJob, signal?: AbortSignal): Promise<QualityReport>
  stop(): Promise<void>
}
