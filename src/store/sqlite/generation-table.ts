import type { SQLInputValue } from 'node:sqlite'
import { crc32 } from 'node:zlib'
import type { GenerationRecord, GenerationStatus } from '../../model/generation.ts'
import type { GenerationAggregateQuery, GenerationPage, GenerationQuery } from '../store.ts'
import type { Database } from './database.ts'
import { aggregateGenerations } from './generation-aggregate.ts'
import { asStored, columnText, type GenerationColumns } from './generation-columns.ts'
import {
  firstMs,
  lastMs,
  listGenerations,
  parseRecord,
  type RecordRow,
  recordColumns,
} from './generation-list.ts'
import { indexedText, PromptChanges, promptOf } from './generation-prompts.ts'
import { GenerationRollups } from './generation-rollups.ts'
import { firstPlaceOf, placesPerSpan } from './generation-schema.ts'

/** Everything of a record but its text. */
interface Columns extends GenerationColumns {
  readonly queuedAtMs: number
  readonly promptChecksum: number | null
}

type StoredColumns = Columns & { readonly place: number; readonly record: string }

const columnNames = {
  status: 'status',
  verification: 'verification',
  model: 'model',
  node: 'node',
  errorClass: 'error_class',
  queuedAtMs: 'queued_at_ms',
  endedAtMs: 'ended_at_ms',
  durationMs: 'duration_ms',
  promptChecksum: 'prompt_checksum',
} satisfies Record<keyof Columns, string>
const columnKeys = Object.keys(columnNames) as (keyof Columns)[]

const names = Object.values(columnNames)
const selected = columnKeys.map((key) => `${columnNames[key]} AS ${key}`).join(', ')
const storedSql = `SELECT place, record, ${selected} FROM generations WHERE id = ?`
const insertSql = `INSERT INTO generations (${names.join(', ')}, checksum, record, place, id)
  VALUES (${names.map(() => '?').join(', ')}, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`
const replaceSql = `UPDATE generations SET ${names.map((name) => `${name} = ?`).join(', ')},
  checksum = ?, record = ?, place = ? WHERE id = ?`
const lastPlaceSql =
  'SELECT place FROM generations WHERE place >= ? AND place < ? ORDER BY place DESC LIMIT 1'
const expiredSql = `SELECT place, record, ${selected} FROM generations INDEXED BY generations_by_time
  WHERE queued_at_ms < :beforeMs AND status NOT IN ('queued', 'running')
    AND coalesce(ended_at_ms, queued_at_ms) < :beforeMs
  ORDER BY queued_at_ms LIMIT :maxRows`

/** Generation records, with what is kept to find and to count them. Methods run inside a transaction of the caller. */
export class GenerationTable {
  readonly #database: Database
  readonly #rollups: GenerationRollups

  constructor(database: Database) {
    this.#database = database
    this.#rollups = new GenerationRollups(database)
  }

  /** Inserts records, or replaces them by id. */
  save(records: readonly GenerationRecord[]): void {
    const changes = new Changes()
    for (const record of records) this.#saveOne(record, changes)
    this.#apply(changes)
  }

  get(id: string): GenerationRecord | undefined {
    const sql = `SELECT ${recordColumns} FROM generations WHERE id = :id`
    const row = this.#database.get<RecordRow>(sql, { id })
    return row && parseRecord(row)
  }

