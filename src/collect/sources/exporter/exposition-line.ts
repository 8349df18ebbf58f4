/** One line of the text that Prometheus exporters expose: a sample. The grammar is that of `exposition.ts`. */
import type { Attributes } from '../../../model/sample.ts'

/** One line that is a sample, as it was written. */
export interface ExposedSample {
  readonly name: string
  readonly labels: Attributes
  /** May be `NaN` or infinite: exporters say so of what they cannot measure. */
  readonly value: number
}

/** A text and how far it has been read. */
interface Cursor {
  readonly text: string
  at: number
}

/** More than any exporter has on one series, Kubernetes labels included. */
const maxLabels = 64

/** As Prometheus reads it: decimal only, though Go's `ParseFloat` would take more. */
const finitePattern = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/
const infinitePattern = /^([+-]?)inf(?:inity)?$/i

/**
 * Reads one line that is no comment.
 *
 * @param wants - asked with the name before the labels are read: most of the cost of a line lies behind it.
 * @returns the sample; undefined when nobody wants it; what is wrong with the line.
 */
export function parseSampleLine(
  text: string,
  wants: (name: string) => boolean,
): ExposedSample | string | undefined {
  const cursor: Cursor = { text, at: 0 }
  skipBlanks(cursor)
  const name = takeName(cursor, true)
  if (name === '') return 'no metric name'
  if (!wants(name)) return undefined
  const nameEnd = cursor.at
  skipBlanks(cursor)
  const hasLabels = text[cursor.at] === '{'
  if (!hasLabels && cursor.at === nameEnd && nameEnd < text.length)
    return 'an odd character in the metric name'
  const labels = hasLabels ? takeLabels(cursor) : {}
  if (typeof labels === 'string') return labels
  const word = takeWord(cursor)
  const value = parseValue(word)
  if (value === undefined) return word === '' ? 'no value' : 'the value is no number'
  return endsWell(cursor) ? { name, labels, value } : 'something odd behind the value'
}

function parseValue(word: string): number | undefined {
  if (finitePattern.test(word)) {
    const value = Number(word)
    return Number.isFinite(value) ? value : undefined
  }
  if (/^[+-]?nan$/i.test(word)) return Number.NaN
  const infinite = infinitePattern.exec(word)
  if (!infinite) return undefined
  return infinite[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
}

/** A timestamp, and behind it an exemplar (OpenMetrics), may follow the value. Neither is kept. */
function endsWell(cursor: Cursor): boolean {
  skipBlanks(cursor)
  if (cursor.at < cursor.text.length && cursor.text[cursor.at] !== '#') {
    if (!finitePattern.test(takeWord(cursor))) return false
    skipBlanks(cursor)
  }
  if (cursor.at === cursor.text.length) return true
  if (cursor.text[cursor.at] !== '#') return false
  cursor.at += 1
  skipBlanks(cursor)
  return cursor.text[cursor.at] === '{'
}

/** From the opening brace to behind the closing one. */
function takeLabels(cursor: Cursor): Attributes | string {
  const { text } = cursor
  const labels: Record<string, string> = {}
  cursor.at += 1
  for (let count = 0; ; count++) {
    skipBlanks(cursor)
    if (text[cursor.at] === '}') break
    const name = takeName(cursor, false)
    if (name === '') return 'no label name'
    // Assigned to, this name would change the object instead.
    if (name === '__proto__' || Object.hasOwn(labels, name))
      return 'a label name twice, or one that is reserved'
    if (count === maxLabels) return `more than ${maxLabels} labels`
    if (!take(cursor, '=') || !take(cursor, '"')) return 'a label without a quoted value'
    const value = takeQuoted(cursor)
    if (value === undefined) return 'a label value without an end'
    labels[name] = value
    skipBlanks(cursor)
    if (text[cursor.at] === ',') cursor.at += 1
    else if (text[cursor.at] !== '}') return 'labels without an end'
  }
  cursor.at += 1
  return labels
}

/** Up to the closing quote and behind it. Of an escape that the format does not know, both characters stay. */
function takeQuoted(cursor: Cursor): string | undefined {
  const { text } = cursor
  const start = cursor.at
  let hasEscape = false
  for (let at = start; at < text.length; at++) {
    const character = text[at]
    if (character === '\\') {
      hasEscape = true
      at += 1
    } else if (character === '"') {
      cursor.at = at + 1
      const value = text.slice(start, at)
      return hasEscape ? undoEscapes(value) : value
    }
  }
  return undefined
}

/** Undoes `\\`, `\"` and `\n`. */
export function undoEscapes(text: string): string {
  return text.replaceAll(/\\([\\"n])/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped))
}

/** A metric name, which may have colons, or a label name; empty when there is none. */
function takeName(cursor: Cursor, mayHaveColon: boolean): string {
  const { text, at: start } = cursor
  let at = start
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at)
    // ASCII letters of either case, then `_`, `:` and, but for the first character, digits.
    const isLetter = (code | 32) >= 97 && (code | 32) <= 122
    const isDigit = code >= 48 && code <= 57
    if (!isLetter && code !== 95 && !(isDigit && at > start) && !(code === 58 && mayHaveColon)) break
  }
  cursor.at = at
  return text.slice(start, at)
}

function takeWord(cursor: Cursor): string {
  skipBlanks(cursor)
  const start = cursor.at
  while (cursor.at < cursor.text.length && !isBlank(cursor.text.charCodeAt(cursor.at))) cursor.at += 1
  return cursor.text.slice(start, cursor.at)
}

function take(cursor: Cursor, character: string): boolean {
  skipBlanks(cursor)
  if (cursor.text[cursor.at] !== character) return false
  cursor.at += 1
  return true
}

function skipBlanks(cursor: Cursor): void {
  while (isBlank(cursor.text.charCodeAt(cursor.at))) cursor.at += 1
}

/** A space or a tab; a carriage return too, as lines end with one where a proxy or Windows wrote them. */
function isBlank(code: number): boolean {
  return code === 32 || code === 9 || code === 13
}
