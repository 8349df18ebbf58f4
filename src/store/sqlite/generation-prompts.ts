import { isAscii, promptWords } from '../prompt-words.ts'
import type { Database } from './database.ts'

const insertSql = 'INSERT INTO generation_prompts (rowid, words) VALUES (CAST(? AS INTEGER), ?)'
const deleteSql = `INSERT INTO generation_prompts (generation_prompts, rowid, words)
  VALUES ('delete', CAST(? AS INTEGER), ?)`

/**
 * What the full-text index is given of a prompt, `null` where none is stored. Its tokenizer `ascii` finds in ASCII
 * the words that `promptWords` finds; in other text it parts only what is given in parts.
 */
export function indexedText(prompt: string | undefined): string | null {
  if (prompt === undefined || isAscii(prompt)) return prompt ?? null
  return promptWords(prompt).join(' ')
}

/** The prompt of a record as it is stored; undefined of one that is damaged, which is an error when it is read. */
export function promptOf(record: string): string | undefined {
  try {
    return (JSON.parse(record) as { readonly prompt?: string }).prompt
  } catch {
    return undefined
  }
}

interface Change {
  /** What is indexed at the place until now. */
  readonly removed?: string
  readonly added?: string
}

/**
 * What a transaction changes in the full-text index, gathered so that it is written in the order of places: FTS5
 * writes what it has gathered so far to a segment of its own whenever a rowid descends. The index keeps no text, and
 * must be told what to forget: that costs a third less with every insert than to keep track of it.
 */
export class PromptChanges {
  readonly #changes = new Map<number, Change>()

  /** @param place - where nothing is indexed. */
  add(place: number, text: string): void {
    this.#changes.set(place, { ...this.#changes.get(place), added: text })
  }

  /** @param text - what was indexed there, before this transaction or in it. */
  remove(place: number, text: string): void {
    const known = this.#changes.get(place)
    this.#changes.set(
      place,
      known?.added === undefined ? { ...known, removed: text } : { removed: known.removed },
    )
  }

  apply(database: Database): void {
    for (const [place, { removed, added }] of [...this.#changes].sort(([a], [b]) => a - b)) {
      if (removed !== undefined) database.run(deleteSql, [place, removed])
      if (added !== undefined) database.run(insertSql, [place, added])
    }
  }
}
