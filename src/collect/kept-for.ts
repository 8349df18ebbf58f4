import type { Clock } from '../system/clock.ts'

/** What is looked for anew at most once in so many milliseconds; between, what was found last stands. */
export function keptFor<T>(clock: Clock, keptMs: number, look: () => T): () => T {
  let last: { readonly found: T; readonly monotonicMs: number } | undefined
  return () => {
    const monotonicMs = clock.monotonicMs()
    if (last === undefined || monotonicMs - last.monotonicMs >= keptMs) last = { found: look(), monotonicMs }
    return last.found
  }
}
