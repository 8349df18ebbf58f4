/**
 * Records of numbers and texts in shared memory, as they go from the caller's thread to the engine's. All is in slots of 8
 * bytes: a number is one; a text is one that tells its length, then its UTF-8; a name, a text that comes again and again,
 * is told in full once and is a number after that. Writing allocates nothing but what the first use of a name takes.
 */

export const slotBytes = 8
/** Names that are remembered; those beyond, and longer ones, are told in full each time. */
const maxNames = 4096
const maxNameChars = 64
/** The most bytes of UTF-8 that one unit of a JavaScript string takes. */
export const maxCharBytes = 3

/** The two views of a memory that records are written to or read from. */
interface RecordMemory {
  readonly numbers: Float64Array
  readonly bytes: Buffer
}

/** Views of all slots from `byteOffset` on. */
export function recordMemory(memory: ArrayBufferLike, byteOffset = 0): RecordMemory {
  return { numbers: new Float64Array(memory, byteOffset), bytes: Buffer.from(memory, byteOffset) }
}

/** Writes one record at a time, never past its end: what does not fit is cut or left out, and `isCut` says so. */
export class RecordWriter {
  readonly #numbers: Float64Array
  readonly #bytes: Buffer
  readonly #names: Map<string, number> | undefined
  #at = 0
  #end = 0
  #isCut = false

  /** @param options.hasNames - false for records that may be lost on their way: names in them are always told in full. */
  constructor(memory: RecordMemory, options: { readonly hasNames: boolean }) {
    this.#numbers = memory.numbers
    this.#bytes = memory.bytes
    this.#names = options.hasNames ? new Map() : undefined
  }

  /** Begins a record at a slot; it ends before another. */
  begin(at: number, end: number): void {
    this.#at = at
    this.#end = end
    this.#isCut = false
  }

  /** The slot after the last one written. */
  get at(): number {
    return this.#at
  }

  get isCut(): boolean {
    return this.#isCut
  }

  /** Whether so many slots are left. A field that is begun without room for its parts would spoil those after it. */
  hasRoom(slots: number): boolean {
    if (this.#at + slots <= this.#end) return true
    this.#isCut = true
    return false
  }

  markCut(): void {
    this.#isCut = true
  }

  /** There must be room. */
  number(value: number): void {
    this.#numbers[this.#at++] = value
  }

  /** There must be room for one slot: a text is cut to the room there is, and to `maxChars`. */
  text(text: string, maxChars: number): void {
    this.#inline(text, maxChars, 0)
  }

  /** As `text`, for what comes again and again. */
  name(name: string, maxChars: number): void {
    const known = this.#names?.get(name)
    if (known !== undefined) {
      this.#numbers[this.#at++] = known
      return
    }
    const isKept =
      this.#names !== undefined &&
      this.#names.size < maxNames &&
      name.length <= Math.min(maxNameChars, maxChars, this.#charsLeft())
    if (isKept) this.#names?.set(name, this.#names.size)
    this.#inline(name, maxChars, isKept ? 1 : 0)
  }

  #inline(text: string, maxChars: number, isKept: 0 | 1): void {
    const chars = Math.min(maxChars, this.#charsLeft())
    if (text.length > chars && chars < maxChars) this.#isCut = true
    const start = (this.#at + 1) * slotBytes
    const length = this.#bytes.write(text.length > chars ? text.slice(0, chars) : text, start)
    this.#numbers[this.#at] = -1 - (length * 2 + isKept)
    this.#at += 1 + Math.ceil(length / slotBytes)
  }

  #charsLeft(): number {
    return Math.floor(((this.#end - this.#at - 1) * slotBytes) / maxCharBytes)
  }
}

/** Reads records in the order they were written in, each of them once: names refer to earlier ones. */
export class RecordReader {
  readonly #numbers: Float64Array
  readonly #bytes: Buffer
  readonly #names: string[] = []
  #at = 0

  constructor(memory: RecordMemory) {
    this.#numbers = memory.numbers
    this.#bytes = memory.bytes
  }

  begin(at: number): void {
    this.#at = at
  }

  get at(): number {
    return this.#at
  }

  number(): number {
    return this.#numbers[this.#at++] ?? Number.NaN
  }

  /** A text or a name. */
  text(): string {
    const head = this.number()
    if (head >= 0) return this.#names[head] ?? ''
    const length = (-1 - head) >>> 1
    const start = this.#at * slotBytes
    const text = this.#bytes.toString('utf8', start, start + length)
    this.#at += Math.ceil(length / slotBytes)
    if (((-1 - head) & 1) === 1) this.#names.push(text)
    return text
  }
}
