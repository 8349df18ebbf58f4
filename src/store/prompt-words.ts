/** Which words a prompt holds, and which words a search asks for: the same cut on both sides, in every engine. */
import { invalidQuery } from './query-check.ts'

/** Scripts written without spaces: each character is a word, as no dictionary is at hand. */
const spaceless = ['Han', 'Hiragana', 'Katakana', 'Thai', 'Lao', 'Khmer', 'Myanmar']
  .map((script) => `\\p{Script=${script}}`)
  .join('')
const words = new RegExp(
  `[[\\p{L}\\p{N}]&&[${spaceless}]]\\p{M}*|[[\\p{L}\\p{N}\\p{M}]--[${spaceless}]]+`,
  'gv',
)
// biome-ignore lint/suspicious/noControlCharactersInRegex: the bounds of ASCII.
const ascii = /^[\u0000-\u007f]*$/
/** Accents of Latin, Greek and Cyrillic letters, once they are decomposed. */
const accents = /[\u0300-\u036f]+/g

const maxTerms = 32

/** A word that is asked for. */
export interface PromptTerm {
  readonly word: string
  /** True for `word*`, which asks for the words that begin with it. */
  readonly isPrefix: boolean
}

/**
 * The words of a text, in order: runs of letters and digits, without regard to case and accents (`Café` is `cafe`);
 * in scripts that are written without spaces, each character.
 */
export function promptWords(text: string): string[] {
  if (isAscii(text)) return text.toLowerCase().match(/[a-z0-9]+/g) ?? []
  return text.normalize('NFKD').replace(accents, '').toLowerCase().normalize('NFC').match(words) ?? []
}

/** True for text of which the words are runs of ASCII letters and digits. */
export function isAscii(text: string): boolean {
  return ascii.test(text)
}

/**
 * The words of a search, each once. Anything but words and a `*` that follows one is skipped: no text is an error of
 * syntax.
 *
 * @throws FramewatchError `QUERY_INVALID` when there is no word, or more than 32.
 */
export function promptTerms(search: string): readonly PromptTerm[] {
  const terms = new Map<string, PromptTerm>()
  for (const part of search.match(/[^\s*]+\*?/g) ?? []) {
    const found = promptWords(part)
    for (const [index, word] of found.entries()) {
      const isPrefix = part.endsWith('*') && index === found.length - 1
      terms.set(isPrefix ? `${word}*` : word, { word, isPrefix })
    }
  }
  if (terms.size > 0 && terms.size <= maxTerms) return [...terms.values()]
  throw invalidQuery('prompt', `from 1 to ${maxTerms} words`, search)
}
