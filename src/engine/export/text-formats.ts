import { isoTime } from '../../system/clock.ts'
import type { Cell, Column, Row, Sink, TableWriter } from './table.ts'

/**
 * Comma-separated values as RFC 4180 says: a header, lines that end with CR and LF, quotes around what holds a comma, a
 * quote or an end of line, and quotes doubled. Nothing is an empty field, an empty text is `""`. Data are not changed:
 * a spreadsheet may take a text that begins with `=` for a formula.
 */
export function csvWriter(columns: readonly Column[], sink: Sink): TableWriter {
  let head = `${columns.map(({ name }) => csvText(name)).join(',')}\r\n`
  const takeHead = () => {
    const text = head
    head = ''
    return text
  }
  const line = (row: Row) =>
    `${columns.map(({ type }, place) => csvCell(row[place] ?? null, type)).join(',')}\r\n`
  return {
    write: (rows) => sink(takeHead() + rows.map(line).join('')),
    finish: async () => (head === '' ? undefined : sink(takeHead())),
  }
}

/** One JSON object a line, with every column; JSON columns are values, not texts. */
export function ndjsonWriter(columns: readonly Column[], sink: Sink): TableWriter {
  const names = columns.map(({ name }) => JSON.stringify(name))
  const line = (row: Row) => {
    const fields = columns.map(({ type }, place) => `${names[place]}:${jsonCell(row[place] ?? null, type)}`)
    return `{${fields.join(',')}}\n`
  }
  return { write: (rows) => sink(rows.map(line).join('')), finish: async () => undefined }
}

function csvCell(cell: Cell, type: Column['type']): string {
  if (cell === null) return ''
  if (typeof cell === 'string') return csvText(cell)
  return type === 'time' ? isoTime(cell) : String(cell)
}

function csvText(text: string): string {
  return text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

function jsonCell(cell: Cell, type: Column['type']): string {
  if (cell === null) return 'null'
  if (typeof cell === 'string') return type === 'json' ? cell : JSON.stringify(cell)
  return type === 'time' ? `"${isoTime(cell)}"` : String(cell)
}
