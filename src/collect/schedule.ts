/** A reading is due this share of its interval after the one before: ticks are not exact. */
const dueShare = 0.95

/** Whether what is done every `everyMs` is due so long after the last time. */
export function isDue(elapsedMs: number, everyMs: number): boolean {
  return elapsedMs >= everyMs * dueShare
}
