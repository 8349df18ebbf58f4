import { printable } from '../format.ts'
import type { DocumentCell, DocumentSection, DocumentTable, ReportDocument } from './document.ts'

/** A document as GitHub Flavored Markdown whose tables are aligned, so that it reads as text too. */
export function markdownOf({ title, subtitle, sections }: ReportDocument): string {
  return [`# ${title}`, subtitle, ...sections.map(sectionOf)].join('\n\n')
}

function sectionOf({ title, note, table }: DocumentSection): string {
  return [`## ${title}`, ...(note ? [note] : []), ...(table ? [tableOf(table)] : [])].join('\n\n')
}

function tableOf({ columns, rows }: DocumentTable): string {
  const cells = [columns.map(({ title }) => title), ...rows.map((row) => row.map(cellText))]
  const widths = columns.map((_, column) => Math.max(3, ...cells.map((row) => row[column]?.length ?? 0)))
  const [header = '', ...body] = cells.map((row) => {
    const padded = columns.map(({ isNumber }, column) => {
      const cell = row[column] ?? ''
      return isNumber ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)
    })
    return `| ${padded.join(' | ')} |`
  })
  const rule = columns.map(({ isNumber }, column) => {
    const dashes = '-'.repeat((widths[column] ?? 1) - 1)
    return isNumber ? `${dashes}:` : `${dashes}-`
  })
  return [header, `| ${rule.join(' | ')} |`, ...body].join('\n')
}

/**
 * Stored text stands in a code span, where nothing has a meaning (CommonMark 0.31, 6.1): the fence is longer than any
 * run of backticks in it. A table ends a cell at a bar even there, unless a backslash stands before it (GFM 0.29, 4.10),
 * one that no other backslash takes.
 */
function cellText(cell: DocumentCell): string {
  if (typeof cell === 'string') return cell
  const text = printable(cell.stored)
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/\\+(?=\|)/g, (slashes) => (slashes.length % 2 === 1 ? `${slashes} ` : slashes))
    .replaceAll('|', '\\|')
  if (text === '') return '-'
  const longest = Math.max(0, ...Array.from(text.matchAll(/`+/g), ([run]) => run.length))
  const fence = '`'.repeat(longest + 1)
  // A backslash before the fence is text, but one before the end of a cell is not to be trusted.
  const pad = /^`|[`\\]$/.test(text) ? ' ' : ''
  return `${fence}${pad}${text}${pad}${fence}`
}
