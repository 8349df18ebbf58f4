/**
 * The only door to time. Wall time is for timestamps, monotonic time for durations; a component that waits
 * does so through a timer of the clock it was given, so a test can drive it.
 */

/** Milliseconds of 24 hours. */
export const dayMs = 86_400_000

/** A pending timer. */
export interface Timer {
  /** Idempotent. */
  cancel(): void
}

interface TimerOptions {
  /** False lets the process exit while the timer waits. @default true */
  readonly keepAlive?: boolean
}

/** Time, injected. */
export interface Clock {
  /** Unix milliseconds; may step. */
  nowMs(): number
  /** Milliseconds that never step back; equal on every thread of this process; the origin means nothing. */
  monotonicMs(): number
  /** Calls once, after `delayMs`. */
  setTimer(callback: () => void, delayMs: number, options?: TimerOptions): Timer
}

/** The clock of the machine. */
export function systemClock(): Clock {
  // The global of that name is a getter, called each time.
  const { performance } = globalThis
  // performance.now() is fast but its origin differs by thread; hrtime is shared by all threads.
  const originMs = Number(process.hrtime.bigint()) / 1e6 - performance.now()
  return {
    nowMs: () => Date.now(),
    monotonicMs: () => originMs + performance.now(),
    setTimer(callback, delayMs, { keepAlive = true } = {}) {
      const handle = setTimeout(callback, delayMs)
      if (!keepAlive) handle.unref()
      return { cancel: () => clearTimeout(handle) }
    },
  }
}

/** Resolves after `delayMs`; rejects with the reason of `signal` when it aborts first. */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason)
    const onAbort = () => {
      timer.cancel()
      reject(signal?.reason)
    }
    const timer = clock.setTimer(() => {
      signal?.removeEventListener('abort', onAbort)
      resolve()
    }, delayMs)
    signal?.addEventListener('abort', onAbort, { once: true })
  })
}

/** The answer of `withDeadline`: expected outcomes are values. */
export type Deadlined<T> = { readonly outcome: 'done'; readonly value: T } | { readonly outcome: 'timed_out' }

/** Waits for `work`, at most `deadlineMs`. Rejects only when `work` does, in time. The work itself goes on. */
export function withDeadline<T>(clock: Clock, work: Promise<T>, deadlineMs: number): Promise<Deadlined<T>> {
  return new Promise((resolve, reject) => {
    const timer = clock.setTimer(() => resolve({ outcome: 'timed_out' }), deadlineMs)
    work.then(
      (value) => {
        timer.cancel()
        resolve({ outcome: 'done', value })
      },
      (error) => {
        timer.cancel()
        reject(error)
      },
    )
  })
}

/** ISO 8601 in UTC of Unix milliseconds. */
export function isoTime(timestampMs: number): string {
  return new Date(timestampMs).toISOString()
}
