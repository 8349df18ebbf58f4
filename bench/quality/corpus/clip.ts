/** A clip that is made, not recorded: any frame can be asked for, in any order, and is always the same. */

/** Planes of 8-bit YUV 4:2:0 (BT.709, limited range) one after another: width * height, then twice a quarter of it. */
export type Picture = Uint8Array

/** The picture of a clip. */
export interface Footage {
  /** Even. */
  readonly width: number
  readonly height: number
  readonly fps: number
  readonly frames: number
  /** Frame `index` (0 to frames - 1), drawn into `into` (width * height * 1.5 bytes). */
  draw(index: number, into: Picture): void
}

/** The sound of a clip: interleaved samples in -1..1. */
export interface Sound {
  readonly sampleRateHz: number
  readonly channels: 1 | 2
  readonly samples: Float32Array
}

/** A clip before it is encoded. */
export interface Clip {
  readonly footage: Footage
  readonly sound?: Sound
}

/** A number from 0 to 1, always the same for the same seed and order of calls. */
export type Chance = () => number
