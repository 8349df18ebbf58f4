/** Operations on pictures that several defects share. */
import type { Chance, Clip, Footage, Picture } from '../clip.ts'
import { bell } from './chance.ts'
import type { Span } from './inject.ts'

type Size = Pick<Footage, 'width' | 'height'>

export function picture({ width, height }: Size): Picture {
  return new Uint8Array(width * height * 1.5)
}

/** A plane of a picture, as a view of it. */
export interface PlaneView {
  readonly width: number
  readonly height: number
  readonly data: Uint8Array
}

/** Luma, Cb, Cr. */
export function planesOf({ width, height }: Size, of: Picture): readonly [PlaneView, PlaneView, PlaneView] {
  const count = width * height
  const half = { width: width / 2, height: height / 2 }
  return [
    { width, height, data: of.subarray(0, count) },
    { ...half, data: of.subarray(count, count * 1.25) },
    { ...half, data: of.subarray(count * 1.25, count * 1.5) },
  ]
}

/** The clip with each frame of the span changed by `change`, which gets it as it was. */
export function withFrames(clip: Clip, span: Span, change: (frame: Picture, index: number) => void): Clip {
  const { footage } = clip
  const draw = (index: number, into: Picture): void => {
    footage.draw(index, into)
    if (index >= span.from && index < span.to) change(into, index)
  }
  return { ...clip, footage: { ...footage, draw } }
}

/** The clip with the frames in another order: frame `index` is frame `source(index)` of the original. */
export function withOrder(clip: Clip, frames: number, source: (index: number) => number): Clip {
  const { footage } = clip
  const last = footage.frames - 1
  const draw = (index: number, into: Picture): void =>
    footage.draw(Math.max(0, Math.min(last, source(index))), into)
  return { ...clip, footage: { ...footage, frames, draw } }
}

/** Adds noise of this deviation to the luma, as a sensor does. */
export function addGrain(size: Size, frame: Picture, sigma: number, chance: Chance): void {
  if (sigma <= 0) return
  const count = size.width * size.height
  // A table of 4096 values, entered at random for each row, costs a tenth of as many bells.
  const table = Float32Array.from({ length: 4096 }, () => bell(chance) * sigma)
  for (let y = 0; y < size.height; y++) {
    const entry = Math.floor(chance() * 4096)
    const step = 1 + 2 * Math.floor(chance() * 2048)
    for (let x = 0; x < size.width; x++) {
      const at = y * size.width + x
      if (at < count) frame[at] = clampLuma((frame[at] ?? 0) + (table[(entry + x * step) & 4095] ?? 0))
    }
  }
}

/** `frame` becomes its own (1 - share) and `share` of the other. */
export function blend(frame: Picture, other: Picture, share: number): void {
  for (let at = 0; at < frame.length; at++) {
    frame[at] = Math.round((frame[at] ?? 0) * (1 - share) + (other[at] ?? 0) * share)
  }
}

/** Rounded, in the limited range. */
export function clampLuma(value: number): number {
  return Math.max(16, Math.min(235, Math.round(value)))
}

function clampChroma(value: number): number {
  return Math.max(16, Math.min(240, Math.round(value)))
}

/** Each luma value through a function, which is asked once for each of the 256. */
export function mapLuma(size: Size, frame: Picture, to: (luma: number) => number): void {
  const table = Uint8Array.from({ length: 256 }, (_, luma) => clampLuma(to(luma)))
  const count = size.width * size.height
  for (let at = 0; at < count; at++) frame[at] = table[frame[at] ?? 0] ?? 0
}

/** Chroma turned by an angle, scaled, and shifted. */
export function mapChroma(
  size: Size,
  frame: Picture,
  { turn = 0, scale = 1, cb = 0, cr = 0 }: { turn?: number; scale?: number; cb?: number; cr?: number },
): void {
  const [, blue, red] = planesOf(size, frame)
  const [cos, sin] = [Math.cos(turn) * scale, Math.sin(turn) * scale]
  for (let at = 0; at < blue.data.length; at++) {
    const [u, v] = [(blue.data[at] ?? 0) - 128, (red.data[at] ?? 0) - 128]
    blue.data[at] = clampChroma(128 + cos * u - sin * v + cb)
    red.data[at] = clampChroma(128 + sin * u + cos * v + cr)
  }
}

/** Fills the picture with one colour. */
export function fill(size: Size, frame: Picture, luma: number, cb: number, cr: number): void {
  const planes = planesOf(size, frame)
  for (const [at, value] of [luma, cb, cr].entries()) planes[at]?.data.fill(value)
}
