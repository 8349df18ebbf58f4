import { FramewatchError } from '../../model/errors.ts'

/** What bytes that are no frame are answered with. */
export function damagedFrame(fact: string): FramewatchError {
  return new FramewatchError('STORE_DAMAGED', `A frame of samples is damaged: ${fact}`, {
    details: { reason: fact },
  })
}

/**
 * A growing string of bytes. Numbers are little-endian; a varint is LEB128 (7 bits a byte, lowest first), of an
 * integer in [0, 2^53]; bits are written from the highest of each byte down, between `align` and `align`.
 */
export class ByteWriter {
  #bytes: Uint8Array
  #view: DataView
  #length = 0
  /** Bits that fill no byte yet, and how many. */
  #pending = 0
  #pendingBits = 0

  constructor(capacityBytes = 1024) {
    this.#bytes = new Uint8Array(capacityBytes)
    this.#view = new DataView(this.#bytes.buffer)
  }

  get length(): number {
    return this.#length
  }

  /** A view of what was written, valid until the next write. */
  get written(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }

  clear(): void {
    this.#length = 0
    this.#pendingBits = 0
  }

  byte(value: number): void {
    this.#reserve(1)
    this.#bytes[this.#length++] = value
  }

  /** Takes back what was written from `length` on. */
  truncate(length: number): void {
    this.#length = length
  }

  /** Takes back what was written between two places. */
  moveBack(from: number, to: number): void {
    this.#bytes.copyWithin(to, from, this.#length)
    this.#length -= from - to
  }

  /** Writes over a byte that was written before. */
  replaceByte(offset: number, value: number): void {
    this.#bytes[offset] = value
  }

  bytes(values: Uint8Array): void {
    this.#reserve(values.length)
    this.#bytes.set(values, this.#length)
    this.#length += values.length
  }

  uint32(value: number): void {
    this.#reserve(4)
    this.#view.setUint32(this.#length, value, true)
    this.#length += 4
  }

  double(value: number): void {
    this.#reserve(8)
    this.#view.setFloat64(this.#length, value, true)
    this.#length += 8
  }

  varint(value: number): void {
    this.#reserve(8)
    let rest = value
    // Bit operators are several times as fast, where they can be used.
    for (; rest < 2 ** 31 && rest >= 0x80; rest >>>= 7) this.#bytes[this.#length++] = (rest & 0x7f) | 0x80
    while (rest >= 0x80) {
      this.#bytes[this.#length++] = (rest % 0x80) | 0x80
      rest = Math.floor(rest / 0x80)
    }
    this.#bytes[this.#length++] = rest
  }

  /** @param count - from 0 to 32; `value` has no higher bits set. */
  bits(value: number, count: number): void {
    const free = 32 - this.#pendingBits
    if (count < free) {
      this.#pending |= value << (free - count)
      this.#pendingBits += count
      return
    }
    this.#reserve(4)
    const over = count - free
    this.#view.setUint32(this.#length, (this.#pending | (value >>> over)) >>> 0)
    this.#length += 4
    this.#pending = over === 0 ? 0 : value << (32 - over)
    this.#pendingBits = over
  }

  /** Fills the last byte of bits with zeros. */
  align(): void {
    this.#reserve(4)
    for (; this.#pendingBits > 0; this.#pendingBits -= 8) {
      this.#bytes[this.#length++] = this.#pending >>> 24
      this.#pending <<= 8
    }
    this.#pending = 0
    this.#pendingBits = 0
  }

  #reserve(count: number): void {
    if (this.#length + count <= this.#bytes.length) return
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + count))
    larger.set(this.written)
    this.#bytes = larger
    this.#view = new DataView(larger.buffer)
  }
}

const lookAheadBytes = 8

/** A copy in a buffer that is eight bytes longer, so that readers of bits need not copy it again. */
export function withRoom(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(bytes.length + lookAheadBytes)
  copy.set(bytes)
  return copy.subarray(0, bytes.length)
}

/** Reads what a `ByteWriter` wrote. What is past the end is an error, except for bits, which are then zero. */
export class ByteReader {
  readonly bytes: Uint8Array
  /** Of the next byte. */
  offset: number
  readonly #view: DataView

  constructor(bytes: Uint8Array, offset = 0) {
    this.bytes = bytes
    this.offset = offset
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get left(): number {
    return this.bytes.length - this.offset
  }

  /** A view of the same bytes, and at least eight behind them: what reads bits may look ahead. */
  get lookAhead(): DataView {
    const { buffer, byteOffset, byteLength } = this.bytes
    if (byteOffset + byteLength + lookAheadBytes <= buffer.byteLength) return new DataView(buffer, byteOffset)
    return new DataView(withRoom(this.bytes).buffer)
  }

  byte(): number {
    this.#require(1)
    return this.bytes[this.offset++] ?? 0
  }

  /** A view of the next bytes. */
  take(count: number): Uint8Array {
    this.#require(count)
    this.offset += count
    return this.bytes.subarray(this.offset - count, this.offset)
  }

  uint32(): number {
    this.#require(4)
    this.offset += 4
    return this.#view.getUint32(this.offset - 4, true)
  }

  double(): number {
    this.#require(8)
    this.offset += 8
    return this.#view.getFloat64(this.offset - 8, true)
  }

  varint(): number {
    let value = 0
    for (let scale = 1; scale <= 2 ** 49; scale *= 0x80) {
      const byte = this.byte()
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return value
    }
    throw damagedFrame('a number has more than 56 bits')
  }

  /** A varint that counts something of which there cannot be more than `most`. */
  count(most: number): number {
    const value = this.varint()
    if (value > most) throw damagedFrame(`${value} where at most ${most} can be`)
    return value
  }

  #require(count: number): void {
    if (this.left < count) throw damagedFrame('it ends too early')
  }
}

/** Signed integers as unsigned ones, small for small: 0, -1, 1, -2 … become 0, 1, 2, 3 … */
export function zigzag(value: number): number {
  return value < 0 ? -2 * value - 1 : 2 * value
}

export function unzigzag(value: number): number {
  // Bit operators are several times as fast, where they can be used.
  if (value < 2 ** 31) return (value >>> 1) ^ -(value & 1)
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2
}
