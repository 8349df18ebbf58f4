/**
 * Differences of pixels from frame to frame, on pixels that are picked from the full picture, not averaged: what
 * published measures of whole pictures have as mean and deviation, these estimate from a regular sample.
 */
import { Column } from './column.ts'

/** A value for each frame; 0 for the first. */
export interface DifferenceColumns {
  /** Standard deviation over the picture of the difference of luma: TI of each frame, ITU-T P.910 (2022-07) 7.8. */
  readonly temporalInformation: Float32Array
  /** Mean absolute difference of the 8-bit R, G and B values: what VBench (Huang et al. 2024) calls flickering. */
  readonly meanAbsoluteError: Float32Array
}

export class DifferenceMeter {
  readonly #pixels: number
  readonly #previous: Uint8Array
  readonly #deviation = new Column()
  readonly #error = new Column()
  #frames = 0

  /** Of pictures of so many pixels. */
  constructor(pixels: number) {
    this.#pixels = pixels
    this.#previous = new Uint8Array(pixels * 3)
  }

  /** @param frame - planes of YUV 4:4:4, limited range, one after another; it may be reused. */
  push(frame: Uint8Array): void {
    if (this.#frames++ === 0) {
      this.#deviation.push(0)
      this.#error.push(0)
    } else this.#measure(frame)
    this.#previous.set(frame)
  }

  get frames(): number {
    return this.#frames
  }

  /** Of the first `count` frames. */
  columns(count: number): DifferenceColumns {
    return {
      temporalInformation: this.#deviation.values().subarray(0, count),
      meanAbsoluteError: this.#error.values().subarray(0, count),
    }
  }

  #measure(frame: Uint8Array): void {
    const pixels = this.#pixels
    const previous = this.#previous
    let sum = 0
    let squares = 0
    let error = 0
    for (let at = 0; at < pixels; at++) {
      const y = (frame[at] as number) - (previous[at] as number)
      const u = (frame[at + pixels] as number) - (previous[at + pixels] as number)
      const v = (frame[at + 2 * pixels] as number) - (previous[at + 2 * pixels] as number)
      sum += y
      squares += y * y
      // The conversion to RGB is linear, so it is as good on differences: ITU-R BT.601, as ffmpeg without a tag.
      const luma = 1.164 * y
      error +=
        Math.abs(luma + 1.596 * v) + Math.abs(luma - 0.392 * u - 0.813 * v) + Math.abs(luma + 2.017 * u)
    }
    const mean = sum / pixels
    this.#deviation.push(Math.sqrt(Math.max(0, squares / pixels - mean * mean)))
    this.#error.push(error / (3 * pixels))
  }
}
