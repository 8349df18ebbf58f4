/** Short films of a test, measured as a video is: a pan over a picture, and what is done to it. */
import type { QualityExpectations } from '../../src/model/quality.ts'
import type { PictureEvidence } from '../../src/quality/evidence.ts'
import { FrameMeter } from '../../src/quality/frames/frame-meter.ts'
import { leaves } from './pictures.ts'

const width = 320
const height = 180
export const fps = 24
const scene = leaves({ width: 640, height: 360 }, 3)
const other = leaves({ width: 640, height: 360 }, 8)

/** One frame: where the camera is, and what is done to what it sees. */
export interface Shot {
  /** Pixels; whole. */
  readonly x: number
  readonly isOther?: boolean
  /** Of the luma that is seen, at its place. */
  readonly light?: (luma: number, x: number, y: number) => number
  /** A second place, of which the picture is half. */
  readonly andX?: number
  readonly blue?: number
  readonly red?: number
}

/** A steady pan, 2 pixels with each frame. */
export function pan(frames: number): readonly Shot[] {
  return Array.from({ length: frames }, (_, index) => ({ x: 2 * index }))
}

export function filmed(shots: readonly Shot[], expectations: QualityExpectations = {}): PictureEvidence {
  const meter = new FrameMeter(width, height)
  for (const shot of shots) meter.push(frameOf(shot))
  const count = shots.length
  return {
    probe: {
      ...{
        container: 'mp4',
        sizeBytes: 1e6,
        durationSeconds: count / fps,
        width,
        height,
        fps,
        frames: count,
      },
      ...{ videoCodec: 'h264', pixelFormat: 'yuv420p' },
    },
    expectations,
    ...{ pictureSeconds: count / fps, measuredFps: fps },
    times: Float64Array.from({ length: count }, (_, index) => index / fps),
    frames: meter.columns(count),
  }
}

function frameOf({
  x: left,
  andX = left,
  isOther = false,
  light = (luma) => luma,
  blue = 108,
  red = 140,
}: Shot) {
  const frame = new Uint8Array((width * height * 3) / 2)
  const { data } = isOther ? other : scene
  const lumaAt = (x: number, y: number) => data[(y + 60) * 640 + (x % 640)] ?? 0
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      frame[y * width + x] = Math.max(
        16,
        Math.min(235, Math.round(light((lumaAt(x + left, y) + lumaAt(x + andX, y)) / 2, x, y))),
      )
  frame.fill(blue, width * height, (width * height * 5) / 4)
  frame.fill(red, (width * height * 5) / 4)
  return frame
}
