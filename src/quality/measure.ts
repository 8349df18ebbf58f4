/** Runs the meters over a video while it is decoded. */
import type { ProbedVideo } from '../media/probe.ts'
import type { QualityExpectations } from '../model/quality.ts'
import type { StreamExecEnd } from '../system/stream-exec.ts'
import { type DecodeOptions, decode } from './decode/decode.ts'
import { fullFrames, planDecode } from './decode/plan.ts'
import { type DetailMeasures, measureDetail } from './detail/detail-meter.ts'
import type { VideoEvidence } from './evidence.ts'
import { FrameMeter } from './frames/frame-meter.ts'
import { PixelMeter } from './frames/pixel-meter.ts'
import { SoundMeter } from './sound/sound-meter.ts'
import { medianOf } from './stretch.ts'

export interface Measured {
  /** Of what was decoded until the end, whatever ended it. */
  readonly evidence: VideoEvidence
  readonly end: Omit<StreamExecEnd, 'reason'> & { readonly reason: StreamExecEnd['reason'] | 'frames' }
}

/** What is kept of a frame takes some 700 bytes: more than four hours at 30 frames per second are 350 MB. */
export const defaultMaxFrames = 500_000

/**
 * Rejects with an error of Node when the disk or the system fails; what is wrong with the video is in `end`.
 *
 * @param maxFrames - after so many frames it stops, and `end` tells so.
 */
export async function measureVideo(
  path: string,
  video: ProbedVideo,
  expectations: QualityExpectations,
  options: DecodeOptions,
  maxFrames = defaultMaxFrames,
): Promise<Measured> {
  const plan = planDecode(video)
  const { width, height } = plan.small
  const times: number[] = []
  const details: DetailMeasures[] = []
  const frames = new FrameMeter(width, height)
  const pixels = new PixelMeter(plan.picked)
  const sound = plan.sound && new SoundMeter(plan.sound)
  const tooMany = new AbortController()
  const sink = {
    small(frame: Uint8Array) {
      if (frames.frames < maxFrames) frames.push(frame)
      else tooMany.abort()
    },
    picked(frame: Uint8Array) {
      if (pixels.frames < maxFrames) pixels.push(frame)
    },
    full: (plane: Parameters<typeof measureDetail>[0]) => void details.push(measureDetail(plane)),
    time: (timeSeconds: number) => void times.push(timeSeconds),
    sound: (samples: Float32Array) => sound?.push(samples),
  }
  const signal = options.signal ? AbortSignal.any([options.signal, tooMany.signal]) : tooMany.signal
  const ended = await decode(path, video, plan, sink, { ...options, signal })
  const isOver = ended.reason === 'abort' && !options.signal?.aborted
  const end = isOver ? { ...ended, reason: 'frames' as const } : ended
  // A decoder that was stopped may have given a picture and not its time, or a time and not its picture.
  const count = Math.min(frames.frames, pixels.frames, times.length)
  const [first = 0] = times
  const fromFirst = Float64Array.from(times.slice(0, count), (time) => time - first)
  const frameSeconds = usualStep(fromFirst, video.fps)
  const pictureSeconds = count > 0 ? (fromFirst.at(-1) as number) + frameSeconds : 0
  const full = fullFrames(times, plan.fullStepSeconds)
  return {
    end,
    evidence: {
      ...{ probe: video, expectations, pictureSeconds },
      ...(count > 1 && frameSeconds > 0 ? { measuredFps: count / pictureSeconds } : {}),
      times: fromFirst,
      frames: frames.columns(count),
      pixels: pixels.columns(count),
      details: details.flatMap((measures, index) => {
        const timeSeconds = fromFirst[full[index] ?? count]
        return timeSeconds === undefined ? [] : [{ timeSeconds, measures }]
      }),
      ...(sound && { sound: sound.finish() }),
    },
  }
}

/** How long a frame is seen, as most are. */
function usualStep(times: Float64Array, fps: number): number {
  const usual = medianOf(times.slice(1).map((time, index) => time - (times[index] as number)))
  return usual > 0 ? usual : fps > 0 ? 1 / fps : 0
}
