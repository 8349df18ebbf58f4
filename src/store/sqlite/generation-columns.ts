import type { GenerationStatus, Verification } from '../../model/generation.ts'

/** What is counted of a record, as it stands in the columns beside it. */
export interface GenerationColumns {
  readonly status: GenerationStatus
  readonly verification: Verification
  readonly model: string | null
  readonly node: string
  readonly errorClass: string | null
  readonly endedAtMs: number | null
  readonly durationMs: number | null
}

/** As SQLite keeps it and every Node reads it back: well-formed, and not ending at a NUL (Node 22 and 24 cut there). */
export function columnText(text: string): string {
  return text.replaceAll('\0', '\ufffd').toWellFormed()
}

/** A question about columns, in the texts that these hold. */
export function asStored<Query extends { readonly [name in 'model' | 'node' | 'errorClass']?: string }>(
  query: Query,
): Query {
  const texts = (['model', 'node', 'errorClass'] as const).flatMap((name) => {
    const text = query[name]
    return typeof text === 'string' ? [[name, columnText(text)] as const] : []
  })
  return { ...query, ...Object.fromEntries(texts) }
}
