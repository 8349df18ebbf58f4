/** What scenes are painted on, and how it becomes a picture of 8 bits with the noise and the lens of a camera. */
import { between, seeded, seedOf } from '../chance.ts'
import type { Chance, Footage, Picture } from '../clip.ts'

/** What a clip is to be. */
export interface Format {
  /** Even. */
  readonly width: number
  readonly height: number
  readonly fps: number
  readonly frames: number
  /** Shots of the kinds that have several. */
  readonly shots: number
}

/** Floats without offsets (see `Colour`), rows without gaps; u and v are half as wide and as high. */
export interface Canvas {
  readonly width: number
  readonly height: number
  readonly y: Float32Array
  readonly u: Float32Array
  readonly v: Float32Array
}

/** Paints the whole canvas as it is at a time. */
export type Scene = (canvas: Canvas, seconds: number, index: number) => void

/** What the camera adds. */
export interface Look {
  /** Standard deviation of the noise, in 8-bit steps of luma. */
  readonly grain: number
  /** Grains are larger than a pixel, as those of film. */
  readonly isCoarse?: boolean
  /** What the corners lose, 0 to 1. */
  readonly vignette: number
  readonly seed: number
}

export function newCanvas(width: number, height: number): Canvas {
  const quarter = (width / 2) * (height / 2)
  return {
    width,
    height,
    y: new Float32Array(width * height),
    u: new Float32Array(quarter),
    v: new Float32Array(quarter),
  }
}

/** A generated video has no noise at all; a camera's has a little. */
export function anyLook(chance: Chance): Look {
  const isGenerated = chance() < 0.45
  return {
    grain: isGenerated ? 0 : between(chance, 0.5, 2),
    vignette: chance() < 0.5 ? 0 : between(chance, 0.1, 0.4),
    seed: Math.floor(chance() * 2 ** 31),
  }
}

export function footageOf(format: Format, scene: Scene, look: Look): Footage {
  const { width, height, fps, frames } = format
  const develop = developerOf(width, height, look)
  let canvas: Canvas | undefined
  return {
    width,
    height,
    fps,
    frames,
    draw: (index, into) => {
      canvas ??= newCanvas(width, height)
      scene(canvas, index / fps, index)
      develop(canvas, index, into)
    },
  }
}

function developerOf(width: number, height: number, look: Look) {
  const across = lensProfile(width, look.vignette)
  const down = lensProfile(height, look.vignette)
  return (canvas: Canvas, index: number, into: Picture) => {
    const bytes = new Uint8ClampedArray(into.buffer, into.byteOffset, into.length)
    const chance = seeded(seedOf(look.seed, `grain ${index}`))
    const tile = look.isCoarse ? coarseTile() : fineTile()
    writeLuma(canvas, bytes, across, down, tile, look.grain, Math.floor(chance() * tile.length))
    const size = width * height
    // Cameras and codecs smooth chroma more than luma.
    const grain = look.grain * 0.5
    writeChroma(canvas.u, bytes, size, width / 2, tile, grain, Math.floor(chance() * tile.length))
    writeChroma(canvas.v, bytes, size * 1.25, width / 2, tile, grain, Math.floor(chance() * tile.length))
  }
}

function writeLuma(
  { width, height, y }: Canvas,
  out: Uint8ClampedArray,
  across: Float32Array,
  down: Float32Array,
  tile: Float32Array,
  grain: number,
  start: number,
): void {
  for (let row = 0; row < height; row++) {
    const gain = down[row] as number
    const line = row * width
    const noise = start + row * tileSide
    for (let column = 0; column < width; column++) {
      out[line + column] =
        16 +
        (y[line + column] as number) * (across[column] as number) * gain +
        grain * (tile[(noise + column) & tileMask] as number)
    }
  }
}

function writeChroma(
  plane: Float32Array,
  out: Uint8ClampedArray,
  offset: number,
  width: number,
  tile: Float32Array,
  grain: number,
  start: number,
): void {
  for (let line = 0, row = 0; line < plane.length; line += width, row++) {
    const noise = start + row * tileSide
    for (let column = 0; column < width; column++) {
      out[offset + line + column] =
        128 + (plane[line + column] as number) + grain * (tile[(noise + column) & tileMask] as number)
    }
  }
}

/** The gain along one side: the product of two of them darkens the corners most. */
function lensProfile(length: number, vignette: number): Float32Array {
  return Float32Array.from({ length }, (_, at) => {
    const fromCentre = (2 * at + 1) / length - 1
    return 1 - (1 - Math.sqrt(1 - vignette)) * fromCentre ** 2
  })
}

const tileSide = 1024
const tileMask = tileSide * tileSide - 1
let fine: Float32Array | undefined
let coarse: Float32Array | undefined

/** Gaussian noise of unit variance, by the sum of uniforms (Irwin–Hall, four of them). */
function fineTile(): Float32Array {
  if (fine) return fine
  const chance = seeded(7)
  fine = Float32Array.from(
    { length: tileMask + 1 },
    () => (chance() + chance() + chance() + chance() - 2) * Math.sqrt(3),
  )
  return fine
}

function coarseTile(): Float32Array {
  if (coarse) return coarse
  const white = fineTile()
  const at = (index: number) => white[index & tileMask] as number
  // A binomial kernel of 3 x 3; the sum of its squares is (6/16)².
  coarse = white.map(
    (_, index) =>
      (4 * at(index) +
        2 * (at(index - 1) + at(index + 1) + at(index - tileSide) + at(index + tileSide)) +
        at(index - tileSide - 1) +
        at(index - tileSide + 1) +
        at(index + tileSide - 1) +
        at(index + tileSide + 1)) /
      6,
  )
  return coarse
}
