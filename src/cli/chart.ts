/** Line charts of text: points and a size flow in, lines flow out. */
import { timeTicks, type ValueAxis, valueAxis } from './chart-axes.ts'
import { binPoints, type ChartPoint } from './chart-bins.ts'
import type { Quantity } from './quantity.ts'

/** What a chart looks like. */
export interface ChartOptions {
  /** Columns, the labels included; 24 is the least that is drawn. */
  readonly width: number
  /** Lines of the plot, from 2 up; the axis below takes two more. */
  readonly height: number
  /** The time shown, Unix milliseconds. */
  readonly fromMs: number
  readonly toMs: number
  readonly quantity: Quantity
  /** Colours a stretch of the plot. @default none */
  readonly paint?: (text: string) => string
}

const leastWidth = 24
/** The dots of a Braille cell from its top: in the left column, in the right. Unicode 16, chapter 21.1. */
const dots = [
  [0x01, 0x08],
  [0x02, 0x10],
  [0x04, 0x20],
  [0x40, 0x80],
] as const
const dotRows = dots.length
const dotColumns = 2

/**
 * A line chart in Braille dots, `height` + 2 lines long. A column spans the least to the greatest of its points, so no
 * spike is lost; where points are far apart a line joins them, and a gap stays empty.
 *
 * @param points - finite values in ascending time.
 */
export function drawChart(points: readonly ChartPoint[], options: ChartOptions): string[] {
  const { height, fromMs, toMs, quantity, paint = (text) => text } = options
  const min = points.reduce((least, point) => Math.min(least, point.min), Number.POSITIVE_INFINITY)
  const max = points.reduce((most, point) => Math.max(most, point.max), Number.NEGATIVE_INFINITY)
  const axis = points.length === 0 ? noAxis : valueAxis(min, max, quantity, Math.max(1, height / 2))
  const labels = rowLabels(axis, height)
  const gutter = Math.max(...labels.map((label) => label.length))
  const columns = Math.max(1, Math.max(leastWidth, options.width) - gutter - 2)
  const plot = new Plot(columns, height, axis)
  plot.draw(points, fromMs, toMs)
  const rows = labels.map((label, row) => {
    const cells = plot.row(row)
    return `${label.padStart(gutter)} ${label === '' ? '│' : '┤'}${cells === '' ? '' : paint(cells)}`
  })
  return [...rows, ...timeAxis(fromMs, toMs, columns).map((line) => ' '.repeat(gutter + 1) + line)]
}

const noAxis: ValueAxis = { low: 0, high: 1, ticks: [] }

/** 0..1 from the low end; halves, for the whole may be beyond a double. */
function shareOf(value: number, { low, high }: ValueAxis): number {
  const span = high / 2 - low / 2
  return span > 0 ? Math.min(1, Math.max(0, (value / 2 - low / 2) / span)) : 0.5
}

/** From the bottom. */
function dotOf(value: number, axis: ValueAxis, height: number): number {
  return Math.round(shareOf(value, axis) * (height * dotRows - 1))
}

function rowLabels(axis: ValueAxis, height: number): string[] {
  const labels = Array.from({ length: height }, () => '')
  for (const { value, label } of axis.ticks) {
    const row = height - 1 - Math.floor(dotOf(value, axis, height) / dotRows)
    labels[row] ||= label
  }
  return labels
}

class Plot {
  readonly #columns: number
  readonly #height: number
  readonly #axis: ValueAxis
  readonly #cells: Uint8Array

  constructor(columns: number, height: number, axis: ValueAxis) {
    this.#columns = columns
    this.#height = height
    this.#axis = axis
    this.#cells = new Uint8Array(columns * height)
  }

  draw(points: readonly ChartPoint[], fromMs: number, toMs: number): void {
    const bins = binPoints(points, fromMs, toMs, this.#columns * dotColumns)
    for (const [place, bin] of bins.entries()) {
      const before = bins[place - 1]
      const [low, high] = [this.#dot(bin.min), this.#dot(bin.max)]
      this.#line(bin.index, low, high)
      if (before === undefined || !bin.isJoined) continue
      const isTouching = this.#dot(before.min) <= high + 1 && this.#dot(before.max) >= low - 1
      if (bin.index > before.index + 1 || !isTouching)
        this.#join(before.index, this.#dot(before.value), bin.index, this.#dot(bin.value))
    }
  }

  row(row: number): string {
    const cells = this.#cells.subarray(row * this.#columns, (row + 1) * this.#columns)
    return Array.from(cells, (cell) => (cell === 0 ? ' ' : String.fromCharCode(0x2800 + cell)))
      .join('')
      .trimEnd()
  }

  #dot(value: number): number {
    return dotOf(value, this.#axis, this.#height)
  }

  #join(fromColumn: number, fromDot: number, toColumn: number, toDot: number): void {
    let before = fromDot
    for (let column = fromColumn + 1; column <= toColumn; column++) {
      const share = (column - fromColumn) / (toColumn - fromColumn)
      const dot = Math.round(fromDot + (toDot - fromDot) * share)
      this.#line(column, before < dot ? Math.min(before + 1, dot) : Math.max(before - 1, dot), dot)
      before = dot
    }
  }

  #line(column: number, fromDot: number, toDot: number): void {
    for (let dot = Math.min(fromDot, toDot); dot <= Math.max(fromDot, toDot); dot++) {
      const fromTop = this.#height * dotRows - 1 - dot
      const place = Math.floor(fromTop / dotRows) * this.#columns + Math.floor(column / dotColumns)
      const bit = dots[fromTop % dotRows]?.[column % dotColumns === 0 ? 0 : 1] ?? 0
      this.#cells[place] = (this.#cells[place] ?? 0) | bit
    }
  }
}

function timeAxis(fromMs: number, toMs: number, columns: number): string[] {
  const line = Array.from({ length: columns }, () => '─')
  const labels = Array.from({ length: columns }, () => ' ')
  let free = 0
  for (const { column, label } of timeTicks(fromMs, toMs, columns)) {
    line[column] = '┬'
    const start = Math.min(columns - label.length, Math.max(0, column - Math.floor(label.length / 2)))
    if (start < free) continue
    labels.splice(start, label.length, ...label)
    free = start + label.length + 1
  }
  return [`└${line.join('')}`, ` ${labels.join('')}`.trimEnd()]
}
