/**
 * What is measured of every frame, on a picture reduced to some 57,600 pixels by averaging: one pass over its pixels,
 * with the two frames before it.
 */
import type { Plane } from '../plane.ts'
import { ColourFlow } from './colour-flow.ts'
import { Column } from './column.ts'
import { LowMap } from './low-map.ts'
import { MotionMeter } from './motion-meter.ts'
import { Rows } from './rows.ts'
import { TileMeter } from './tile-meter.ts'

/** A column for each measure, a value for each frame. Luma and chroma as decoded: 8 bits, limited range. */
export interface FrameColumns {
  /** Mean luma. */
  readonly lumaMean: Float32Array
  /** Mean difference from the frame before; 0 for the first. */
  readonly difference: Float32Array
  /** Mean difference from the mean of the frames before and after; 0 for the first and the last. */
  readonly midDifference: Float32Array
  /** Mean difference between the frames before and after; 0 for the first and the last. */
  readonly spanDifference: Float32Array
  /** See `LowMap.changeFrom`: change from the frame before, and from the first frame that shows the same. */
  readonly change: Float32Array
  /** Index of the first frame from which on all up to this one show the same. */
  readonly stillSince: Float32Array
  /** See `FrameMotion`. */
  readonly motion: Float32Array
  readonly motionChange: Float32Array
  readonly residual: Float32Array
  /** Mean chroma, 128 is none. */
  readonly blue: Float32Array
  readonly red: Float32Array
  /** Mean distance of chroma from grey. */
  readonly saturation: Float32Array
  /** Hasler and Suesstrunk 2003. */
  readonly colourfulness: Float32Array
  /** See `ColourChange`: since the frame before, of the same things. */
  readonly saturationChange: Float32Array
  readonly hueChange: Float32Array
  readonly blueChange: Float32Array
  readonly redChange: Float32Array
  readonly lumaChange: Float32Array
  readonly contrastChange: Float32Array
  /** See `LowMap.range`: difference between bright and dark, bright alone, and deviation of luma. */
  readonly contrast: Float32Array
  readonly brightest: Float32Array
  readonly spread: Float32Array
  /** See `ColourFlow.shifts`: frame by frame, `shiftColumns` * `shiftRows` for each. */
  readonly shifts: Float32Array
  readonly shiftColumns: number
  readonly shiftRows: number
  /** Mean luma of the tiles of each frame, frame by frame: `tileCount` for each. */
  readonly tiles: Float32Array
  readonly tileColumns: number
  readonly tileRows: number
}

/**
 * What of `LowMap.changeFrom` is no movement: that of coding, and of grain that changes a frame by so much per pixel. Of
 * 3600 squares of 16 independent pixels, the eighth largest change is 0.97 times the mean change of a pixel.
 */
const stillChange = 2.2
const stillChangeMin = 1.1
/** … less in a picture of little contrast: of its deviation of luma. */
const stillChangeOfSpread = 0.08
const stillChangeOfGrain = 1.35

