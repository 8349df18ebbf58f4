import { dayMs, isoTime } from '../../system/clock.ts'

/** How long a budget lasts, by the calendar of UTC. */
export const budgetPeriods = ['day', 'week', 'month'] as const
export type BudgetPeriod = (typeof budgetPeriods)[number]

/** The greatest time that a calendar of ECMAScript knows, either way. */
const maxTimeMs = 8.64e15

/**
 * Unix milliseconds of the first moment of the day, the week or the month that a time is in, UTC. Weeks begin on Monday
 * (ISO 8601).
 *
 * @returns undefined for a time that no calendar has.
 */
export function periodStartMs(timestampMs: number, per: BudgetPeriod): number | undefined {
  if (!(Math.abs(timestampMs) <= maxTimeMs)) return undefined
  const day = Math.floor(timestampMs / dayMs)
  if (per === 'day') return day * dayMs
  // The first day of 1970 was a Thursday.
  if (per === 'week') return (Math.floor((day + 3) / 7) * 7 - 3) * dayMs
  const startMs = Date.parse(isoTime(timestampMs).replace(/-\d\dT.*$/, '-01T00:00:00.000Z'))
  return Number.isNaN(startMs) ? undefined : startMs
}
