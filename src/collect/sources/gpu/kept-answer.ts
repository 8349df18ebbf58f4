import type { Clock } from '../../../system/clock.ts'

interface Counted {
  readonly skipped: number
}

/**
 * Asks what is costly to ask at most once in a while; between, the last answer stands, and so does the last failure. What
 * was skipped is counted once.
 */
export function keptAnswer<T extends Counted>(
  clock: Clock,
  leastIntervalMs: number,
  ask: () => Promise<T>,
): () => Promise<T> {
  let last: { readonly answer: Promise<T>; readonly monotonicMs: number } | undefined
  return async () => {
    const monotonicMs = clock.monotonicMs()
    if (last && monotonicMs - last.monotonicMs < leastIntervalMs)
      return { ...(await last.answer), skipped: 0 }
    last = { answer: ask(), monotonicMs }
    return last.answer
  }
}
