import type { Clock, Timer } from '../system/clock.ts'

/** One signal out of two: the caller's, and a time limit. */
export class Cancellation {
  readonly #controller = new AbortController()
  readonly #callerSignal: AbortSignal | undefined
  readonly #timer: Timer
  #cause: 'abort' | 'timeout' | undefined

  constructor(clock: Clock, timeoutMs: number, callerSignal: AbortSignal | undefined) {
    this.#callerSignal = callerSignal
    this.#timer = clock.setTimer(
      () => this.#end('timeout', new Error(`Timed out after ${timeoutMs} ms`)),
      timeoutMs,
    )
    callerSignal?.addEventListener('abort', this.#onAbort)
    if (callerSignal?.aborted) this.#onAbort()
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** What ended it first; undefined while nothing has. */
  get cause(): 'abort' | 'timeout' | undefined {
    return this.#cause
  }

  /** Lets go of the timer and of the caller's signal, which may live much longer. */
  dispose(): void {
    this.#timer.cancel()
    this.#callerSignal?.removeEventListener('abort', this.#onAbort)
  }

  readonly #onAbort = () => this.#end('abort', this.#callerSignal?.reason)

  #end(cause: 'abort' | 'timeout', reason: unknown): void {
    this.#cause ??= cause
    this.#controller.abort(reason)
  }
}
