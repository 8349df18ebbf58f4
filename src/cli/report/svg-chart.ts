import { timeTicks, type ValueAxis, valueAxis } from '../chart-axes.ts'
import type { TimeChart } from './document.ts'
import { escapeHtml } from './html-escape.ts'

const size = { width: 900, height: 240 }
const plot = { left: 76, right: 884, top: 44, bottom: 208 }
/** Of a label of the axis below; `timeTicks` counts in columns of a character. */
const characterWidth = 8
const tickCount = 4

/** A chart as inline SVG: a title and a description for those who listen, axes with labels for those who look. */
export function svgChart(chart: TimeChart, id: string): string {
  const axis = axisOf(chart)
  return [
    `<svg viewBox="0 0 ${size.width} ${size.height}" role="img" aria-labelledby="${id}-title ${id}-text">`,
    `<title id="${id}-title">${escapeHtml(chart.title)}</title>`,
    `<desc id="${id}-text">${escapeHtml(describe(chart))}</desc>`,
    `<text class="name" x="${plot.left}" y="24">${escapeHtml(chart.title)}</text>`,
    ...(chart.lines.length > 1 ? legend(chart) : []),
    ...valueLabels(axis),
    ...timeLabels(chart),
    ...(chart.kind === 'bars'
      ? bars(chart, axis)
      : chart.lines.flatMap((_, index) => line(chart, index, axis))),
    `<path class="axis" d="M${plot.left} ${plot.bottom}H${plot.right}"/>`,
    '</svg>',
  ].join('\n')
}

function axisOf({ lines, most, quantity }: TimeChart): ValueAxis {
  const greatest = lines
    .flatMap(({ values }) => values)
    .reduce<number>((high, value) => Math.max(high, value ?? 0), 0)
  return valueAxis(0, most ?? (greatest || 1), quantity, tickCount)
}

function describe({ description, lines }: TimeChart): string {
  const isEmpty = lines.every(({ values }) => values.every((value) => value === null || value === 0))
  return `${description} ${isEmpty ? 'There is nothing to show.' : 'The table below has the values.'}`
}

function legend({ lines }: TimeChart): string[] {
  const names = lines.map(({ name }) => name)
  const width = 150
  return names.flatMap((name, index) => {
    const x = plot.right - (names.length - index) * width
    return [
      `<path class="line line-${index + 1}" d="M${x} 20h28"/>`,
      `<text x="${x + 34}" y="24">${escapeHtml(name)}</text>`,
    ]
  })
}

function valueLabels(axis: ValueAxis): string[] {
  return axis.ticks.flatMap(({ value, label }) => {
    const y = yOf(value, axis)
    return [
      `<path class="grid" d="M${plot.left} ${y}H${plot.right}"/>`,
      `<text x="${plot.left - 8}" y="${round(y + 4)}" text-anchor="end">${escapeHtml(label)}</text>`,
    ]
  })
}

function timeLabels({ fromMs, toMs }: TimeChart): string[] {
  const columns = Math.floor((plot.right - plot.left) / characterWidth)
  return timeTicks(fromMs, toMs, columns).flatMap(({ timestampMs, label }) => {
    const x = xOf(timestampMs, fromMs, toMs)
    const anchor = x > plot.right - 30 ? 'end' : x < plot.left + 30 ? 'start' : 'middle'
    return [
      `<path class="axis" d="M${x} ${plot.bottom}v5"/>`,
      `<text x="${x}" y="${plot.bottom + 20}" text-anchor="${anchor}">${label}</text>`,
    ]
  })
}

function bars({ lines: [values], timesMs, stepMs, fromMs, toMs }: TimeChart, axis: ValueAxis): string[] {
  return timesMs.flatMap((startMs, index) => {
    const value = values?.values[index] ?? 0
    if (value === 0) return []
    const left = xOf(startMs, fromMs, toMs)
    const width = Math.max(1, round((xOf(startMs + stepMs, fromMs, toMs) - left) * 0.86))
    const top = yOf(value, axis)
    return [`<path class="bar" d="M${left} ${plot.bottom}V${top}h${width}V${plot.bottom}z"/>`]
  })
}

/** A value stands in the middle of its step; a gap stays empty, and a value between two gaps is a dot. */
function line({ lines, timesMs, stepMs, fromMs, toMs }: TimeChart, place: number, axis: ValueAxis): string[] {
  const values = lines[place]?.values ?? []
  const isValue = (index: number) => typeof values[index] === 'number'
  const at = (index: number, value: number) => {
    const startMs = timesMs[index] ?? 0
    return {
      x: xOf((Math.max(fromMs, startMs) + Math.min(toMs, startMs + stepMs)) / 2, fromMs, toMs),
      y: yOf(value, axis),
    }
  }
  const drawn: string[] = []
  let path = ''
  for (const [index, value] of values.entries()) {
    if (value === null) continue
    const { x, y } = at(index, value)
    path += `${isValue(index - 1) ? 'L' : 'M'}${x} ${y}`
    if (!isValue(index - 1) && !isValue(index + 1))
      drawn.push(`<circle class="dot dot-${place + 1}" cx="${x}" cy="${y}" r="3"/>`)
  }
  return path === '' ? drawn : [`<path class="line line-${place + 1}" d="${path}"/>`, ...drawn]
}

function xOf(timeMs: number, fromMs: number, toMs: number): number {
  const share = Math.min(1, Math.max(0, (timeMs - fromMs) / (toMs - fromMs)))
  return round(plot.left + share * (plot.right - plot.left))
}

function yOf(value: number, { low, high }: ValueAxis): number {
  const share = high > low ? Math.min(1, Math.max(0, (value - low) / (high - low))) : 0
  return round(plot.bottom - share * (plot.bottom - plot.top))
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
