/** Runs the meters over a video while it is decoded. */
import type { ProbedVideo } from '../media/probe.ts'
import type { QualityExpectations } from '../model/quality.ts'
import type { StreamExecEnd } from '../system/stream-exec.ts'
import { type DecodeOptions, decode } from './decode/decode.ts'
import type { PictureEvidence } from './evidence.ts'
import { DifferenceMeter } from './frames/difference-meter.ts'
import { FrameMeter } from './frames/frame-meter.ts'
import { medianOf } from './stretch.ts'

export interface Measured {
  readonly picture: PictureEvidence
  readonly end: StreamExecEnd
}

export async function measureVideo(
  path: string,
  video: ProbedVideo,
  expectations: QualityExpectations,
  options: DecodeOptions,
): Promise<Measured> {
  const times: number[] = []
  let frames: FrameMeter | undefined
  let differences: DifferenceMeter | undefined
  const end = await decode(
    path,
    video,
    ({ small }) => {
      const meter = new FrameMeter(small.width, small.height)
      const picked = new DifferenceMeter(small.width * small.height)
      frames = meter
      differences = picked
      return {
        small: (frame) => meter.push(frame),
        picked: (frame) => picked.push(frame),
        full: () => {},
        time: (timeSeconds) => times.push(timeSeconds),
        sound: () => {},
      }
    },
    options,
  )
  return { picture: picture(), end }

  function picture(): PictureEvidence {
    const columns = (frames as FrameMeter).columns()
    const [first = 0] = times
    const fromFirst = Float64Array.from(times.slice(0, columns.lumaMean.length), (time) => time - first)
    return {
      ...{ probe: video, expectations, times: fromFirst },
      pictureSeconds: (fromFirst.at(-1) ?? 0) + frameSeconds(fromFirst, video.fps),
      frames: columns,
      differences: (differences as DifferenceMeter).columns(),
    }
  }
}

/** How long a frame is seen, as most are. */
function frameSeconds(times: Float64Array, fps: number): number {
  const usual = medianOf(times.slice(1).map((time, index) => time - (times[index] as number)))
  return usual > 0 ? usual : fps > 0 ? 1 / fps : 0
}
