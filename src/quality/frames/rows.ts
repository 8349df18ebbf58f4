/** Rows of numbers, all of one length, one after another; grows by doubling. */
export class Rows {
  #values = new Float32Array(0)
  #length = 0

  push(row: Float32Array): void {
    if (this.#length + row.length > this.#values.length) {
      const grown = new Float32Array(Math.max(64 * row.length, this.#values.length * 2))
      grown.set(this.#values)
      this.#values = grown
    }
    this.#values.set(row, this.#length)
    this.#length += row.length
  }

  values(): Float32Array {
    return this.#values.subarray(0, this.#length)
  }
}
