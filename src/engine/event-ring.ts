import { FramewatchError } from '../model/errors.ts'
import type { Clock } from '../system/clock.ts'

/**
 * The way of events from the caller's thread to the engine thread: a ring of bytes in shared memory, one writer,
 * one reader. Writing costs about a microsecond, allocates next to nothing, and needs no event loop on either
 * side to turn: a blocked host is still heard.
 *
 * Layout: control words (Int32), then `capacity` bytes of records. A record is its length in bytes (Int32,
 * little-endian), then UTF-8 JSON, padded to 4 bytes; the length -1 sends the reader back to the start.
 * Positions count bytes for ever, modulo 2^32; the place in the ring is the position modulo the capacity.
 */
export type SharedRing = SharedArrayBuffer

const control = {
  head: 0,
  tail: 1,
  /** 1 while the reader waits to be woken. */
  sleeping: 2,
  droppedProgress: 3,
  droppedEvents: 4,
  invalidEvents: 5,
  closed: 6,
  /** The writer's process is about to exit: 1 asks for a last drain, 2 says it is done. */
  flush: 7,
} as const

const controlBytes = 64
const wrapMarker = -1
const defaultCapacityBytes = 1024 * 1024

/** @param capacityBytes - a power of two from 1024 up. */
export function createRing(capacityBytes = defaultCapacityBytes): SharedRing {
  const isPowerOfTwo = Number.isInteger(Math.log2(capacityBytes))
  if (capacityBytes < 1024 || !isPowerOfTwo) {
    throw new FramewatchError(
      'CONFIG_INVALID',
      `Expected a ring capacity that is a power of two from 1024 up, got ${capacityBytes}`,
    )
  }
  return new SharedArrayBuffer(controlBytes + capacityBytes)
}

function openRing(ring: SharedRing) {
  const words = new Int32Array(ring, 0, controlBytes / 4)
  return { words, bytes: Buffer.from(ring, controlBytes), capacity: ring.byteLength - controlBytes }
}

/** What may be lost when the reader falls behind: `droppable` goes first, at half full. */
export type Priority = 'droppable' | 'keep'

/** How many characters of kept records wait on the writer's heap when the ring is full. */
const maxSpilledChars = 8 * 1024 * 1024

/** The writer's end. Nothing here throws. */
export class RingWriter {
  readonly #words: Int32Array
  readonly #bytes: Buffer
  readonly #capacity: number
  #spilled: string[] = []
  #spilledChars = 0

  constructor(ring: SharedRing) {
    const { words, bytes, capacity } = openRing(ring)
    this.#words = words
    this.#bytes = bytes
    this.#capacity = capacity
  }