export class FrameMeter {
  readonly #width: number
  readonly #height: number
  readonly #low: LowMap
  readonly #previousLow: LowMap
  readonly #anchor: LowMap
  readonly #motion: MotionMeter
  readonly #colours: ColourFlow
  readonly #shifts = new Rows()
  readonly #tiles: TileMeter
  readonly #columns = {
    lumaMean: new Column(),
    difference: new Column(),
    midDifference: new Column(),
    spanDifference: new Column(),
    change: new Column(),
    stillSince: new Column(),
    motion: new Column(),
    motionChange: new Column(),
    residual: new Column(),
    blue: new Column(),
    red: new Column(),
    saturation: new Column(),
    colourfulness: new Column(),
    saturationChange: new Column(),
    hueChange: new Column(),
    blueChange: new Column(),
    redChange: new Column(),
    lumaChange: new Column(),
    contrastChange: new Column(),
    contrast: new Column(),
    brightest: new Column(),
    spread: new Column(),
  }
  #before: Uint8Array
  #twoBefore: Uint8Array
  #frames = 0
  #anchorFrame = 0

  /** Of pictures of this size, even numbers of pixels. */
  constructor(width: number, height: number) {
    this.#width = width
    this.#height = height
    this.#low = new LowMap(width, height)
    this.#previousLow = new LowMap(width, height)
    this.#anchor = new LowMap(width, height)
    this.#motion = new MotionMeter(width, height)
    this.#colours = new ColourFlow(width >> 1, height >> 1)
    this.#tiles = new TileMeter(this.#low.columns, this.#low.rows)
    this.#before = new Uint8Array(width * height)
    this.#twoBefore = new Uint8Array(width * height)
  }

  get frames(): number {
    return this.#frames
  }

  /** @param frame - planes of YUV 4:2:0, one after another; it may be reused. */
  push(frame: Uint8Array): void {
    const luma: Plane = {
      width: this.#width,
      height: this.#height,
      data: frame.subarray(0, this.#width * this.#height),
    }
    const difference = this.#measureLuma(luma)
    this.#measureChange(luma, difference)
    this.#measureColour(frame)
    this.#measureColourChange(frame)
    this.#twoBefore.set(luma.data)
    ;[this.#before, this.#twoBefore] = [this.#twoBefore, this.#before]
    this.#frames++
  }

  /** Of the first `count` frames. */
  columns(count: number): FrameColumns {
    const { midDifference, spanDifference, ...others } = this.#columns
    // The last frame has none after it.
    if (this.#frames > 0 && midDifference.values().length < this.#frames) {
      midDifference.push(0)
      spanDifference.push(0)
    }
    const columns = { ...others, midDifference, spanDifference }
    const values = Object.fromEntries(
      Object.entries(columns).map(([name, column]) => [name, column.values().subarray(0, count)]),
    ) as Record<keyof typeof columns, Float32Array>
    const { columns: tileColumns, rows: tileRows } = this.#tiles
    const { columns: shiftColumns, rows: shiftRows } = this.#motion.field()
    return {
      ...values,
      tiles: this.#tiles.values().subarray(0, count * tileColumns * tileRows),
      tileColumns,
      tileRows,
      shifts: this.#shifts.values().subarray(0, count * shiftColumns * shiftRows),
      shiftColumns,
      shiftRows,
    }
  }

  /** Everything that is a mean over pixels, in one pass; returns the mean difference from the frame before. */
  #measureLuma({ data }: Plane): number {
    const before = this.#before
    const twoBefore = this.#twoBefore
    let sum = 0
    let difference = 0
    let mid = 0
    let span = 0
    for (let at = 0; at < data.length; at++) {
      const value = data[at] as number
      const past = before[at] as number
      const older = twoBefore[at] as number
      sum += value
      difference += Math.abs(value - past)
      mid += Math.abs(2 * past - older - value)
      span += Math.abs(value - older)
    }
    const pixels = data.length
    const columns = this.#columns
    columns.lumaMean.push(sum / pixels)
    columns.difference.push(this.#frames > 0 ? difference / pixels : 0)
    // They belong to the frame before, which now has one after it.
    if (this.#frames > 0) {
      columns.midDifference.push(this.#frames > 1 ? mid / (2 * pixels) : 0)
      columns.spanDifference.push(this.#frames > 1 ? span / pixels : 0)
    }
    return difference / pixels
  }

  #measureChange(luma: Plane, difference: number): void {
    const low = this.#low
    low.read(luma)
    this.#tiles.push(low.means)
    const { darkest, brightest, spread } = low.range()
    this.#columns.spread.push(spread)
    this.#columns.contrast.push(brightest - darkest)
    this.#columns.brightest.push(brightest)
    if (this.#frames === 0) this.#anchor.copyFrom(low)
    else if (low.changeFrom(this.#anchor) > stillLimit(spread, difference)) {
      this.#anchor.copyFrom(low)
      this.#anchorFrame = this.#frames
    }
    const columns = this.#columns
    columns.change.push(this.#frames > 0 ? low.changeFrom(this.#previousLow) : 0)
    columns.stillSince.push(this.#anchorFrame)
    this.#previousLow.copyFrom(low)
    const { magnitude, change, residual } = this.#motion.push(luma)
    columns.motion.push(magnitude)
    columns.motionChange.push(change)
    columns.residual.push(residual)
  }

  #measureColourChange(frame: Uint8Array): void {
    const start = this.#width * this.#height
    const planes = {
      luma: this.#motion.halfPicture(),
      blue: frame.subarray(start, (start * 5) / 4),
      red: frame.subarray((start * 5) / 4, (start * 3) / 2),
    }
    const change = this.#colours.push(planes, this.#motion.field())
    this.#shifts.push(this.#colours.shifts())
    this.#columns.saturationChange.push(change.saturation)
    this.#columns.hueChange.push(change.hue)
    this.#columns.blueChange.push(change.blue)
    this.#columns.redChange.push(change.red)
    this.#columns.lumaChange.push(change.luma)
    this.#columns.contrastChange.push(change.contrast)
  }

  #measureColour(frame: Uint8Array): void {
    const start = this.#width * this.#height
    const pixels = start >> 2
    let blue = 0
    let red = 0
    let saturation = 0
    let sumA = 0
    let sumB = 0
    let squareA = 0
    let squareB = 0
    for (let at = start; at < start + pixels; at++) {
      const u = (frame[at] as number) - 128
      const v = (frame[at + pixels] as number) - 128
      blue += u
      red += v
      saturation += Math.sqrt(u * u + v * v)
      // R - G and (R + G) / 2 - B from chroma, ITU-R BT.709: luma falls out of both.
      const a = 2.326 * v + 0.213 * u
      const b = 0.63 * v - 2.219 * u
      sumA += a
      sumB += b
      squareA += a * a
      squareB += b * b
    }
    const meanA = sumA / pixels
    const meanB = sumB / pixels
    const deviation = Math.sqrt(
      Math.max(0, squareA / pixels - meanA * meanA + squareB / pixels - meanB * meanB),
    )
    const columns = this.#columns
    columns.blue.push(128 + blue / pixels)
    columns.red.push(128 + red / pixels)
    columns.saturation.push(saturation / pixels)
    columns.colourfulness.push(deviation + 0.3 * Math.hypot(meanA, meanB))
  }
}

function stillLimit(spread: number, difference: number): number {
  const ofPicture = Math.min(stillChange, Math.max(stillChangeMin, stillChangeOfSpread * spread))
  return Math.max(ofPicture, stillChangeOfGrain * difference)
}
