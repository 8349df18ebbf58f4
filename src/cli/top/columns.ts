import { columnsOf, fitText } from './fit-text.ts'
import type { Colour, Paint } from './paint.ts'

/** A column of a table that must fit. */
export interface FittingColumn<Row> {
  readonly title: string
  readonly text: (row: Row) => string
  readonly colour?: (row: Row) => Colour | undefined
  readonly align?: 'left' | 'right'
  /** Columns of the terminal that it takes at most. */
  readonly most: number
  /** The column with the greatest number is the first to go when the terminal is narrow. */
  readonly rank: number
}

/** Rows under a header, none wider than `width`: columns are left out, last the one that matters most. */
export function fitTable<Row>(
  columns: readonly FittingColumn<Row>[],
  rows: readonly Row[],
  width: number,
  paint: Paint,
): string[] {
  const sized = columns.map((column) => ({
    ...column,
    width: Math.min(
      column.most,
      rows.reduce(
        (widest, row) => Math.max(widest, columnsOf(column.text(row).slice(0, 200))),
        column.title.length,
      ),
    ),
  }))
  const kept = new Set(sized)
  const total = () => [...kept].reduce((sum, column) => sum + column.width + 1, -1)
  for (const column of sized.toSorted((a, b) => b.rank - a.rank))
    if (kept.size > 1 && total() > width) kept.delete(column)
  const shown = sized.filter((column) => kept.has(column))
  const cell = (column: (typeof sized)[number], text: string) =>
    fitText(text, Math.min(width, column.width), column.align)
  const header = shown.map((column) => cell(column, column.title)).join(' ')
  const lines = rows.map((row) =>
    shown.map((column) => paint(cell(column, column.text(row)), column.colour?.(row))).join(' '),
  )
  return [paint(header, 'faint'), ...lines]
}
