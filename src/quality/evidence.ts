/** Everything that was measured of one video, which the checks of `defects/` judge. */
import type { QualityExpectations, VideoProbe } from '../model/quality.ts'
import type { TimedDetail } from './detail/detail-meter.ts'
import type { FrameColumns } from './frames/frame-meter.ts'
import type { PixelColumns } from './frames/pixel-meter.ts'
import type { SoundEvidence } from './sound/sound-evidence.ts'

/** What is known without a look at the pictures. */
export interface ContainerEvidence {
  readonly probe: VideoProbe
  readonly expectations: QualityExpectations
  /** From the first frame to the end of the last. */
  readonly pictureSeconds: number
  /** Frames over seconds; undefined for fewer than two frames. */
  readonly measuredFps?: number
}

/** The picture. Columns have a value for each frame. */
export interface PictureEvidence extends ContainerEvidence {
  /** Seconds from the first frame. */
  readonly times: Float64Array
  readonly frames: FrameColumns
}

/** All of it. */
export interface VideoEvidence extends PictureEvidence {
  readonly pixels: PixelColumns
  readonly details: readonly TimedDetail[]
  readonly sound?: SoundEvidence
}
