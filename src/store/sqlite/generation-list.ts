import { crc32 } from 'node:zlib'
import { FramewatchError } from '../../model/errors.ts'
import type { GenerationRecord, GenerationStatus, Scalar } from '../../model/generation.ts'
import { promptTerms } from '../prompt-words.ts'
import { invalidQuery } from '../query-check.ts'
import { fieldPath, requireConditions } from '../record-fields.ts'
import type { FieldCondition, GenerationFilter, GenerationPage, GenerationQuery } from '../store.ts'
import type { Database, NamedValues } from './database.ts'
import { firstPlaceOf, placesPerSpan } from './generation-schema.ts'

/** A record as it is stored. */
export interface RecordRow {
  readonly id: string
  readonly queuedAtMs: number
  readonly record: string
  readonly checksum: number
}

export const recordColumns = 'id, queued_at_ms AS queuedAtMs, record, checksum'

/** Bounds for a query that names none; SQLite has no infinity among its integers. */
export const firstMs = Number.MIN_SAFE_INTEGER
export const lastMs = Number.MAX_SAFE_INTEGER

/** @throws FramewatchError `STORE_DAMAGED` when the record is not what was written. */
export function parseRecord({ id, record, checksum }: RecordRow): GenerationRecord {
  if (crc32(record) === checksum) return JSON.parse(record) as GenerationRecord
  const fact = `The record of generation "${id}" does not have the checksum it was written with`
  throw new FramewatchError('STORE_DAMAGED', fact, { details: { id } })
}

export function listGenerations(database: Database, query: GenerationQuery): GenerationPage {
  const limit = query.limit ?? 50
  const cursor = query.cursor === undefined ? { queuedAtMs: lastMs, id: '' } : decodeCursor(query.cursor)
  const { terms, bindings } = filterOf(query, cursor)
  const find = query.prompt === undefined ? findByTime : findByPrompt
  const rows = find(database, query, terms, { ...bindings, limit: limit + 1 })
  const last = rows[limit - 1]
  return {
    records: rows.slice(0, limit).map(parseRecord),
    nextCursor: rows.length > limit && last ? encodeCursor(last) : undefined,
  }
}

/** Partial indices, and the statuses they hold: a query that names none but these reads no others. */
const partialIndices: readonly (readonly [name: string, statuses: readonly GenerationStatus[]])[] = [
  ['generations_live', ['queued', 'running']],
  ['generations_unsuccessful', ['failed', 'cancelled', 'rejected', 'timed_out', 'lost']],
]

/** The records are found in an index alone, as far as it goes; they are read only when they are on the page. */
function findByTime(
  database: Database,
  { statuses }: GenerationQuery,
  terms: readonly string[],
  bindings: NamedValues,
): RecordRow[] {
  const partial = partialIndices.find(([, held]) => statuses?.every((status) => held.includes(status)))
  const index = partial?.[0] ?? 'generations_by_time'
  // SQLite uses a partial index only when the query repeats its condition.
  const held = partial ? [`status IN (${partial[1].map((status) => `'${status}'`).join(', ')})`] : []
  const sql = `
    SELECT ${recordColumns} FROM (
      SELECT place AS found FROM generations INDEXED BY ${index}
      WHERE ${[...held, ...terms].join(' AND ')}
      ORDER BY queued_at_ms DESC, id DESC
      LIMIT :limit
    ) CROSS JOIN generations ON place = found
    ORDER BY queued_at_ms DESC, id DESC`
  return database.all<RecordRow>(sql, bindings)
}

/**
 * Matches come by place, newest span first, and in any order within a span: enough of them are read when there is a
 * page of matches and the span of the last is over.
 */
