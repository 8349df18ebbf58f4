/** Reads the text of a kernel file byte by byte: strings are made only of what has to be a string. */

const newline = 10
const space = 32
const zero = 48
const nine = 57
/** Fifteen digits are exact in a double, whatever they are. */
const exactDigits = 15

/** A place in a text, moved by what is read there. A line ends at a line feed; words are parted by white space. */
export class TextCursor {
  readonly #bytes: Buffer
  readonly #end: number
  #at: number

  /** @param end - of the text in `bytes`. */
  constructor(bytes: Buffer, end = bytes.length, at = 0) {
    this.#bytes = bytes
    this.#end = end
    this.#at = at
  }

  /** True when no text is left. */
  get isAtEnd(): boolean {
    return this.#at >= this.#end
  }

  /** True when no word is left on this line. */
  get isAtLineEnd(): boolean {
    this.#skipBlanks()
    return this.isAtEnd || this.#bytes[this.#at] === newline
  }

  /** True when the text goes on with these characters, which must be ASCII. */
  startsWith(text: string): boolean {
    if (this.#at + text.length > this.#end) return false
    for (let index = 0; index < text.length; index++)
      if (this.#bytes[this.#at + index] !== text.charCodeAt(index)) return false
    return true
  }

  /** The next word of this line, as UTF-8; empty when there is none. */
  word(): string {
    this.#skipBlanks()
    const from = this.#at
    this.#skipToBlank()
    return from === this.#at ? '' : this.#bytes.toString('utf8', from, this.#at)
  }

  /**
   * The next word up to the last of an ASCII character in it, which is passed over too; undefined when it holds none,
   * or nothing before it.
   */
  wordUpToLast(character: string): string | undefined {
    this.#skipBlanks()
    const from = this.#at
    this.#skipToBlank()
    const last = this.#bytes.lastIndexOf(character, this.#at - 1, 'latin1')
    if (last <= from) return undefined
    this.#at = last + 1
    return this.#bytes.toString('utf8', from, last)
  }

  /** The next word of this line as a number; `NaN` when it is none, or is no decimal whole number. */
  wholeNumber(): number {
    this.#skipBlanks()
    const from = this.#at
    let value = 0
    for (; this.#at < this.#end; this.#at++) {
      const byte = this.#bytes[this.#at] ?? 0
      if (byte < zero || byte > nine) break
      value = value * 10 + byte - zero
    }
    const digits = this.#at - from
    const isWord = digits > 0 && (this.isAtEnd || (this.#bytes[this.#at] ?? 0) <= space)
    if (!isWord) {
      this.#skipToBlank()
      return Number.NaN
    }
    return digits <= exactDigits ? value : largeNumber(this.#bytes.toString('latin1', from, this.#at))
  }

  /** The next word of this line as a number with digits on both sides of a point; `NaN` when it is none. */
  decimal(): number {
    const word = this.word()
    return /^\d+\.\d+$/.test(word) ? Number(word) : Number.NaN
  }

  /** Passes over words of this line. */
  skipWords(count: number): void {
    for (let index = 0; index < count; index++) {
      this.#skipBlanks()
      this.#skipToBlank()
    }
  }

  /** Goes to the start of the next line. */
  skipLine(): void {
    const end = this.#bytes.indexOf(newline, this.#at)
    this.#at = end < 0 || end >= this.#end ? this.#end : end + 1
  }

  /** What is left of this line, as UTF-8. */
  restOfLine(): string {
    this.#skipBlanks()
    const end = this.#bytes.indexOf(newline, this.#at)
    const to = end < 0 || end >= this.#end ? this.#end : end
    const text = this.#bytes.toString('utf8', this.#at, to)
    this.#at = to
    return text
  }

  #skipBlanks(): void {
    while (this.#at < this.#end) {
      const byte = this.#bytes[this.#at] ?? 0
      if (byte > space || byte === newline) return
      this.#at += 1
    }
  }

  #skipToBlank(): void {
    while (this.#at < this.#end && (this.#bytes[this.#at] ?? 0) > space) this.#at += 1
  }
}

/** The greatest count the kernel keeps. */
const greatestCount = 2 ** 64

/** Rounded to the nearest double; what no 64 bits can hold is garbage. */
function largeNumber(digits: string): number {
  const value = Number(digits)
  return value <= greatestCount ? value : Number.NaN
}
