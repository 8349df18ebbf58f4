import type { Font } from './font.ts'

/** Text broken into lines that fit. */
export interface TextBlock {
  readonly fontSizePx: number
  readonly lines: readonly string[]
  /** True when the end of the text had to be left out; the last line then ends in `…`. */
  readonly shortened: boolean
}

/** The room a text has. */
export interface TextRoom {
  readonly widthPx: number
  readonly maxLines: number
  /** Tried first. */
  readonly largestFontPx: number
  /** The last resort: the text is shortened rather than made smaller than this. */
  readonly smallestFontPx: number
}

/** Breaks a text at spaces, in the largest size in which it fits. */
export function fitText(text: string, font: Font, room: TextRoom): TextBlock {
  for (let sizePx = room.largestFontPx; sizePx > room.smallestFontPx; sizePx--) {
    const lines = wrap(text, font, room.widthPx / sizePx)
    const breaksWord = lines.join(' ') !== text
    if (lines.length <= room.maxLines && !breaksWord) return { fontSizePx: sizePx, lines, shortened: false }
  }
  const widthEm = room.widthPx / room.smallestFontPx
  const lines = wrap(text, font, widthEm)
  const shortened = lines.length > room.maxLines
  const kept = lines.slice(0, room.maxLines)
  if (shortened) kept.push(endWithEllipsis(kept.pop() ?? '', font, widthEm))
  return { fontSizePx: room.smallestFontPx, lines: kept, shortened }
}

/** Greedy; a word wider than a line is broken between characters. */
function wrap(text: string, font: Font, widthEm: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ').flatMap((part) => breakWord(part, font, widthEm))) {
    const longer = line === '' ? word : `${line} ${word}`
    if (font.widthOf(longer) <= widthEm) {
      line = longer
      continue
    }
    if (line !== '') lines.push(line)
    line = word
  }
  return line === '' ? lines : [...lines, line]
}

function breakWord(word: string, font: Font, widthEm: number): string[] {
  const pieces: string[] = []
  let piece = ''
  for (const character of word) {
    if (piece !== '' && font.widthOf(piece + character) > widthEm) {
      pieces.push(piece)
      piece = ''
    }
    piece += character
  }
  return [...pieces, piece]
}

function endWithEllipsis(line: string, font: Font, widthEm: number): string {
  const characters = [...line]
  while (characters.length > 0 && font.widthOf(`${characters.join('')}…`) > widthEm) characters.pop()
  return `${characters.join('').trimEnd()}…`
}
