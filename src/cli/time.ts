import { InvalidArgumentError } from 'commander'
import { dayMs } from '../system/clock.ts'

const unitMs: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: dayMs }
const isoDate = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?)?$/

/**
 * Makes a parser of times: ISO 8601 (UTC where it names no zone), Unix milliseconds, or so long before now as `24h` or `-24h`.
 *
 * @returns Unix milliseconds; it throws commander's `InvalidArgumentError`, which names the option.
 */
export function timeBefore(nowMs: number): (text: string) => number {
  return (text) => {
    const [, count = '', unit = ''] = /^-?(\d+)([smhd])$/.exec(text) ?? []
    const timeMs = unit === '' ? parseTime(text) : nowMs - Number(count) * (unitMs[unit] ?? 0)
    if (Number.isSafeInteger(timeMs)) return timeMs
    throw new InvalidArgumentError(
      'Expected a time: 2026-05-01T12:00:00Z, Unix milliseconds, or 24h for so long ago.',
    )
  }
}

function parseTime(text: string): number {
  // Fewer digits are a year, or seconds.
  if (/^(0|\d{11,})$/.test(text)) return Number(text)
  const [isWhole, time, , , zone] = isoDate.exec(text) ?? []
  if (isWhole === undefined) return Number.NaN
  return Date.parse(time !== undefined && zone === undefined ? `${text}Z` : text)
}
