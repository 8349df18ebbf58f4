import type { Clock } from '../../src/system/clock.ts'

/** A clock that stands still until a test moves it. */
export interface ManualClock extends Clock {
  /** Moves both clocks and runs every timer that falls due, in order, letting promises settle between. */
  advance(ms: number): Promise<void>
  /** Steps the wall clock alone, as NTP does. */
  stepWall(ms: number): void
  /** Timers that wait. */
  pending(): number
}

/** @param startMs - Unix milliseconds at which it stands. */
export function manualClock(startMs = 1_760_000_000_000): ManualClock {
  let wallMs = startMs
  let monotonicMs = 1000
  let order = 0
  const timers = new Map<number, { dueMs: number; callback: () => void }>()
  return {
    nowMs: () => wallMs,
    monotonicMs: () => monotonicMs,
    setTimer(callback, delayMs) {
      const id = order++
      timers.set(id, { dueMs: monotonicMs + Math.max(0, delayMs), callback })
      return { cancel: () => void timers.delete(id) }
    },
    async advance(ms) {
      const endMs = monotonicMs + ms
      for (;;) {
        const due = [...timers]
          .filter(([, timer]) => timer.dueMs <= endMs)
          .sort((a, b) => a[1].dueMs - b[1].dueMs || a[0] - b[0])[0]
        if (!due) break
        const [id, timer] = due
        timers.delete(id)
        wallMs += Math.max(0, timer.dueMs - monotonicMs)
        monotonicMs = Math.max(monotonicMs, timer.dueMs)
        timer.callback()
        await settle()
      }
      wallMs += endMs - monotonicMs
      monotonicMs = endMs
      await settle()
    },
    stepWall(ms) {
      wallMs += ms
    },
    pending: () => timers.size,
  }
}

/** Lets promise callbacks that are due run; no time passes. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve()
}
