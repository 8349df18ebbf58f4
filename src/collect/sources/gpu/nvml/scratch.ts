/** One piece of memory that the library writes its answers into, and the views to read them by. */

/** A word of all ones is how the library says that a value is not there. */
const noWord = 0xffff_ffff
/** What DCGM and the CSV of `nvidia-smi` show for a value that is not there, less its lowest bits: `2^63 - 14` …. */
const noLongHigh = 0x7fff_ffff
const noLongLow = 0xffff_fff0
const wordRange = 2 ** 32

/** Offsets are in bytes, and multiples of 4. */
export class Scratch {
  readonly bytes: Uint8Array
  readonly #words: Uint32Array
  readonly #integers: Int32Array

  constructor(byteLength: number) {
    const memory = new ArrayBuffer(byteLength)
    this.bytes = new Uint8Array(memory)
    this.#words = new Uint32Array(memory)
    this.#integers = new Int32Array(memory)
  }

  setWord(offset: number, value: number): void {
    this.#words[offset >>> 2] = value
  }

  /** As it is, for counts, flags and codes. */
  rawWord(offset: number): number {
    return this.#words[offset >>> 2] ?? noWord
  }

  /** Unsigned, of 4 bytes; `NaN` for what is not there. */
  word(offset = 0): number {
    const value = this.rawWord(offset)
    return value === noWord ? Number.NaN : value
  }

  /** Signed, of 4 bytes; `NaN` for the ends of the range, which no measured value has. */
  integer(offset = 0): number {
    const value = this.#integers[offset >>> 2] ?? Number.NaN
    return value === 0x7fff_ffff || value === -0x8000_0000 ? Number.NaN : value
  }

  /** Unsigned, of 8 bytes, rounded to the nearest double; `NaN` for what is not there. */
  long(offset = 0): number {
    const low = this.rawWord(offset)
    const high = this.rawWord(offset + 4)
    const isAbsent = (high === noWord && low === noWord) || (high === noLongHigh && low >= noLongLow)
    return isAbsent ? Number.NaN : high * wordRange + low
  }

  /** An address: a number where a number holds it exactly. */
  handle(offset = 0): number | bigint {
    const low = this.rawWord(offset)
    const high = this.rawWord(offset + 4)
    const value = high * wordRange + low
    return Number.isSafeInteger(value) ? value : (BigInt(high) << 32n) | BigInt(low)
  }

  /** UTF-8 up to the first zero byte, blanks at its ends taken off; undefined when there is nothing. */
  text(offset: number, byteLength: number): string | undefined {
    const bytes = this.bytes.subarray(offset, offset + byteLength)
    const end = bytes.indexOf(0)
    const text = new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end)).trim()
    return text === '' ? undefined : text
  }
}
