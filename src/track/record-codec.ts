/**
 * Records of fields in shared memory, as they go from the caller's thread to the engine's. Writing allocates nothing but
 * what the first use of a name takes, and records are short: each line of memory goes from one core to the other.
 *
 * All is in slots of 8 bytes, numbers of 64 bits. A field begins with one that holds its tag, a whole number, and whether more
 * follows: `(number * 2 + more) * 64 + tag`. The number is the value itself where it is whole and small, or that of a name: a
 * text that comes again and again is told in full once and is a number after that. A text in full is a slot that tells
 * its length in bytes and whether it is a name from now on, then its UTF-8.
 */

export const slotBytes = 8
const tagCount = 64
/** What is beyond does not fit beside a tag without losing digits. */
const maxSmall = 2 ** 44
/** Names that are remembered; those beyond, and longer ones, are told in full each time. */
const maxNames = 4096
const maxNameChars = 64
/** The most bytes of UTF-8 that one unit of a JavaScript string takes. */
const maxCharBytes = 3
/** A tag, a number, and the lengths of two texts. */
const fieldSlots = 4
/** More than any entry takes whose texts are no longer than `maxShortChars`. */
const ampleSlots = 256
/** Names and short texts, the parts of entries, are cut to this. */
export const maxShortChars = 200

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

  markCut(): void {
    this.#isCut = true
  }

  /** A number without a tag: for what every record has. */
  number(value: number): void {
    this.#numbers[this.#at++] = value
  }

  numberField(tag: number, value: number): void {
    if (!this.#hasRoom(0)) return
    if (value >= 0 && value < maxSmall && Math.floor(value) === value) this.#head(tag, value, 0)
    else {
      this.#head(tag, 0, 1)
      this.number(value)
    }
  }

  /** @param maxChars - the text is cut to this many, and to the room there is. */
  textField(tag: number, text: string, maxChars: number): void {
    if (!this.#hasRoom(0)) return
    this.#head(tag, 0, 1)
    this.#inline(text, maxChars, 0)
  }

  /** As `textField`, for what comes again and again. */
  nameField(tag: number, name: string): void {
    if (this.#hasRoom(0)) this.#name(tag, name)
  }

  /** A number under a name of the caller's. */
  numberEntry(tag: number, name: string, value: number): void {
    if (!this.#hasAmpleRoom() && !this.#hasRoom(slotsOf(name))) return
    this.#name(tag, name)
    this.number(value)
  }

  /** A text, one that comes again and again, under a name of the caller's. */
  textEntry(tag: number, name: string, text: string): void {
    if (!this.#hasAmpleRoom() && !this.#hasRoom(slotsOf(name) + slotsOf(text))) return
    this.#name(tag, name)
    this.#name(tag, text)
  }

  /** Spares most fields the sum of what they take at most. */
  #hasAmpleRoom(): boolean {
    return this.#at + ampleSlots <= this.#end
  }

  /** A field without room for all its parts would spoil those after it. */
  #hasRoom(textSlots: number): boolean {
    if (this.#at + fieldSlots + textSlots <= this.#end) return true
    this.#isCut = true
    return false
  }

  #head(tag: number, value: number, more: 0 | 1): void {
    this.#numbers[this.#at++] = (value * 2 + more) * tagCount + tag
  }

  #name(tag: number, name: string): void {
    const known = this.#names?.get(name)
    if (known !== undefined) {
      this.#head(tag, known, 0)
      return
    }
    this.#head(tag, 0, 1)
    const isKept =
      this.#names !== undefined &&
      this.#names.size < maxNames &&
      name.length <= Math.min(maxNameChars, this.#charsLeft())
    if (isKept) this.#names?.set(name, this.#names.size)
    this.#inline(name, maxShortChars, isKept ? 1 : 0)
  }

  #inline(text: string, maxChars: number, isKept: 0 | 1): void {
    const chars = Math.min(maxChars, this.#charsLeft())
    if (text.length > chars && chars < maxChars) this.#isCut = true
    const start = (this.#at + 1) * slotBytes
    const length = this.#bytes.write(text.length > chars ? text.slice(0, chars) : text, start)
    this.#numbers[this.#at] = length * 2 + isKept
    this.#at += 1 + Math.ceil(length / slotBytes)
  }

  #charsLeft(): number {
    return Math.floor(((this.#end - this.#at - 1) * slotBytes) / maxCharBytes)
  }
}

/** At most. */
function slotsOf(text: string): number {
  return Math.ceil((Math.min(text.length, maxShortChars) * maxCharBytes) / slotBytes)
}

/** Reads records in the order they were written in, each of them once: names refer to earlier ones. */
export class RecordReader {
  readonly #numbers: Float64Array
  readonly #bytes: Buffer
  readonly #names: string[] = []
  #at = 0
  #tag = 0
  #value = 0
  #hasMore = false

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

  /** A number without a tag. */
  number(): number {
    return this.#numbers[this.#at++] ?? Number.NaN
  }

  /** Goes on to the next field; what it holds is read by what its tag says it is. */
  tag(): number {
    const head = this.number()
    this.#tag = head % tagCount
    const rest = (head - this.#tag) / tagCount
    this.#hasMore = rest % 2 === 1
    this.#value = Math.floor(rest / 2)
    return this.#tag
  }

  /** Of a number field. */
  value(): number {
    return this.#hasMore ? this.number() : this.#value
  }

  /** Of a text or name field; of an entry, its name. */
  text(): string {
    return this.#hasMore ? this.#inline() : (this.#names[this.#value] ?? '')
  }

  /** Of an entry, after its name. */
  entryText(): string {
    this.tag()
    return this.text()
  }

  #inline(): string {
    const head = this.number()
    const isKept = head % 2 === 1
    const length = Math.floor(head / 2)
    const start = this.#at * slotBytes
    const text = this.#bytes.toString('utf8', start, start + length)
    this.#at += Math.ceil(length / slotBytes)
    if (isKept) this.#names.push(text)
    return text
  }
}
