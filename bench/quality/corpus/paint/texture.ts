import type { Format } from './canvas.ts'
import type { Colour } from './colour.ts'

/** What is sampled into a canvas. It repeats at its edges. Sides are powers of two; u and v are half as wide and high. */
export interface Texture {
  readonly width: number
  readonly height: number
  readonly y: Float32Array
  readonly u: Float32Array
  readonly v: Float32Array
  /** Opacity, 0 to 1, in both sizes; the colours are already multiplied by it. Undefined: opaque. */
  readonly alpha?: Alpha
}

interface Alpha {
  readonly full: Float32Array
  readonly half: Float32Array
  /** So many rows from the top hold nothing; from this row down all is opaque. They save work. */
  readonly clearRows: number
  readonly solidFrom: number
}

export function newTexture(width: number, height: number): Texture {
  const quarter = (width * height) / 4
  return {
    width,
    height,
    y: new Float32Array(width * height),
    u: new Float32Array(quarter),
    v: new Float32Array(quarter),
  }
}

/** Sides that a picture of the format fits in, with room to move. */
export function roomFor({ width, height }: Pick<Format, 'width' | 'height'>, factor = 1.2) {
  const power = (length: number) => 2 ** Math.ceil(Math.log2(length * factor))
  return { width: power(width), height: power(height) }
}

/** Paints by a ramp of colours over a field of mean 0 and deviation 1: -2 is the first colour, 2 the last. */
export function rampTexture(
  width: number,
  height: number,
  field: Float32Array,
  ramp: readonly Colour[],
): Texture {
  const texture = newTexture(width, height)
  const tables = rampTables(ramp)
  const place = (value: number) => Math.max(0, Math.min(255, (value + 2) * 63.75)) | 0
  for (let index = 0; index < field.length; index++) {
    // The steps of the table would band: the field goes on between them.
    const at = Math.max(0, Math.min(254.99, ((field[index] as number) + 2) * 63.75))
    const low = tables.y[at | 0] as number
    texture.y[index] = low + ((tables.y[(at | 0) + 1] as number) - low) * (at - (at | 0))
  }
  for (let row = 0; row < height; row += 2) {
    for (let column = 0; column < width; column += 2) {
      const at = place(field[row * width + column] as number)
      const to = (row * width) / 4 + column / 2
      texture.u[to] = tables.u[at] as number
      texture.v[to] = tables.v[at] as number
    }
  }
  return texture
}

/** 256 steps through the colours. */
export function rampTables(ramp: readonly Colour[]) {
  const table = (of: (colour: Colour) => number) =>
    Float32Array.from({ length: 256 }, (_, step) => {
      const at = (step / 255) * (ramp.length - 1)
      const low = Math.min(ramp.length - 2, Math.floor(at))
      const from = of(ramp[low] as Colour)
      return from + (of(ramp[low + 1] as Colour) - from) * (at - low)
    })
  return { y: table(({ y }) => y), u: table(({ u }) => u), v: table(({ v }) => v) }
}

/** A binomial kernel of 3 x 3: what a lens and a demosaic leave, so that moving edges do not shimmer. */
export function softened(plane: Float32Array, width: number, height: number): void {
  const line = new Float32Array(width)
  for (let row = 0; row < height; row++) {
    const at = row * width
    line.set(plane.subarray(at, at + width))
    for (let column = 0; column < width; column++) {
      const sides =
        (line[(column - 1) & (width - 1)] as number) + (line[(column + 1) & (width - 1)] as number)
      plane[at + column] = 0.5 * (line[column] as number) + 0.25 * sides
    }
  }
  let above = plane.slice((height - 1) * width)
  const first = plane.slice(0, width)
  for (let row = 0; row < height; row++) {
    const at = row * width
    line.set(plane.subarray(at, at + width))
    const below = row + 1 < height ? plane.subarray(at + width, at + 2 * width) : first
    for (let column = 0; column < width; column++) {
      plane[at + column] =
        0.5 * (line[column] as number) + 0.25 * ((above[column] as number) + (below[column] as number))
    }
    above = line.slice()
  }
}
