/** Everything that was measured of one video, which the checks of `defects/` judge. */
import type { QualityExpectations, VideoProbe } from '../model/quality.ts'
import type { DifferenceColumns } from './frames/difference-meter.ts'
import type { FrameColumns } from './frames/frame-meter.ts'

/** The picture. Columns have a value for each frame. */
export interface PictureEvidence {
  readonly probe: VideoProbe
  readonly expectations: QualityExpectations
  /** Seconds from the first frame. */
  readonly times: Float64Array
  /** From the first frame to the end of the last. */
  readonly pictureSeconds: number
  readonly frames: FrameColumns
  readonly differences: DifferenceColumns
}
