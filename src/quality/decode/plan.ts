/** What of a video is decoded to which size: pure, from what the probe said. */
import type { ProbedVideo } from '../../media/probe.ts'

/** Pictures of every frame have about this many pixels: enough for everything that a viewer sees change. */
const smallPixels = 57_600
/** Pictures up to this size, 854 x 480, are looked at pixel by pixel, each of them. */
const maxWholePixels = 409_920
/** Full pictures per second of video: a defect that lasts a quarter of a second is in one of them … */
const fullPerSecond = 4
/** … half a second where pictures are larger than 720p … */
const largePixels = 1280 * 720
const largePerSecond = 2
/** … and longer where they are so large that this many pixels per second are fewer. */
const maxFullPixelsPerSecond = 9_000_000
const soundRateHz = 48_000

interface Size {
  /** Pixels. */
  readonly width: number
  readonly height: number
}

export interface DecodePlan {
  /** Of the pictures of every frame; even. */
  readonly small: Size
  /** Of the pictures of pixels as they are: all, or as many as in the small ones. */
  readonly picked: Size & { readonly isWhole: boolean }
  /** Of the pictures in full resolution. */
  readonly full: Size
  /** Between two of these. */
  readonly fullStepSeconds: number
  readonly sound?: { readonly sampleRateHz: number; readonly channels: 1 | 2 }
}

export function planDecode({ width, height, audio }: ProbedVideo): DecodePlan {
  const scale = Math.min(1, Math.sqrt(smallPixels / (width * height)))
  const perSecond = Math.min(
    width * height > largePixels ? largePerSecond : fullPerSecond,
    maxFullPixelsPerSecond / (width * height),
  )
  const small = { width: even(width * scale), height: even(height * scale) }
  const isWhole = width * height <= maxWholePixels
  return {
    small,
    picked: { ...(isWhole ? { width, height } : small), isWhole },
    full: { width, height },
    // As it is told to ffmpeg, so that both choose the same frames.
    fullStepSeconds: Number((1 / perSecond).toFixed(4)),
    ...(audio && { sound: { sampleRateHz: soundRateHz, channels: audio.channels > 1 ? 2 : 1 } }),
  }
}

function even(pixels: number): number {
  return Math.max(2, 2 * Math.round(pixels / 2))
}

/** Less than half a millisecond is no time: times of frames are rounded. */
export const timePatienceSeconds = 0.0005

/** Which frames are decoded in full, by their times: the first, and each that comes a step after the last of them. */
export function fullFrames(times: readonly number[], stepSeconds: number): readonly number[] {
  const chosen: number[] = []
  let last = Number.NEGATIVE_INFINITY
  times.forEach((time, index) => {
    if (time - last < stepSeconds - timePatienceSeconds) return
    chosen.push(index)
    last = time
  })
  return chosen
}
