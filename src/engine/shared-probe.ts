/**
 * The words that the host's thread and the engine's share. Each is written by one of them, but for the worst delay
 * (the host raises it, the engine takes it) and the listeners' bits, which are changed atomically. Counters only
 * grow and the engine takes differences, so nothing is lost or counted twice whenever it reads. Words of one beat may
 * be seen beside those of the beat before; no reading depends on two of them being of the same beat by more than
 * that. The numbers of 64 bits are aligned, and so stored and loaded as a whole on every machine Node runs on.
 */
import { delayBucketCount } from './delay-buckets.ts'

export type SharedProbe = SharedArrayBuffer

/** Whole numbers of 32 bits. */
export const word = {
  /** The worst delay since the last reading, in microseconds. */
  delayMaxUs: 0,
  /** The last beat, in milliseconds that wrap. */
  beatMs: 1,
  /** What the host listens to, a bit for each event: a word, not a message, for what happens next must not be missed. */
  listening: 2,
  /** Garbage collections by type; as many words as there are types. */
  collections: 4,
  /** Delays by length, since the start; these wrap. */
  delays: 8,
} as const
const wordCount = word.delays + delayBucketCount

/** Numbers with a fraction, or past 32 bits. */
export const number = {
  /** Sum of all delays since the start. */
  delaySumMs: 0,
  /** Time the loop was busy since the start. */
  activeMs: 1,
  idleMs: 2,
  heapUsedBytes: 3,
  heapLimitBytes: 4,
  externalBytes: 5,
  /** Time of garbage collections by type; as many numbers as there are types. */
  collectionMs: 6,
} as const
const numberCount = 10

export function createProbe(): SharedProbe {
  return new SharedArrayBuffer(numberCount * 8 + wordCount * 4)
}

export function wordsOf(probe: SharedProbe): Int32Array {
  return new Int32Array(probe, numberCount * 8, wordCount)
}

export function numbersOf(probe: SharedProbe): Float64Array {
  return new Float64Array(probe, 0, numberCount)
}

/** The host listens to the event with this number, from now on. */
export function listenTo(probe: SharedProbe, event: number): void {
  Atomics.or(wordsOf(probe), word.listening, 1 << event)
}

/** The host no longer listens to it. */
export function ignore(probe: SharedProbe, event: number): void {
  Atomics.and(wordsOf(probe), word.listening, ~(1 << event))
}

/** Whether the host listens to the event with this number. */
export function isListenedTo(probe: SharedProbe, event: number): boolean {
  return (Atomics.load(wordsOf(probe), word.listening) & (1 << event)) !== 0
}
