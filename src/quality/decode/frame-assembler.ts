/** Cuts a stream of bytes into frames of a fixed size; the frame that is handed on is reused. */
export class FrameAssembler {
  readonly #frame: Uint8Array
  readonly #take: (frame: Uint8Array) => void
  #filled = 0

  constructor(frameBytes: number, take: (frame: Uint8Array) => void) {
    this.#frame = new Uint8Array(frameBytes)
    this.#take = take
  }

  push(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length; ) {
      const part = chunk.subarray(at, at + this.#frame.length - this.#filled)
      this.#frame.set(part, this.#filled)
      this.#filled += part.length
      at += part.length
      if (this.#filled === this.#frame.length) {
        this.#filled = 0
        this.#take(this.#frame)
      }
    }
  }
}
