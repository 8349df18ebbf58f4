/**
 * What published measures say of whole pictures, on pixels as they were decoded, not averaged: all of a small picture, a
 * regular sample of a larger one.
 */
import { spatialInformationOf } from '../detail/spatial-information.ts'
import { Column } from './column.ts'

/** A value for each frame. */
export interface PixelColumns {
  /** SI of each frame; absent where pixels are a sample, which has no neighbours. */
  readonly spatialInformation?: Float32Array
  /** Standard deviation over the picture of the change of luma: TI of each frame, ITU-T P.910 (2022-07) 7.8; 0 for the first. */
  readonly temporalInformation: Float32Array
  /**
   * Mean absolute difference from the frame before of the 8-bit R, G and B values: what VBench (Huang et al. 2024) calls
   * flickering; 0 for the first.
   */
  readonly meanAbsoluteError: Float32Array
}

export interface PixelSize {
  /** Pixels. */
  readonly width: number
  readonly height: number
  /** They are all of the picture. */
  readonly isWhole: boolean
}

/** Places at which colours are compared: their mean is within a hundredth of that of all. */
const colourPlaces = 28_800

export class PixelMeter {
  readonly #size: PixelSize
  readonly #previous: Uint8Array
  /** R, G and B of each place, of the frame before. */
  readonly #colours: Float32Array
  /** Of each place, where its luma is, and its chroma within a plane. */
  readonly #lumaAt: Uint32Array
  readonly #chromaAt: Uint32Array
  readonly #information = new Column()
  readonly #deviation = new Column()
  readonly #error = new Column()
  #frames = 0

  constructor(size: PixelSize) {
    this.#size = size
    const { width, height } = size
    const columns = (width + 1) >> 1
    const places = placesOf(columns, (height + 1) >> 1)
    this.#previous = new Uint8Array(width * height)
    this.#colours = new Float32Array(3 * places.length)
    this.#chromaAt = places
    this.#lumaAt = places.map((place, index) => {
      // Of the four pixels that share a chroma sample, each in turn.
      const x = Math.min(width - 1, 2 * (place % columns) + (index & 1))
      const y = Math.min(height - 1, 2 * Math.floor(place / columns) + ((index >> 1) & 1))
      return y * width + x
    })
  }

  get frames(): number {
    return this.#frames
  }

  /** @param frame - planes of YUV 4:2:0, limited range, one after another; it may be reused. */
  push(frame: Uint8Array): void {
    const { width, height, isWhole } = this.#size
    const luma = frame.subarray(0, width * height)
    if (isWhole) this.#information.push(spatialInformationOf({ width, height, data: luma }))
    const isFirst = this.#frames++ === 0
    const [deviation, error] = [this.#lumaChange(luma), this.#colourChange(frame)]
    this.#deviation.push(isFirst ? 0 : deviation)
    this.#error.push(isFirst ? 0 : error)
    this.#previous.set(luma)
  }

  /** Of the first `count` frames. */
  columns(count: number): PixelColumns {
    const [information, deviation, error] = [this.#information, this.#deviation, this.#error].map((column) =>
      column.values().subarray(0, count),
    ) as [Float32Array, Float32Array, Float32Array]
    return {
      ...(this.#size.isWhole && { spatialInformation: information }),
      temporalInformation: deviation,
      meanAbsoluteError: error,
    }
  }

  /** Standard deviation of what was added to each pixel. */
  #lumaChange(luma: Uint8Array): number {
    const previous = this.#previous
    let sum = 0
    let squares = 0
    for (let at = 0; at < luma.length; at++) {
      const change = (luma[at] as number) - (previous[at] as number)
      sum += change
      squares += change * change
    }
    const mean = sum / luma.length
    return Math.sqrt(Math.max(0, squares / luma.length - mean * mean))
  }

  #colourChange(frame: Uint8Array): number {
    const [lumaAt, chromaAt, colours] = [this.#lumaAt, this.#chromaAt, this.#colours]
    const { width, height } = this.#size
    const blueStart = width * height
    const redStart = blueStart + ((width + 1) >> 1) * ((height + 1) >> 1)
    let error = 0
    for (let place = 0, at = 0; place < lumaAt.length; place++) {
      const chroma = chromaAt[place] as number
      // ITU-R BT.601, as ffmpeg without a tag.
      const y = 1.164 * ((frame[lumaAt[place] as number] as number) - 16)
      const u = (frame[blueStart + chroma] as number) - 128
      const v = (frame[redStart + chroma] as number) - 128
      const red = limited(y + 1.596 * v)
      const green = limited(y - 0.392 * u - 0.813 * v)
      const blue = limited(y + 2.017 * u)
      error +=
        Math.abs(red - (colours[at] as number)) +
        Math.abs(green - (colours[at + 1] as number)) +
        Math.abs(blue - (colours[at + 2] as number))
      colours[at++] = red
      colours[at++] = green
      colours[at++] = blue
    }
    return error / (3 * lumaAt.length)
  }
}

/** To what 8 bits hold. */
function limited(value: number): number {
  return value < 0 ? 0 : value > 255 ? 255 : value
}

/** Every few of the samples of a plane; the step fits no row, so that columns do not repeat. */
function placesOf(columns: number, rows: number): Uint32Array {
  const all = columns * rows
  let step = Math.max(1, Math.round(all / colourPlaces))
  while (step > 1 && columns % step === 0) step++
  return Uint32Array.from({ length: Math.ceil(all / step) }, (_, index) => index * step)
}
