import { type AlertLevel, alertLevels } from '../model/alert.ts'

const minuteMs = 60_000
const dayMinutes = 24 * 60

/** How often alerts fired in the last 24 hours, to the minute: bounded, however much they flap. */
export class FiringCounts {
  readonly #byMinute = new Map<number, Record<AlertLevel, number>>()

  record(level: AlertLevel, timestampMs: number): void {
    const minute = Math.floor(timestampMs / minuteMs)
    const counts = this.#byMinute.get(minute) ?? noFirings()
    counts[level] += 1
    this.#byMinute.set(minute, counts)
  }

  /** Counts by level. Firings that a clock set back has left in the future count, up to a day ahead. */
  last24h(nowMs: number): Record<AlertLevel, number> {
    const nowMinute = Math.floor(nowMs / minuteMs)
    const sums = noFirings()
    for (const [minute, counts] of this.#byMinute) {
      if (Math.abs(nowMinute - minute) >= dayMinutes) this.#byMinute.delete(minute)
      else for (const level of alertLevels) sums[level] += counts[level]
    }
    return sums
  }
}

function noFirings(): Record<AlertLevel, number> {
  return { info: 0, warning: 0, error: 0, critical: 0 }
}