function findByPrompt(
  database: Database,
  { prompt = '' }: GenerationQuery,
  terms: readonly string[],
  { limit, ...bindings }: NamedValues & { readonly limit: number },
): RecordRow[] {
  const sql = `
    SELECT ${recordColumns} FROM generation_prompts CROSS JOIN generations ON place = generation_prompts.rowid
    WHERE generation_prompts MATCH :match
      AND generation_prompts.rowid BETWEEN CAST(:firstPlace AS INTEGER) AND CAST(:lastPlace AS INTEGER)
      AND ${terms.join(' AND ')}
    ORDER BY generation_prompts.rowid DESC`
  const matches = database.iterate<RecordRow>(sql, {
    ...bindings,
    match: matchOf(prompt),
    firstPlace: firstPlaceOf(Number(bindings['fromMs'])),
    lastPlace: firstPlaceOf(Number(bindings['toMs'])) + placesPerSpan - 1,
  })
  const rows: RecordRow[] = []
  let spanOfLast = 0
  for (const row of matches) {
    const span = firstPlaceOf(row.queuedAtMs)
    if (rows.length >= limit && span < spanOfLast) break
    spanOfLast = span
    rows.push(row)
  }
  // As SQLite sorts texts: by their bytes.
  rows.sort((a, b) => b.queuedAtMs - a.queuedAtMs || Buffer.compare(Buffer.from(b.id), Buffer.from(a.id)))
  return rows.slice(0, limit)
}

/** Words hold letters, marks and digits only, and in quotes none is an operator. */
function matchOf(prompt: string): string {
  return promptTerms(prompt)
    .map(({ word, isPrefix }) => (isPrefix ? `"${word}"*` : `"${word}"`))
    .join(' AND ')
}

function filterOf(
  query: GenerationFilter,
  cursor: Cursor,
): { readonly terms: readonly string[]; readonly bindings: NamedValues } {
  const terms = ['queued_at_ms BETWEEN :fromMs AND :toMs', '(queued_at_ms < :cursorMs OR id < :cursorId)']
  const bindings: Record<string, string | number> = {
    fromMs: query.fromMs ?? firstMs,
    toMs: Math.min(query.toMs ?? lastMs, cursor.queuedAtMs),
    cursorMs: cursor.queuedAtMs,
    cursorId: cursor.id,
  }
  const add = (term: string, name: string, value: string | number | undefined) => {
    if (value === undefined) return
    terms.push(term)
    bindings[name] = value
  }
  const statuses = query.statuses && JSON.stringify(query.statuses)
  add('status IN (SELECT value FROM json_each(:statuses))', 'statuses', statuses)
  add('model = :model', 'model', query.model)
  add('node = :node', 'node', query.node)
  add('error_class = :errorClass', 'errorClass', query.errorClass)
  add('ended_at_ms >= :endedFromMs', 'endedFromMs', query.endedFromMs)
  requireConditions(query.where ?? [])
  for (const [index, { field, operator, value }] of (query.where ?? []).entries()) {
    terms.push(conditionSql(index, operator, value))
    bindings[`path${index}`] = `$${fieldPath(field)
      .map((name) => `."${name}"`)
      .join('')}`
    bindings[`value${index}`] = typeof value === 'boolean' ? Number(value) : value
  }
  return { terms, bindings }
}

/** Only values of one type are compared, and SQL's unknown is false; so a field that is absent matches only `!=`. */
function conditionSql(index: number, operator: FieldCondition['operator'], value: Scalar): string {
  const isOfType = `json_type(record, :path${index}) IN (${jsonTypes[typeof value as keyof typeof jsonTypes]})`
  const holds = (compared: string) =>
    `${isOfType} AND json_extract(record, :path${index}) ${compared} :value${index}`
  return operator === '!=' ? `NOT coalesce(${holds('=')}, 0)` : `(${holds(operator)})`
}

const jsonTypes = { string: `'text'`, number: `'integer', 'real'`, boolean: `'true', 'false'` }

/** The place after the last record of a page. */
type Cursor = Pick<GenerationRecord, 'queuedAtMs' | 'id'>

function encodeCursor({ queuedAtMs, id }: Cursor): string {
  return Buffer.from(JSON.stringify([queuedAtMs, id])).toString('base64url')
}

function decodeCursor(text: string): Cursor {
  try {
    const [queuedAtMs, id, ...rest] = JSON.parse(Buffer.from(text, 'base64url').toString()) as unknown[]
    if (Number.isSafeInteger(queuedAtMs) && typeof id === 'string' && rest.length === 0)
      return { queuedAtMs: queuedAtMs as number, id }
  } catch {
    // No JSON: refused below, with JSON of another shape.
  }
  throw invalidQuery('cursor', 'the `nextCursor` of a page', text)
}
