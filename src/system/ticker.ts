import type { Clock, Timer } from './clock.ts'

/**
 * Runs `work` at a fixed rate on the monotonic clock, without drift: the n-th run is due at start + n × interval.
 * A run that takes longer than the interval makes the next one due at once and skips those missed; runs never
 * overlap. `work` is told how late it is called, in milliseconds; it must not reject: it owns its errors.
 */
export class Ticker {
  readonly #clock: Clock
  readonly #intervalMs: number
  readonly #work: (lateMs: number) => Promise<void>
  #timer: Timer | undefined
  #running: Promise<void> | undefined
  #dueMs = 0
  #stopped = false

  constructor(options: { clock: Clock; intervalMs: number; work: (lateMs: number) => Promise<void> }) {
    this.#clock = options.clock
    this.#intervalMs = options.intervalMs
    this.#work = options.work
  }

  /** The first run is due after one interval. */
  start(): void {
    this.#dueMs = this.#clock.monotonicMs() + this.#intervalMs
    this.#schedule()
  }

  /** No run begins after this; resolves when the one under way has ended. Idempotent. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#timer?.cancel()
    await this.#running
  }

  #schedule(): void {
    if (this.#stopped) return
    const delayMs = Math.max(0, this.#dueMs - this.#clock.monotonicMs())
    this.#timer = this.#clock.setTimer(() => {
      this.#running = this.#run()
    }, delayMs)
  }

  async #run(): Promise<void> {
    await this.#work(Math.max(0, this.#clock.monotonicMs() - this.#dueMs))
    const missed = Math.floor((this.#clock.monotonicMs() - this.#dueMs) / this.#intervalMs)
    this.#dueMs += this.#intervalMs * Math.max(1, missed)
    this.#schedule()
  }
}
