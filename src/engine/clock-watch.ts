import type { Clock } from '../system/clock.ts'

/** A clock that is slewed gains or loses no more than this share (adjtimex(2): 500 ppm), plus what reading it costs. */
const slewShare = 0.0005
const noiseMs = 100

/**
 * Notices steps of the wall clock: by NTP, by hand, or because the machine slept. Between two looks the wall clock and
 * the monotonic one go on by the same time, unless one of these happened.
 */
export class ClockWatch {
  readonly #clock: Clock
  #before: { readonly wallMs: number; readonly monotonicMs: number } | undefined
  #steps = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Steps since the start. */
  get steps(): number {
    return this.#steps
  }

  /** @returns milliseconds that the wall clock stepped since the look before, back when negative; 0 when it did not. */
  look(): number {
    const now = { wallMs: this.#clock.nowMs(), monotonicMs: this.#clock.monotonicMs() }
    const before = this.#before ?? now
    this.#before = now
    const elapsedMs = now.monotonicMs - before.monotonicMs
    const stepMs = now.wallMs - before.wallMs - elapsedMs
    if (Math.abs(stepMs) <= noiseMs + elapsedMs * slewShare) return 0
    this.#steps += 1
    return stepMs
  }
}
