/** Numbers that are added at the end; grows by doubling. */
export class Column {
  #values = new Float32Array(256)
  #length = 0

  push(value: number): void {
    if (this.#length === this.#values.length) {
      const grown = new Float32Array(this.#length * 2)
      grown.set(this.#values)
      this.#values = grown
    }
    this.#values[this.#length++] = value
  }

  values(): Float32Array {
    return this.#values.subarray(0, this.#length)
  }
}
