import { dayMs, isoTime } from '../system/clock.ts'
import { type Quantity, scaleOf } from './quantity.ts'

/** Where values lie on an axis. */
export interface ValueAxis {
  readonly low: number
  readonly high: number
  /** Ascending. */
  readonly ticks: readonly { readonly value: number; readonly label: string }[]
}

/** Where a time lies on the axis below a chart. */
interface TimeTick {
  readonly column: number
  /** Unix milliseconds. */
  readonly timestampMs: number
  readonly label: string
}

const secondMs = 1000
const timeStepsMs = [
  ...[1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200].map(
    (seconds) => seconds * secondMs,
  ),
  ...[1, 2, 7, 14, 30, 90, 365].map((days) => days * dayMs),
]
/** Room for the longest label and a space. */
const timeTickColumns = 12
/** Values that differ by less, relative to their size, are the same: their difference is rounding. */
const flatShare = 1e-11

/** An axis from `min` to `max` with round numbers, in one unit, about `count` of them. */
export function valueAxis(min: number, max: number, quantity: Quantity, count: number): ValueAxis {
  const size = Math.max(Math.abs(min), Math.abs(max))
  const { divisor, suffix } = scaleOf(quantity, size)
  const isFlat = max - min <= size * flatShare
  const pad = isFlat ? size * 0.1 || divisor : 0
  const [least, most] = [(isFlat && min === 0 ? 0 : min - pad) / divisor, (max + pad) / divisor]
  const step = roundUp((most - least) / count)
  const [first, last] = [Math.floor(least / step + 1e-9), Math.ceil(most / step - 1e-9)]
  const [low, high] = [first * step * divisor, last * step * divisor]
  if (!(step > 0 && Number.isFinite(low) && Number.isFinite(high))) {
    const ends = [...new Set([min, max])]
    const ticks = ends.map((value) => ({ value, label: `${(value / divisor).toPrecision(4)}${suffix}` }))
    return { low: min, high: max, ticks }
  }
  const decimals = decimalsOf(step)
  const ticks = Array.from({ length: last - first + 1 }, (_, index) => {
    const shown = (first + index) * step
    const label = Math.abs(shown) >= 1e9 ? shown.toPrecision(6) : shown.toFixed(decimals)
    return { value: shown * divisor, label: `${label}${suffix}` }
  })
  return { low, high, ticks }
}

/** Round times, UTC, and the columns they fall into; days by their date. */
export function timeTicks(fromMs: number, toMs: number, columns: number): TimeTick[] {
  const spanMs = toMs - fromMs
  const leastMs = (spanMs / columns) * timeTickColumns
  const stepMs = timeStepsMs.find((step) => step >= leastMs) ?? Math.ceil(leastMs / dayMs / 365) * 365 * dayMs
  const ticks: TimeTick[] = []
  for (let time = Math.ceil(fromMs / stepMs) * stepMs; time <= toMs; time += stepMs) {
    const column = Math.min(columns - 1, Math.floor(((time - fromMs) / (spanMs || 1)) * columns))
    ticks.push({ column, timestampMs: time, label: timeLabel(time, stepMs) })
  }
  return ticks
}

function timeLabel(timeMs: number, stepMs: number): string {
  const text = isoTime(timeMs)
  if (stepMs >= 90 * dayMs) return text.slice(0, 10)
  if (timeMs % dayMs === 0) return text.slice(5, 10)
  return text.slice(11, stepMs < 60 * secondMs ? 19 : 16)
}

/** 1, 2, 2.5 or 5 times a power of ten, not below the size. */
function roundUp(size: number): number {
  const power = 10 ** Math.floor(Math.log10(size))
  const factor = [1, 2, 2.5, 5, 10].find((candidate) => candidate * power >= size * (1 - 1e-9)) ?? 10
  return factor * power
}

function decimalsOf(step: number): number {
  for (let decimals = 0; decimals < 12; decimals++) {
    const shifted = step * 10 ** decimals
    if (shifted >= 1 - 1e-9 && Math.abs(shifted - Math.round(shifted)) < 1e-6) return decimals
  }
  return 12
}
