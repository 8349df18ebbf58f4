/** Texts that take an exact number of columns of a terminal, whatever is in them. */
import { printable } from '../format.ts'

/** Characters of two columns: East Asian wide ones (Unicode Standard Annex 11) and emoji. */
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u

/** How many columns a printable text takes. */
export function columnsOf(text: string): number {
  let columns = 0
  for (const character of text) columns += widthOf(character)
  return columns
}

/** The text in exactly `columns` columns: cut, with an ellipsis, or filled up with spaces. */
export function fitText(text: string, columns: number, align: 'left' | 'right' = 'left'): string {
  // A text of a megabyte is not measured to its end.
  const shown = printable(text.slice(0, columns * 4).toWellFormed())
  const needed = columnsOf(shown)
  const fitted = needed <= columns ? shown : `${startOf(shown, columns - 1)}…`
  if (columns < 1) return ''
  const space = ' '.repeat(columns - columnsOf(fitted))
  return align === 'left' ? fitted + space : space + fitted
}

function startOf(text: string, columns: number): string {
  let start = ''
  let left = columns
  for (const character of text) {
    left -= widthOf(character)
    if (left < 0) break
    start += character
  }
  return start
}

function widthOf(character: string): number {
  if (/\p{M}/u.test(character)) return 0
  return wide.test(character) ? 2 : 1
}
