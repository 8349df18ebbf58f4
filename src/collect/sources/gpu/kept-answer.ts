import type { Clock } from '../../../system/clock.ts'
import { keptFor } from '../../kept-for.ts'

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
  let last: Promise<T> | undefined
  const kept = keptFor(clock, leastIntervalMs, ask)
  return async () => {
    const answer = kept()
    if (answer === last) return { ...(await answer), skipped: 0 }
    last = answer
    return answer
  }
}
