import { FramewatchError } from '../model/errors.ts'
import type { Clock } from '../system/clock.ts'
import { RecordReader, RecordWriter, recordMemory, slotBytes } from '../track/record-codec.ts'

/**
 * The way of events from the caller's thread to the engine thread: a ring in shared memory, one writer, one reader.
 * Writing allocates next to nothing, and needs no event loop on either side to turn: a blocked host is still heard.
 *
 * Layout: control words (Int32), then slots of 8 bytes: the capacity, and room for one record past its end, so that
 * none has to be broken in two. A record is its length in slots, itself included, then its own slots
 * (`record-codec.ts`). Positions count slots for ever, modulo 2^32; the place in the ring is the position modulo the
 * capacity.
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
const defaultCapacityBytes = 1024 * 1024
/** The longest record, as a part of the capacity. */
const recordShare = 8

/** @param capacityBytes - a power of two from 1024 up. */
export function createRing(capacityBytes = defaultCapacityBytes): SharedRing {
  const isPowerOfTwo = Number.isInteger(Math.log2(capacityBytes))
  if (capacityBytes < 1024 || !isPowerOfTwo) {
    throw new FramewatchError(
      'CONFIG_INVALID',
      `Expected a ring capacity that is a power of two from 1024 up, got ${capacityBytes}`,
    )
  }
  return new SharedArrayBuffer(controlBytes + capacityBytes + capacityBytes / recordShare)
}

function openRing(ring: SharedRing) {
  const words = new Int32Array(ring, 0, controlBytes / 4)
  const memory = recordMemory(ring, controlBytes)
  const capacity = memory.numbers.length / (1 + 1 / recordShare)
  return { words, memory, capacity, recordSlots: capacity / recordShare }
}

/** How much of kept records waits on the writer's heap when the ring is full. */
const maxSpilledBytes = 8 * 1024 * 1024

/** The writer's end. Nothing here throws. */
export class RingWriter {
  readonly #words: Int32Array
  readonly #numbers: Float64Array
  readonly #capacity: number
  readonly #recordSlots: number
  readonly #direct: RecordWriter
  /** Where records that find no room are written; made when first needed. */
  #aside: { readonly numbers: Float64Array; readonly writer: RecordWriter } | undefined
  #spilled: Float64Array[] = []
  #spilledSlots = 0
  /** As it is in shared memory: only this end moves it. */
  #head = 0
  /** As it was when last looked at: the reader has only moved it on since. */
  #tail = 0
  #start = 0
  #isAside = false
  #takesMore = true

  constructor(ring: SharedRing) {
    const { words, memory, capacity, recordSlots } = openRing(ring)
    this.#words = words
    this.#numbers = memory.numbers
    this.#capacity = capacity
    this.#recordSlots = recordSlots
    this.#direct = new RecordWriter(memory, { hasNames: true })
    this.#head = Atomics.load(words, control.head) >>> 0
    this.#tail = Atomics.load(words, control.tail) >>> 0
  }

