/**
 * A picture of few, large pixels: means over squares of 4 x 4. Noise and coding leave it almost alone, movement and
 * light change it: it tells whether two frames show the same.
 */
import type { Plane } from '../plane.ts'

const side = 4
/** How many squares may change more than what is told: a fly is no movement, a mouth is. */
const exceptions = 8
const binsPerLevel = 8
const bins = 64 * binsPerLevel

export class LowMap {
  readonly columns: number
  readonly rows: number
  /** Mean luma of each square, row by row. */
  readonly means: Float32Array
  readonly #sums: Uint16Array
  readonly #histogram = new Uint32Array(bins)

  constructor(width: number, height: number) {
    this.columns = Math.max(1, Math.floor(width / side))
    this.rows = Math.max(1, Math.floor(height / side))
    this.means = new Float32Array(this.columns * this.rows)
    this.#sums = new Uint16Array(this.columns)
  }

  /** Takes the means of a picture. Pixels at the right and the bottom that fill no square are left out. */
  read({ width, height, data }: Plane): void {
    const { columns, rows, means } = this
    const sums = this.#sums
    const deep = Math.min(side, height)
    const wide = Math.min(side, width)
    const isWide = wide === side
    for (let row = 0; row < rows; row++) {
      sums.fill(0)
      for (let line = 0; line < deep; line++) {
        let at = (row * side + line) * width
        for (let column = 0; column < columns; column++) {
          sums[column] = (sums[column] as number) + (isWide ? sumOfSide(data, at) : sumOf(data, at, wide))
          at += side
        }
      }
      const start = row * columns
      for (let column = 0; column < columns; column++)
        means[start + column] = (sums[column] as number) / (deep * wide)
    }
  }

  copyFrom(other: LowMap): void {
    this.means.set(other.means)
  }

  /** Luma that only the few darkest, and brightest, squares pass; and the standard deviation of all. */
  range(): { readonly darkest: number; readonly brightest: number; readonly spread: number } {
    const { means } = this
    const histogram = this.#histogram.fill(0)
    let sum = 0
    let squares = 0
    for (let index = 0; index < means.length; index++) {
      const mean = means[index] as number
      sum += mean
      squares += mean * mean
      const bin = (mean * 2) | 0
      histogram[bin] = (histogram[bin] as number) + 1
    }
    const average = sum / means.length
    const few = Math.min(exceptions, means.length >> 3)
    let darkest = 0
    for (let passed = histogram[0] as number; passed <= few; passed += histogram[++darkest] as number);
    let brightest = bins - 1
    for (let passed = 0; passed <= few && brightest > 0; brightest--) passed += histogram[brightest] as number
    return {
      darkest: darkest / 2,
      brightest: (brightest + 1) / 2,
      spread: Math.sqrt(Math.max(0, squares / means.length - average * average)),
    }
  }

  /** The change of luma that only the few squares that changed most have passed, 0..64. */
  changeFrom(other: LowMap): number {
    const { means } = this
    const histogram = this.#histogram.fill(0)
    for (let index = 0; index < means.length; index++) {
      const change = Math.abs((means[index] as number) - (other.means[index] as number))
      const bin = Math.min(bins - 1, (change * binsPerLevel) | 0)
      histogram[bin] = (histogram[bin] as number) + 1
    }
    let passed = 0
    for (let bin = bins - 1; bin > 0; bin--) {
      passed += histogram[bin] as number
      if (passed > exceptions) return bin / binsPerLevel
    }
    return 0
  }
}

/** Of a row of a square; written out, it takes half as long. */
function sumOfSide(data: Uint8Array, at: number): number {
  return (data[at] as number) + (data[at + 1] as number) + (data[at + 2] as number) + (data[at + 3] as number)
}

/** Of the row of a picture that is narrower than a square. */
function sumOf(data: Uint8Array, at: number, wide: number): number {
  let sum = 0
  for (let x = 0; x < wide; x++) sum += data[at + x] as number
  return sum
}
