import type { GenerationRecord, GenerationStatus } from '../../model/generation.ts'
import { invalidQuery } from '../query-check.ts'
import type { GenerationPage, GenerationQuery } from '../store.ts'
import type { Database } from './database.ts'

interface Row {
  readonly record: string
}

/** Bounds for a query that names none; SQLite has no infinity among its integers. */
const firstMs = Number.MIN_SAFE_INTEGER
const lastMs = Number.MAX_SAFE_INTEGER

const columns =
  'id, status, verification, model, node, error_class, queued_at_ms, started_at_ms, ended_at_ms, duration_ms, record'
const values =
  ':id, :status, :verification, :model, :node, :errorClass, :queuedAtMs, :startedAtMs, :endedAtMs, :durationMs, :record'
const updates = columns
  .split(', ')
  .filter((column) => column !== 'id')
  .map((column) => `${column} = excluded.${column}`)
  .join(', ')
const upsertSql = `INSERT INTO generations (${columns}) VALUES (${values}) ON CONFLICT (id) DO UPDATE SET ${updates}`

/** The ids are found in the index alone; a record is read only when it is on the page. */
const listSql = `
  SELECT record FROM (
    SELECT rowid AS found FROM generations INDEXED BY generations_by_time
    WHERE queued_at_ms BETWEEN :fromMs AND :toMs
      AND (queued_at_ms < :cursorMs OR id < :cursorId)
      AND (:statuses IS NULL OR status IN (SELECT value FROM json_each(:statuses)))
      AND (:model IS NULL OR model = :model)
      AND (:endedFromMs IS NULL OR ended_at_ms >= :endedFromMs)
    ORDER BY queued_at_ms DESC, id DESC
    LIMIT :limit
  ) CROSS JOIN generations ON generations.rowid = found
  ORDER BY queued_at_ms DESC, id DESC`

/** Generation records. Methods run inside a transaction of the caller. */
export class GenerationTable {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  save(record: GenerationRecord): void {
    this.#database.run(upsertSql, {
      id: record.id,
      status: record.status,
      verification: record.verification,
      model: record.request.model ?? null,
      node: record.node,
      errorClass: record.error?.errorClass ?? null,
      queuedAtMs: record.queuedAtMs,
      startedAtMs: record.startedAtMs ?? null,
      endedAtMs: record.endedAtMs ?? null,
      durationMs: record.durationMs ?? null,
      record: JSON.stringify(record),
    })
  }

  get(id: string): GenerationRecord | undefined {
    const row = this.#database.get<Row>('SELECT record FROM generations WHERE id = :id', { id })
    return row && parse(row)
  }

  list(query: GenerationQuery): GenerationPage {
    const limit = query.limit ?? 50
    const cursor = query.cursor === undefined ? { queuedAtMs: lastMs, id: '' } : decodeCursor(query.cursor)
    const rows = this.#database.all<Row>(listSql, {
      fromMs: query.fromMs ?? firstMs,
      toMs: Math.min(query.toMs ?? lastMs, cursor.queuedAtMs),
      cursorMs: cursor.queuedAtMs,
      cursorId: cursor.id,
      statuses: query.statuses ? JSON.stringify(query.statuses) : null,
      model: query.model ?? null,
      endedFromMs: query.endedFromMs ?? null,
      limit: limit + 1,
    })
    const records = rows.slice(0, limit).map(parse)
    const last = records.at(-1)
    return { records, nextCursor: rows.length > limit && last ? encodeCursor(last) : undefined }
  }

  count({ fromMs = firstMs, toMs = lastMs }: Pick<GenerationQuery, 'fromMs' | 'toMs'>) {
    const sql = `SELECT status, count(*) AS count FROM generations INDEXED BY generations_by_time
      WHERE queued_at_ms BETWEEN :fromMs AND :toMs GROUP BY status`
    const rows = this.#database.all<{ status: GenerationStatus; count: number }>(sql, { fromMs, toMs })
    const counts: Partial<Record<GenerationStatus, number>> = {}
    for (const { status, count } of rows) counts[status] = count
    return counts
  }

  /** Deletes what was requested and has ended before; live generations stay. @returns true when there may be more. */
  deleteBefore(beforeMs: number, maxRows: number): boolean {
    const sql = `DELETE FROM generations WHERE rowid IN (
      SELECT rowid FROM generations INDEXED BY generations_by_time
      WHERE queued_at_ms < :beforeMs AND status NOT IN ('queued', 'running')
        AND coalesce(ended_at_ms, queued_at_ms) < :beforeMs
      ORDER BY queued_at_ms LIMIT :maxRows)`
    return this.#database.run(sql, { beforeMs, maxRows }) === maxRows
  }
}

function parse({ record }: Row): GenerationRecord {
  return JSON.parse(record) as GenerationRecord
}

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