  /**
   * Where the next record, of up to an eighth of the capacity, is to be written; then `commit`. Undefined for progress when
   * the ring is half full, for starts and ends come first; and for all after `takeNoMore`.
   */
  open(isProgress: boolean): RecordWriter | undefined {
    if (!this.#takesMore) return undefined
    if (this.#spilled.length > 0) this.flushSpilled()
    let used = (this.#head - this.#tail) >>> 0
    if (used > this.#capacity / 2) used = this.#usedSlots()
    const isFull = this.#spilled.length > 0 || used + this.#recordSlots > this.#capacity
    if (isProgress && (isFull || used > this.#capacity / 2)) return undefined
    this.#isAside = isFull
    return isFull ? this.#openAside() : this.#openDirect()
  }

  /** The record that was opened is written, and on its way. */
  commit(): void {
    const writer = this.#isAside ? this.#aside?.writer : this.#direct
    if (!writer) return
    if (writer.isCut) Atomics.add(this.#words, control.invalidEvents, 1)
    if (this.#isAside) this.#spill(writer.at)
    else this.#publish(writer.at - this.#start)
  }

  /** Nobody will take what comes from now on, and there is nothing to be done about it. */
  takeNoMore(): void {
    this.#takesMore = false
  }

  /** Progress was given up. */
  countDropped(): void {
    Atomics.add(this.#words, control.droppedProgress, 1)
  }

  /** Moves what did not fit into the ring as far as there is room now; true when nothing is left. */
  flushSpilled(): boolean {
    let moved = 0
    for (const record of this.#spilled) {
      if (this.#usedSlots() + this.#recordSlots > this.#capacity) break
      this.#start = this.#head % this.#capacity
      this.#numbers.set(record, this.#start)
      this.#publish(record.length)
      this.#spilledSlots -= record.length
      moved += 1
    }
    if (moved > 0) this.#spilled = this.#spilled.slice(moved)
    return this.#spilled.length === 0
  }

  /** Gives up what did not fit, and counts it. */
  abandonSpilled(): void {
    Atomics.add(this.#words, control.droppedEvents, this.#spilled.length)
    this.#spilled = []
    this.#spilledSlots = 0
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

  #usedSlots(): number {
    this.#tail = Atomics.load(this.#words, control.tail) >>> 0
    return (this.#head - this.#tail) >>> 0
  }

  #openDirect(): RecordWriter {
    this.#start = this.#head % this.#capacity
    // The first slot is for the length.
    this.#direct.begin(this.#start + 1, this.#start + this.#recordSlots)
    return this.#direct
  }

  #openAside(): RecordWriter {
    if (!this.#aside) {
      const memory = recordMemory(new ArrayBuffer(this.#recordSlots * slotBytes))
      // It may be given up, and then a name that it told would be missed by those after it.
      this.#aside = { numbers: memory.numbers, writer: new RecordWriter(memory, { hasNames: false }) }
    }
    this.#aside.writer.begin(1, this.#recordSlots)
    return this.#aside.writer
  }

  #publish(slots: number): void {
    this.#numbers[this.#start] = slots
    this.#head = (this.#head + slots) >>> 0
    Atomics.store(this.#words, control.head, this.#head)
    if (Atomics.load(this.#words, control.sleeping) === 1) this.#wake()
  }

  #spill(slots: number): void {
    if (!this.#aside || (this.#spilledSlots + slots) * slotBytes > maxSpilledBytes) {
      Atomics.add(this.#words, control.droppedEvents, 1)
      return
    }
    this.#spilled.push(this.#aside.numbers.slice(0, slots))
    this.#spilledSlots += slots
  }

  #wake(): void {
    Atomics.store(this.#words, control.sleeping, 0)
    Atomics.notify(this.#words, control.sleeping)
  }
}

/** The reader's end. */
export class RingReader {
  readonly #words: Int32Array
  readonly #numbers: Float64Array
  readonly #capacity: number
  readonly #record: RecordReader

  constructor(ring: SharedRing) {
    const { words, memory, capacity } = openRing(ring)
    this.#words = words
    this.#numbers = memory.numbers
    this.#capacity = capacity
    this.#record = new RecordReader(memory)
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

  /**
   * Takes at most `limit` records, oldest first, none that was written after the mark. `read` reads one from where the
   * reader is, up to the slot `end`.
   */
  take<T>(read: (record: RecordReader, end: number) => T, limit: number, mark = this.mark()): T[] {
    const values: T[] = []
    let tail = Atomics.load(this.#words, control.tail) >>> 0
    while (tail !== mark && values.length < limit) {
      const place = tail % this.#capacity
      const slots = this.#numbers[place] ?? 1
      this.#record.begin(place + 1)
      values.push(read(this.#record, place + slots))
      tail = (tail + slots) >>> 0
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
