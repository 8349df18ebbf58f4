import { createHash } from 'node:crypto'
import type { DocumentCell, DocumentSection, DocumentTable, ReportDocument } from './document.ts'
import { escapeHtml } from './html-escape.ts'
import { pageStyle } from './page-style.ts'
import { svgChart } from './svg-chart.ts'

/** The style is the only thing that the page may use: no script, no picture, no address. */
const policy = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(pageStyle).digest('base64')}'; base-uri 'none'; form-action 'none'`

/** A document as one HTML file that needs no other, runs nothing and asks no one. */
export function htmlOf({ title, subtitle, sections }: ReportDocument): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(`${title}, ${subtitle}`)}</title>
<style>${pageStyle}</style>
</head>
<body>
<header>
<h1>${escapeHtml(title)}</h1>
<p>${escapeHtml(subtitle)}</p>
</header>
<main>
${sections.map(sectionOf).join('\n')}
</main>
</body>
</html>
`
}

function sectionOf({ title, note, charts = [], table }: DocumentSection, index: number): string {
  const id = `section-${index + 1}`
  return [
    `<section aria-labelledby="${id}">`,
    `<h2 id="${id}">${escapeHtml(title)}</h2>`,
    ...(note === undefined ? [] : [`<p>${escapeHtml(note)}</p>`]),
    ...charts.map((chart, place) => svgChart(chart, `${id}-chart-${place + 1}`)),
    ...(table ? [tableOf(table, id)] : []),
    '</section>',
  ].join('\n')
}

/** A wide table scrolls in a region that the keyboard reaches. */
function tableOf({ columns, rows }: DocumentTable, titleId: string): string {
  const numberOf = (column: number) => (columns[column]?.isNumber ? ' class="number"' : '')
  const header = columns.map(
    ({ title }, column) => `<th scope="col"${numberOf(column)}>${escapeHtml(title)}</th>`,
  )
  const body = rows.map(
    (row) =>
      `<tr>${row.map((cell, column) => `<td${numberOf(column)}>${cellText(cell)}</td>`).join('')}</tr>`,
  )
  return [
    `<div class="scroll" role="region" tabindex="0" aria-labelledby="${titleId}"><table>`,
    `<thead><tr>${header.join('')}</tr></thead>`,
    `<tbody>${body.join('\n')}</tbody>`,
    '</table></div>',
  ].join('\n')
}

/** Stored text keeps its own direction to itself. */
function cellText(cell: DocumentCell): string {
  return typeof cell === 'string' ? escapeHtml(cell) : `<bdi>${escapeHtml(cell.stored)}</bdi>`
}
