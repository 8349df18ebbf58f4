/** Mean luma of some 16 x 9 tiles of each frame: small enough to keep for all of them, and to compare any two. */

import { Rows } from './rows.ts'

const target = 144

export class TileMeter {
  readonly columns: number
  readonly rows: number
  readonly #width: number
  readonly #height: number
  readonly #columnOf: Uint16Array
  readonly #rowOf: Uint16Array
  readonly #sizes: Float64Array
  readonly #sums: Float64Array
  readonly #means: Float32Array
  readonly #rows = new Rows()

  /** @param width - of the map that tiles are made of, as `height` in its squares. */
  constructor(width: number, height: number) {
    const ratio = width / height
    this.columns = Math.max(1, Math.min(width, Math.round(Math.sqrt(target * ratio))))
    this.rows = Math.max(1, Math.min(height, Math.round(target / this.columns)))
    this.#width = width
    this.#height = height
    this.#columnOf = Uint16Array.from({ length: width }, (_, x) => Math.floor((x * this.columns) / width))
    this.#rowOf = Uint16Array.from({ length: height }, (_, y) => Math.floor((y * this.rows) / height))
    this.#sums = new Float64Array(this.columns * this.rows)
    this.#sizes = new Float64Array(this.columns * this.rows)
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) {
        const tile = this.#tileOf(x, y)
        this.#sizes[tile] = (this.#sizes[tile] as number) + 1
      }
    this.#means = new Float32Array(this.#sums.length)
  }

  push(map: Float32Array): void {
    const sums = this.#sums.fill(0)
    for (let y = 0, at = 0; y < this.#height; y++)
      for (let x = 0; x < this.#width; x++, at++) {
        const tile = this.#tileOf(x, y)
        sums[tile] = (sums[tile] as number) + (map[at] as number)
      }
    for (let tile = 0; tile < sums.length; tile++)
      this.#means[tile] = (sums[tile] as number) / (this.#sizes[tile] as number)
    this.#rows.push(this.#means)
  }

  /** Frame by frame, `columns * rows` each. */
  values(): Float32Array {
    return this.#rows.values()
  }

  #tileOf(x: number, y: number): number {
    return (this.#rowOf[y] as number) * this.columns + (this.#columnOf[x] as number)
  }
}
