/**
 * How the colours of the same things change from frame to frame: blocks are compared with where they came from, so that
 * a camera that turns to something of another colour changes nothing.
 */
import { blockSide, type MotionField } from './motion-meter.ts'

/** Change of colour since the frame before. */
export interface ColourChange {
  /** Natural logarithm of the ratio of chroma's strength. */
  readonly saturation: number
  /** Rotation of hue, radians. */
  readonly hue: number
  /** Added to all chroma, 8-bit levels. */
  readonly blue: number
  readonly red: number
  /** Added to luma, 8-bit levels. */
  readonly luma: number
  /** Natural logarithm of the ratio of luma's spread. */
  readonly contrast: number
}

const none: ColourChange = { saturation: 0, hue: 0, blue: 0, red: 0, luma: 0, contrast: 0 }
/** A block that fits worse than this, mean difference of luma, shows something else. */
const maxResidual = 12
/** With fewer blocks that fit, the frame shows something else. */
const minFitting = 0.25

/** Means of the blocks of one frame, wherever they are. */
interface Planes {
  readonly luma: Uint8Array
  readonly blue: Uint8Array
  readonly red: Uint8Array
}

export class ColourFlow {
  readonly #width: number
  readonly #previous: Planes
  readonly #shifts: Float32Array
  #frames = 0

  /** Of planes of this size: chroma of 4:2:0, and luma reduced to it. */
  constructor(width: number, height: number) {
    this.#width = width
    const pixels = width * height
    this.#shifts = new Float32Array(Math.floor(width / blockSide) * Math.floor(height / blockSide))
    this.#previous = {
      luma: new Uint8Array(pixels),
      blue: new Uint8Array(pixels),
      red: new Uint8Array(pixels),
    }
  }

  push(planes: Planes, field: MotionField): ColourChange {
    const change = this.#frames++ === 0 ? none : this.#compare(planes, field)
    this.#previous.luma.set(planes.luma)
    this.#previous.blue.set(planes.blue)
    this.#previous.red.set(planes.red)
    return change
  }

  /** How much brighter each block is than where it came from, 8-bit levels, row by row; of the frame pushed last. */
  shifts(): Float32Array {
    return this.#shifts
  }

  #compare(planes: Planes, { columns, rows, dx, dy, residuals }: MotionField): ColourChange {
    const now = new Moments()
    const before = new Moments()
    let cross = 0
    let dot = 0
    for (let index = 0; index < columns * rows; index++) {
      const at = (index % columns) * blockSide + Math.floor(index / columns) * blockSide * this.#width
      const from = at + (dy[index] as number) * this.#width + (dx[index] as number)
      const luma = this.#mean(planes.luma, at)
      const pastLuma = this.#mean(this.#previous.luma, from)
      this.#shifts[index] = luma - pastLuma
      if ((residuals[index] as number) > maxResidual) continue
      const u = this.#mean(planes.blue, at) - 128
      const v = this.#mean(planes.red, at) - 128
      const pastU = this.#mean(this.#previous.blue, from) - 128
      const pastV = this.#mean(this.#previous.red, from) - 128
      now.add(luma, u, v)
      before.add(pastLuma, pastU, pastV)
      cross += pastU * v - pastV * u
      dot += pastU * u + pastV * v
    }
    if (now.count < columns * rows * minFitting) return none
    return {
      // Of energies, not of a regression: noise would make that shrink, a little with each frame.
      saturation: now.chroma > 0 && before.chroma > 0 ? Math.log(now.chroma / before.chroma) / 2 : 0,
      hue: Math.atan2(cross, dot),
      blue: (now.blue - before.blue) / now.count,
      red: (now.red - before.red) / now.count,
      luma: (now.luma - before.luma) / now.count,
      contrast: now.spread() > 0 && before.spread() > 0 ? Math.log(now.spread() / before.spread()) / 2 : 0,
    }
  }

  #mean(plane: Uint8Array, at: number): number {
    let sum = 0
    for (let line = 0; line < blockSide; line++) {
      const start = at + line * this.#width
      // Written out: it takes less than half as long so.
      sum +=
        (plane[start] as number) +
        (plane[start + 1] as number) +
        (plane[start + 2] as number) +
        (plane[start + 3] as number) +
        (plane[start + 4] as number) +
        (plane[start + 5] as number) +
        (plane[start + 6] as number) +
        (plane[start + 7] as number)
    }
    return sum / (blockSide * blockSide)
  }
}

class Moments {
  count = 0
  luma = 0
  blue = 0
  red = 0
  chroma = 0
  #squares = 0

  add(luma: number, u: number, v: number): void {
    this.count++
    this.luma += luma
    this.#squares += luma * luma
    this.blue += u
    this.red += v
    this.chroma += u * u + v * v
  }

  /** Variance of luma. */
  spread(): number {
    const mean = this.luma / this.count
    return this.#squares / this.count - mean * mean
  }
}
