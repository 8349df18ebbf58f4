import type { Tier } from '../sample-query.ts'
import { fileSizeBytes } from './base-dir.ts'
import type { Database } from './database.ts'
import { schemaVersionOf } from './migrations.ts'
import { chunksPerFrame } from './samples/frame-table.ts'
import { requireForReading } from './sqlite-reader.ts'

/** What a store holds, and how much room it takes. */
export interface StoreStats {
  readonly path: string
  readonly schemaVersion: number
  readonly fileBytes: number
  /** The log, which SQLite keeps beside the file while a service writes. */
  readonly logBytes: number
  readonly pageSizeBytes: number
  readonly pages: number
  /** Not used now, and used again by what is written next. */
  readonly freePages: number
  readonly tables: readonly TableStats[]
  /** What `frames` and `frame_chunks` hold, by tier. */
  readonly tiers: readonly TierStats[]
}

interface TierStats {
  readonly tier: Tier
  readonly frames: number
  readonly ticks: number
  readonly sizeBytes: number
  /** Unix milliseconds. */
  readonly oldestMs: number
  readonly newestMs: number
}

interface TableStats {
  readonly table: string
  readonly rows: number
  /** With its indexes; `null` where the SQLite of this Node cannot tell. */
  readonly sizeBytes: number | null
  /** Unix milliseconds of its first time column; `null` for a table without one, or without rows. */
  readonly oldestMs: number | null
  readonly newestMs: number | null
}

/**
 * Counts what is in the store of a `baseDir`, while a service may be writing to it.
 *
 * @throws FramewatchError `STORE_NOT_FOUND`, `STORE_DAMAGED`, `STORE_NEWER_SCHEMA`, `BASE_DIR_UNWRITABLE`.
 */
export async function readStoreStats(baseDir: string): Promise<StoreStats> {
  const database = requireForReading(baseDir)
  try {
    return database.read(() => ({
      path: database.path,
      schemaVersion: schemaVersionOf(database),
      fileBytes: fileSizeBytes(database.path) ?? 0,
      logBytes: fileSizeBytes(`${database.path}-wal`) ?? 0,
      pageSizeBytes: database.pragma('page_size'),
      pages: database.pragma('page_count'),
      freePages: database.pragma('freelist_count'),
      tables: tableStats(database),
      tiers: tierStats(database),
    }))
  } finally {
    database.close()
  }
}

function tableStats(database: Database): readonly TableStats[] {
  const sizes = tableSizes(database)
  const sql = `SELECT name FROM sqlite_schema
    WHERE type = 'table' AND rootpage > 0 AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name`
  return database.all<{ name: string }>(sql).map(({ name }) => {
    const timeSql = `SELECT name FROM pragma_table_info('${name}') WHERE name LIKE '%\\_ms' ESCAPE '\\' ORDER BY cid`
    const time = database.get<{ name: string }>(timeSql)?.name
    const span = time
      ? `min("${time}") AS oldestMs, max("${time}") AS newestMs`
      : 'NULL AS oldestMs, NULL AS newestMs'
    const rows = database.get<{ rows: number }>(`SELECT count(*) AS rows FROM "${name}"`)?.rows ?? 0
    const found = database.get<Pick<TableStats, 'oldestMs' | 'newestMs'>>(
      `SELECT ${span} FROM "${name}" LIMIT 1`,
    )
    const { oldestMs = null, newestMs = null } = found ?? {}
    return { table: name, rows, sizeBytes: sizes?.get(name) ?? null, oldestMs, newestMs }
  })
}

/** A store of the first version has no frames. */
function tierStats(database: Database): readonly TierStats[] {
  if (!database.get(`SELECT 1 FROM sqlite_schema WHERE name = 'frames'`)) return []
  const bodySql = `SELECT sum(length(data)) FROM frame_chunks
    WHERE frame_chunks.id BETWEEN frames.id * ${chunksPerFrame} AND (frames.id + 1) * ${chunksPerFrame} - 1`
  return database.all<TierStats>(`SELECT tier, count(*) AS frames, sum(tick_count) AS ticks,
      sum(length(head) + (${bodySql})) AS sizeBytes, min(first_ms) AS oldestMs, max(last_ms) AS newestMs
    FROM frames GROUP BY tier ORDER BY sizeBytes DESC`)
}

/** Undefined where SQLite was built without the table of pages (https://www.sqlite.org/dbstat.html). */
function tableSizes(database: Database): ReadonlyMap<string, number> | undefined {
  const built = database.get(
    `SELECT 1 FROM pragma_compile_options WHERE compile_options = 'ENABLE_DBSTAT_VTAB'`,
  )
  if (!built) return undefined
  const sql = `SELECT tbl_name AS "table", sum(pgsize) AS sizeBytes
    FROM dbstat JOIN sqlite_schema USING (name) WHERE aggregate = TRUE GROUP BY tbl_name`
  const rows = database.all<{ table: string; sizeBytes: number }>(sql)
  return new Map(rows.map(({ table, sizeBytes }) => [table, sizeBytes]))
}
