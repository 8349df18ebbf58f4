import { FramewatchError } from '../../model/errors.ts'
import { requirePositiveInteger } from '../query-check.ts'
import type { AlertEventQuery, GenerationQuery, RangeQuery, StoreReader, WriterInfo } from '../store.ts'
import { AlertTables } from './alert-tables.ts'
import { fileSizeBytes, storeFile } from './base-dir.ts'
import { Database } from './database.ts'
import { GenerationTable } from './generation-table.ts'
import { migrations, schemaVersionOf } from './migrations.ts'
import { SampleTable } from './sample-table.ts'
import { SnapshotTable } from './snapshot-table.ts'
import { toOpenError } from './sqlite-error.ts'

/** The tables of one connection. */
export interface Tables {
  readonly samples: SampleTable
  readonly generations: GenerationTable
  readonly alerts: AlertTables
  readonly snapshots: SnapshotTable
}

export function tablesOf(database: Database): Tables {
  return {
    samples: new SampleTable(database),
    generations: new GenerationTable(database),
    alerts: new AlertTables(database),
    snapshots: new SnapshotTable(database),
  }
}

/**
 * Reads a store, in this process or another, while one writer writes. Every answer is of one moment. The methods
 * are asynchronous for the port's sake: SQLite answers at once, on the calling thread.
 */
export class SqliteReader implements StoreReader {
  readonly #database: Database
  readonly #tables: Tables

  constructor(database: Database, tables: Tables) {
    this.#database = database
    this.#tables = tables
  }

  async listSeries(name?: string) {
    return this.#database.read(() => this.#tables.samples.list(name))
  }

  async recentTicks(limit: number) {
    requirePositiveInteger('limit', limit)
    return this.#database.read(() => this.#tables.samples.recentTicks(limit))
  }

  async range(query: RangeQuery) {
    requirePositiveInteger('stepMs', query.stepMs)
    return this.#database.read(() => this.#tables.samples.range(query))
  }

  async getGeneration(id: string) {
    return this.#database.read(() => this.#tables.generations.get(id))
  }

  async listGenerations(query: GenerationQuery = {}) {
    requirePositiveInteger('limit', query.limit)
    return this.#database.read(() => this.#tables.generations.list(query))
  }

  async countGenerations(query: Pick<GenerationQuery, 'fromMs' | 'toMs'> = {}) {
    return this.#database.read(() => this.#tables.generations.count(query))
  }

  async listAlertEvents(query: AlertEventQuery = {}) {
    requirePositiveInteger('limit', query.limit)
    return this.#database.read(() => this.#tables.alerts.listEvents(query))
  }

  async loadAlertInstances() {
    return this.#database.read(() => this.#tables.alerts.loadInstances())
  }

  async listSnapshots(limit: number) {
    requirePositiveInteger('limit', limit)
    return this.#database.read(() => this.#tables.snapshots.list(limit))
  }

  async readWriter(): Promise<WriterInfo | undefined> {
    return this.#database.read(() => {
      const row = this.#database.get<{ value: string }>(`SELECT value FROM meta WHERE key = 'writer'`)
      return row && (JSON.parse(row.value) as WriterInfo)
    })
  }

  async sizeBytes() {
    return this.#database.read(() =>
      ['', '-wal', '-shm'].reduce((sum, end) => sum + (fileSizeBytes(this.#database.path + end) ?? 0), 0),
    )
  }

  async close() {
    this.#database.close()
  }
}

/**
 * Opens the store of a `baseDir` for reading. Changes nothing, and creates nothing where there is no store.
 *
 * @throws FramewatchError `STORE_NOT_FOUND`, `STORE_DAMAGED`, `STORE_NEWER_SCHEMA`; `BASE_DIR_UNWRITABLE` when the
 *   file cannot be opened by this user.
 */
export async function openSqliteReader(options: { readonly baseDir: string }): Promise<StoreReader> {
  const database = openForReading(options.baseDir)
  if (!database) {
    const details = { baseDir: options.baseDir }
    throw new FramewatchError('STORE_NOT_FOUND', `"${options.baseDir}" holds no store`, { details })
  }
  return new SqliteReader(database, tablesOf(database))
}

/**
 * A reading connection to a store that this version understands; undefined when there is none, or a writer is
 * about to make one.
 */
export function openForReading(baseDir: string): Database | undefined {
  const path = storeFile(baseDir)
  let database: Database | undefined
  try {
    if ((fileSizeBytes(path) ?? 0) === 0) return undefined
    database = new Database(path, { readOnly: true })
    const version = schemaVersionOf(database)
    if (version > migrations.length) throw newerSchema(path, version)
    if (version > 0) return database
    database.close()
    return undefined
  } catch (cause) {
    database?.close()
    throw toOpenError(cause, path, 'STORE_DAMAGED')
  }
}

function newerSchema(path: string, version: number): FramewatchError {
  const fact = `"${path}" has schema version ${version}, and this version of Framewatch knows ${migrations.length}`
  return new FramewatchError('STORE_NEWER_SCHEMA', fact, { details: { version, known: migrations.length } })
}
