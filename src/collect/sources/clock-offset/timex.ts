/** The layout and meaning of `struct timex` (adjtimex(2), linux/timex.h) where a long has 64 bits. */

/** With room to spare: the kernel writes 208. */
export const timexBytes = 256

const offsetAt = 8
const maxErrorAt = 24
const statusAt = 40
/** The clock is not kept right: nothing disciplines it, or what did is silent. */
const unsynchronized = 0x0040
/** The offset counts nanoseconds, not microseconds. */
const nanoseconds = 0x2000

/** What the kernel knows of its clock. */
export interface ClockState {
  /** What is left to correct: the clock is behind when positive. */
  readonly offsetSeconds: number
  /** The most that the clock can be wrong by, as the time service reckons it. */
  readonly maxErrorSeconds: number
  readonly isSynchronized: boolean
}

/** @param timex - as adjtimex(2) filled it in. */
export function readTimex(timex: Buffer): ClockState {
  const status = timex.readInt32LE(statusAt)
  const unitsPerSecond = (status & nanoseconds) === 0 ? 1e6 : 1e9
  return {
    offsetSeconds: Number(timex.readBigInt64LE(offsetAt)) / unitsPerSecond,
    maxErrorSeconds: Number(timex.readBigInt64LE(maxErrorAt)) / 1e6,
    isSynchronized: (status & unsynchronized) === 0,
  }
}