  /**
   * Appends any JSON value of up to an eighth of the capacity. What cannot be encoded, or is longer, is counted, and
   * false is returned.
   */
  write(value: unknown, priority: Priority): boolean {
    const text = this.#encode(value)
    if (text === undefined) {
      Atomics.add(this.#words, control.invalidEvents, 1)
      return false
    }
    if (this.#spilled.length > 0) this.flushSpilled()
    if (priority === 'droppable') {
      if (this.#spilled.length > 0 || this.#usedBytes() > this.#capacity / 2 || !this.#append(text)) {
        Atomics.add(this.#words, control.droppedProgress, 1)
      }
    } else if (this.#spilled.length > 0 || !this.#append(text)) {
      this.#spill(text)
    }
    return true
  }

  /** Moves what did not fit into the ring as far as there is room now; true when nothing is left. */
  flushSpilled(): boolean {
    let moved = 0
    for (const text of this.#spilled) {
      if (!this.#append(text)) break
      this.#spilledChars -= text.length
      moved += 1
    }
    if (moved > 0) this.#spilled = this.#spilled.slice(moved)
    return this.#spilled.length === 0
  }

  /** Gives up what did not fit, and counts it. */
  abandonSpilled(): void {
    Atomics.add(this.#words, control.droppedEvents, this.#spilled.length)
    this.#spilled = []
    this.#spilledChars = 0
  }

  /** Wakes the reader for good. */
  close(): void {
    Atomics.store(this.#words, control.closed, 1)
    this.#wake()
  }

  /**
   * Blocks this thread until the reader has taken and stored all there is, at most `timeoutMs`. Only for a process
   * that is about to exit.
   */
  flushBeforeExit(clock: Pick<Clock, 'monotonicMs'>, timeoutMs: number): void {
    if (Atomics.load(this.#words, control.closed) === 1) return
    const deadlineMs = clock.monotonicMs() + timeoutMs
    for (let isEmpty = false; !isEmpty && clock.monotonicMs() < deadlineMs; ) {
      isEmpty = this.flushSpilled()
      Atomics.store(this.#words, control.flush, 1)
      this.#wake()
      Atomics.wait(this.#words, control.flush, 1, deadlineMs - clock.monotonicMs())
    }
  }

  /** Undefined for what cannot be encoded, or could be in the way of all that comes after. */
  #encode(value: unknown): string | undefined {
    try {
      const text = JSON.stringify(value)
      const longest = this.#capacity / 8
      return text.length * 3 > longest && Buffer.byteLength(text) > longest ? undefined : text
    } catch {
      return undefined
    }
  }

  #usedBytes(): number {
    return (Atomics.load(this.#words, control.head) - Atomics.load(this.#words, control.tail)) >>> 0
  }

  #append(text: string): boolean {
    // The longest UTF-8 can be; the exact length only where that would be wasteful.
    const longest = text.length * 3
    const needed = 8 + (longest > this.#capacity / 8 ? Buffer.byteLength(text) : longest)
    const head = Atomics.load(this.#words, control.head) >>> 0
    const place = head % this.#capacity
    const untilEnd = this.#capacity - place
    const skipped = needed > untilEnd ? untilEnd : 0
    if (skipped + needed > this.#capacity - this.#usedBytes()) return false
    if (skipped > 0) this.#bytes.writeInt32LE(wrapMarker, place)
    const start = (place + skipped) % this.#capacity
    const length = this.#bytes.write(text, start + 4)
    this.#bytes.writeInt32LE(length, start)
    Atomics.store(this.#words, control.head, head + skipped + 4 + ((length + 3) & ~3))
    if (Atomics.load(this.#words, control.sleeping) === 1) this.#wake()
    return true
  }

  #spill(text: string): void {
    if (this.#spilledChars + text.length > maxSpilledChars) {
      Atomics.add(this.#words, control.droppedEvents, 1)
      return
    }
    this.#spilled.push(text)
    this.#spilledChars += text.length
  }

  #wake(): void {
    Atomics.store(this.#words, control.sleeping, 0)
    Atomics.notify(this.#words, control.sleeping)
  }
}

/** The reader's end. */
export class RingReader {
  readonly #words: Int32Array
  readonly #bytes: Buffer
  readonly #capacity: number

  constructor(ring: SharedRing) {
    const { words, bytes, capacity } = openRing(ring)
    this.#words = words
    this.#bytes = bytes
    this.#capacity = capacity
  }

  /** What was dropped so far, and why. */
  get dropped(): { readonly progress: number; readonly events: number; readonly invalid: number } {
    const at = (index: number) => Atomics.load(this.#words, index)
    return {
      progress: at(control.droppedProgress),
      events: at(control.droppedEvents),
      invalid: at(control.invalidEvents),
    }
  }

  get isClosed(): boolean {
    return Atomics.load(this.#words, control.closed) === 1
  }

  /** Where the writer is now: what is taken up to here was written before. */
  mark(): number {
    return Atomics.load(this.#words, control.head) >>> 0
  }

  /** Takes at most `limit` records, oldest first, none that was written after the mark. */
  take(limit: number, mark = this.mark()): unknown[] {
    const values: unknown[] = []
    let tail = Atomics.load(this.#words, control.tail) >>> 0
    while (tail !== mark && values.length < limit) {
      const place = tail % this.#capacity
      const length = this.#bytes.readInt32LE(place)
      if (length === wrapMarker) {
        tail = (tail + this.#capacity - place) >>> 0
        continue
      }
      values.push(JSON.parse(this.#bytes.toString('utf8', place + 4, place + 4 + length)))
      tail = (tail + 4 + ((length + 3) & ~3)) >>> 0
    }
    Atomics.store(this.#words, control.tail, tail)
    return values
  }

  /** Resolves when there is something to take, the ring is closed, or a last drain is asked for. */
  async readable(): Promise<void> {
    Atomics.store(this.#words, control.sleeping, 1)
    if (this.#isEmpty() && !this.isClosed && !this.flushRequested) {
      await Atomics.waitAsync(this.#words, control.sleeping, 1).value
    }
    Atomics.store(this.#words, control.sleeping, 0)
  }

  /** True while the writer's process waits to exit. */
  get flushRequested(): boolean {
    return Atomics.load(this.#words, control.flush) === 1
  }

  /** Lets the writer's process go. */
  flushed(): void {
    Atomics.store(this.#words, control.flush, 2)
    Atomics.notify(this.#words, control.flush)
  }

  #isEmpty(): boolean {
    return Atomics.load(this.#words, control.head) === Atomics.load(this.#words, control.tail)
  }
}
