import { FramewatchError } from '../../model/errors.ts'
import { requireAggregateQuery, requireMeaningful, requirePositiveInteger } from '../query-check.ts'
import type {
  AlertEventQuery,
  DecisionQuery,
  FaultQuery,
  GenerationAggregate,
  GenerationAggregateQuery,
  GenerationQuery,
  LatestQuery,
  RangeQuery,
  StoreReader,
  WriterInfo,
} from '../store.ts'
import { AlertTables } from './alert-tables.ts'
import { fileSizeBytes, storeFile } from './base-dir.ts'
import { type Database, openReadOnly } from './database.ts'
import { DecisionTable } from './decision-table.ts'
import { FaultTable } from './fault-table.ts'
import { GenerationTable } from './generation-table.ts'
import { migrations, schemaVersionOf } from './migrations.ts'
import { type SampleOptions, SampleTable } from './samples/sample-table.ts'
import { SnapshotTable } from './snapshot-table.ts'
import { damaged, toOpenError } from './sqlite-error.ts'

/** Past this, and below zero, it is no version but the remains of one. */
const maxSchemaVersion = 1000

/** The tables of one connection. */
export interface Tables {
  readonly samples: SampleTable
  readonly generations: GenerationTable
  readonly alerts: AlertTables
  readonly decisions: DecisionTable
  readonly faults: FaultTable
  readonly snapshots: SnapshotTable
}

export function tablesOf(database: Database, options: SampleOptions = {}): Tables {
  return {
    samples: new SampleTable(database, options),
    generations: new GenerationTable(database),
    alerts: new AlertTables(database),
    decisions: new DecisionTable(database),
    faults: new FaultTable(database),
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
    return this.#database.read(() => this.#tables.samples.queries.listSeries(name))
  }

  async recentTicks(limit: number) {
    requirePositiveInteger('limit', limit)
    return this.#database.read(() => this.#tables.samples.queries.recentTicks(limit))
  }

  async range(query: RangeQuery) {
    requirePositiveInteger('stepMs', query.stepMs)
    requirePositiveInteger('top', query.top)
    requireMeaningful(query)
    return this.#database.read(() => this.#tables.samples.queries.range(query))
  }

  async latest(query: LatestQuery) {
    return this.#database.read(() => this.#tables.samples.queries.latest(query))
  }

  async aggregateGenerations(query: GenerationAggregateQuery): Promise<readonly GenerationAggregate[]> {
    requireAggregateQuery(query)
    return this.#database.read(() => this.#tables.generations.aggregate(query))
  }

  async listDecisions(query: DecisionQuery = {}) {
    requirePositiveInteger('limit', query.limit)
    return this.#database.read(() => this.#tables.decisions.list(query))
  }

  async listFaults(query: FaultQuery = {}) {
    requirePositiveInteger('limit', query.limit)
    return this.#database.read(() => this.#tables.faults.list(query))
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

  async listSnapshots(limit: number, toMs?: number) {
    requirePositiveInteger('limit', limit)
    return this.#database.read(() => this.#tables.snapshots.list(limit, toMs))
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
 * @throws FramewatchError `STORE_NOT_FOUND`, `STORE_DAMAGED`, `STORE_NEWER_SCHEMA`, `STORE_OLDER_SCHEMA`;
 *   `BASE_DIR_UNWRITABLE` when the file cannot be opened by this user.
 */
export async function openSqliteReader(options: { readonly baseDir: string }): Promise<StoreReader> {
  const database = requireForReading(options.baseDir)
  const version = schemaVersionOf(database)
  if (version === migrations.length) return new SqliteReader(database, tablesOf(database))
  database.close()
  const fact = `"${database.path}" has schema version ${version}, and this version of Framewatch writes ${migrations.length}`
  throw new FramewatchError('STORE_OLDER_SCHEMA', fact, { details: { version } })
}

/** A reading connection, to a store of any version up to this one. @throws as `openSqliteReader`. */
export function requireForReading(baseDir: string): Database {
  const database = openForReading(baseDir)
  if (database) return database
  throw new FramewatchError('STORE_NOT_FOUND', `"${baseDir}" holds no store`, { details: { baseDir } })
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
    database = openReadOnly(path)
    const version = schemaVersionOf(database)
    requireKnownVersion(path, version)
    if (version > 0) return database
    if (database.get('SELECT 1 FROM sqlite_schema'))
      throw damaged(path, 'it has tables and no schema version')
    database.close()
    return undefined
  } catch (cause) {
    database?.close()
    throw toOpenError(cause, path, 'STORE_DAMAGED')
  }
}

/** @throws FramewatchError `STORE_NEWER_SCHEMA`; `STORE_DAMAGED` when it can be no version at all. */
export function requireKnownVersion(path: string, version: number): void {
  if (version < 0 || version > maxSchemaVersion)
    throw damaged(path, `its schema version ${version} cannot be one`)
  if (version <= migrations.length) return
  const fact = `"${path}" has schema version ${version}, and this version of Framewatch knows ${migrations.length}`
  throw new FramewatchError('STORE_NEWER_SCHEMA', fact, { details: { version, known: migrations.length } })
}