  list(query: GenerationQuery): GenerationPage {
    return listGenerations(this.#database, asStored(query))
  }

  aggregate(query: GenerationAggregateQuery) {
    return aggregateGenerations(this.#database, this.#rollups, asStored(query))
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
    const expired = this.#database.all<StoredColumns>(expiredSql, { beforeMs, maxRows })
    if (expired.length === 0) return false
    const changes = new Changes()
    for (const stored of expired) {
      this.#rollups.add(stored, -1)
      removePrompt(stored, changes)
    }
    const places = JSON.stringify(expired.map(({ place }) => place))
    const sql = 'DELETE FROM generations WHERE place IN (SELECT value FROM json_each(:places))'
    this.#database.run(sql, { places })
    this.#apply(changes)
    return expired.length === maxRows
  }

  /** Of ended generations, Unix milliseconds; undefined when there is none. */
  oldestMs(): number | undefined {
    const sql = `SELECT queued_at_ms AS oldestMs FROM generations INDEXED BY generations_by_time
      WHERE status NOT IN ('queued', 'running') ORDER BY queued_at_ms LIMIT 1`
    return this.#database.get<{ oldestMs: number }>(sql)?.oldestMs
  }

  deleteOldest(maxRows: number): void {
    this.deleteBefore(Number.MAX_SAFE_INTEGER, maxRows)
  }

  #saveOne(record: GenerationRecord, changes: Changes): void {
    const { id } = record
    const text = JSON.stringify(record)
    const written = [crc32(text), text]
    const indexed = indexedText(record.prompt)
    const columns = columnsOf(record, indexed)
    const values = [...columnKeys.map((key) => columns[key]), ...written]
    // Most records are new: to try costs less than to ask first.
    const place = this.#nextPlace(columns.queuedAtMs, changes.nextPlaces)
    if (this.#database.run(insertSql, [...values, place, id]) === 0) {
      this.#replace(id, columns, values, place, indexed, changes)
      return
    }
    changes.nextPlaces.set(firstPlaceOf(columns.queuedAtMs), place + 1)
    this.#rollups.add(columns, 1)
    if (indexed !== null) changes.prompts.add(place, indexed)
  }

  /** @param newPlace - where it goes when its time is another. */
  #replace(
    id: string,
    columns: Columns,
    values: readonly SQLInputValue[],
    newPlace: number,
    indexed: string | null,
    changes: Changes,
  ): void {
    const stored = this.#database.get<StoredColumns>(storedSql, [id])
    if (!stored) throw new Error(`The generation "${id}" is there and is not`)
    const isInPlace = firstPlaceOf(stored.queuedAtMs) === firstPlaceOf(columns.queuedAtMs)
    const place = isInPlace ? stored.place : newPlace
    this.#database.run(replaceSql, [...values, place, id])
    if (!isInPlace) changes.nextPlaces.set(firstPlaceOf(columns.queuedAtMs), place + 1)
    if (columnKeys.every((key) => stored[key] === columns[key])) return
    this.#rollups.add(stored, -1)
    this.#rollups.add(columns, 1)
    if (isInPlace && stored.promptChecksum === columns.promptChecksum) return
    removePrompt(stored, changes)
    if (indexed !== null) changes.prompts.add(place, indexed)
  }

  /** The next free place in the span of a request time. */
  #nextPlace(queuedAtMs: number, nextPlaces: Map<number, number>): number {
    const first = firstPlaceOf(queuedAtMs)
    const end = first + placesPerSpan
    const last = () => this.#database.get<{ place: number }>(lastPlaceSql, [first, end])?.place
    const place = nextPlaces.get(first) ?? (last() ?? first - 1) + 1
    if (place >= end)
      throw new Error(`There is no more place for a generation that was requested at ${queuedAtMs}`)
    return place
  }

  #apply({ prompts }: Changes): void {
    prompts.apply(this.#database)
    this.#rollups.flush()
  }
}

/** What one transaction changes beside the records. */
class Changes {
  readonly prompts = new PromptChanges()
  /** The next free place of each span, by its first. */
  readonly nextPlaces = new Map<number, number>()
}

/** A damaged record no longer says what is indexed: what is found by that is looked up in vain. */
function removePrompt({ place, record, promptChecksum }: StoredColumns, { prompts }: Changes): void {
  const text = promptChecksum === null ? null : indexedText(promptOf(record))
  if (text !== null) prompts.remove(place, text)
}

function columnsOf(record: GenerationRecord, indexed: string | null): Columns {
  return {
    status: record.status,
    verification: record.verification,
    model: record.request.model === undefined ? null : columnText(record.request.model),
    node: columnText(record.node),
    errorClass: record.error === undefined ? null : columnText(record.error.errorClass),
    queuedAtMs: record.queuedAtMs,
    endedAtMs: record.endedAtMs ?? null,
    durationMs: record.durationMs ?? null,
    promptChecksum: indexed === null ? null : crc32(indexed),
  }
}
