/** What a clean clip shows, measured at a few places: some defects cannot be seen in some clips. */
import type { Clip } from '../clip.ts'
import { picture, planesOf } from './picture.ts'

/** What is known before the clip is drawn. */
interface Facts {
  readonly seconds: number
  readonly fps: number
  readonly height: number
  readonly shots: number
  readonly sound: boolean
}

/** What takes drawing it. */
interface Measured {
  /** Mean difference in luma, 0..219, of neighbouring frames: the smallest of six places. Without grain: of 4x4 means. */
  readonly motion: number
  /** The same of frames that are a second apart. */
  readonly pace: number
  /** Mean distance of chroma from grey, 0..158. */
  readonly saturation: number
  /** Mean difference in luma of neighbouring pixels. */
  readonly detail: number
  /** The same of the first and last frames. */
  readonly ends: number
  /** Mean luma. */
  readonly light: number
  /** How far the means of luma and chroma, and the saturation as a share, go from first frame to last by themselves. */
  readonly lightShift: number
  readonly chromaShift: number
  readonly saturationShift: number
}

export type Traits = Facts & Measured

/** Draws the clip when a measured trait is asked for, not before. */
export function traitsOf(facts: Facts, render: () => Clip): Traits {
  let measured: Measured | undefined
  return new Proxy(facts as Traits, {
    get: (_, name: keyof Traits) => {
      if (name in facts) return facts[name as keyof Facts]
      measured ??= measure(render())
      return measured[name as keyof Measured]
    },
  })
}

const places = 6

function measure(clip: Clip): Measured {
  const { footage } = clip
  const { frames } = footage
  const [earlier, later] = [picture(footage), picture(footage)]
  let [motion, pace, saturation, detail, light] = [Infinity, Infinity, 0, 0, 0]
  for (let place = 0; place < places; place++) {
    const index = Math.floor((place * (frames - 2)) / (places - 1))
    footage.draw(index, earlier)
    footage.draw(index + 1, later)
    motion = Math.min(motion, coarseDifference(clip, earlier, later))
    saturation += saturationOf(clip, earlier) / places
    detail += detailOf(clip, earlier) / places
    light += meanLuma(clip, earlier) / places
    const second = Math.round(footage.fps)
    footage.draw(index + second < frames ? index + second : Math.max(0, index - second), later)
    pace = Math.min(pace, coarseDifference(clip, earlier, later))
  }
  footage.draw(0, earlier)
  footage.draw(frames - 1, later)
  return {
    motion,
    pace,
    saturation,
    detail,
    light,
    ends: coarseDifference(clip, earlier, later),
    ...shiftsOf(clip, earlier, later),
  }
}

function shiftsOf(
  clip: Clip,
  first: Uint8Array,
  last: Uint8Array,
): Pick<Traits, 'lightShift' | 'chromaShift' | 'saturationShift'> {
  const [y, cb, cr] = meansOf(clip, first).map((mean, plane) => (meansOf(clip, last)[plane] ?? 0) - mean)
  const [before, after] = [saturationOf(clip, first), saturationOf(clip, last)]
  return {
    lightShift: Math.abs(y ?? 0),
    chromaShift: Math.hypot(cb ?? 0, cr ?? 0),
    saturationShift: Math.abs(after / Math.max(1, before) - 1),
  }
}

function meansOf({ footage }: Clip, from: Uint8Array): readonly number[] {
  return planesOf(footage, from).map(({ data }) => data.reduce((sum, value) => sum + value, 0) / data.length)
}

/** Mean absolute difference of the means of 4x4 pixels of luma. */
function coarseDifference({ footage: { width, height } }: Clip, one: Uint8Array, other: Uint8Array): number {
  const [columns, rows] = [Math.floor(width / 4), Math.floor(height / 4)]
  const sums = new Int32Array(columns * rows)
  for (let y = 0; y < rows * 4; y++) {
    for (let x = 0; x < columns * 4; x++) {
      const at = y * width + x
      const cell = (y >> 2) * columns + (x >> 2)
      sums[cell] = (sums[cell] ?? 0) + (one[at] ?? 0) - (other[at] ?? 0)
    }
  }
  return sums.reduce((sum, value) => sum + Math.abs(value), 0) / 16 / sums.length
}

export function meanLuma({ footage }: Clip, from: Uint8Array): number {
  const count = footage.width * footage.height
  let sum = 0
  for (let at = 0; at < count; at++) sum += from[at] ?? 0
  return sum / count
}

function saturationOf({ footage }: Clip, from: Uint8Array): number {
  const count = footage.width * footage.height
  let sum = 0
  for (let at = 0; at < count / 4; at++) {
    sum += Math.hypot((from[count + at] ?? 0) - 128, (from[count * 1.25 + at] ?? 0) - 128)
  }
  return sum / (count / 4)
}

function detailOf({ footage }: Clip, from: Uint8Array): number {
  const { width, height } = footage
  let sum = 0
  for (let y = 0; y < height; y++) {
    for (let at = y * width; at < (y + 1) * width - 1; at++)
      sum += Math.abs((from[at] ?? 0) - (from[at + 1] ?? 0))
  }
  return sum / (width * height)
}
