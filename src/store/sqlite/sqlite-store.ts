/**
 * The embedded engine of the store port: one SQLite file, `<baseDir>/framewatch.sqlite`, in WAL mode, written by
 * one process and read by any number. Batches flow in and are durable when `write` resolves; it never decides
 * what to keep, and never starts anything on its own.
 */
import { FramewatchError } from '../../model/errors.ts'
import { requirePositiveInteger } from '../query-check.ts'
import type { RetentionPolicy, Store, WriteBatch, WriterInfo } from '../store.ts'
import { fileId, fileSizeBytes, lockFile, prepareBaseDir, storeFile } from './base-dir.ts'
import { Database } from './database.ts'
import { migrate } from './migrations.ts'
import { toOpenError } from './sqlite-error.ts'
import { openForReading, openSqliteReader, SqliteReader, type Tables, tablesOf } from './sqlite-reader.ts'
import { WriterLock } from './writer-lock.ts'

export { openSqliteReader } from './sqlite-reader.ts'
export { isWriterAlive } from './writer-lock.ts'

/** Larger files are not checked as a whole when they are opened: this much takes about a second. */
const maxCheckedBytes = 256 * 1024 * 1024
/** The log is cut back to this after a burst. */
const logLimitBytes = 8 * 1024 * 1024
/** Most pages given back to the file system by one call of `applyRetention`: 4 MiB. */
const maxVacuumedPages = 1024

/** Reading and writing. `close` gives up the right to write. */
class SqliteStore extends SqliteReader implements Store {
  readonly #database: Database
  readonly #tables: Tables
  readonly #lock: WriterLock
  readonly #fileId: number | undefined

  constructor(database: Database, tables: Tables, lock: WriterLock) {
    super(database, tables)
    this.#fileId = fileId(database.path)
    this.#database = database
    this.#tables = tables
    this.#lock = lock
  }

  async write(batch: WriteBatch) {
    this.#write(() => {
      const { samples, generations, alerts, snapshots } = this.#tables
      if (batch.tick) samples.insertTick(batch.tick)
      for (const record of batch.generations ?? []) generations.save(record)
      for (const event of batch.alertEvents ?? []) alerts.saveEvent(event)
      if (batch.alertInstances) alerts.saveInstances(batch.alertInstances)
      for (const snapshot of batch.snapshots ?? []) snapshots.save(snapshot)
    })
  }

  async saveWriter(writer: WriterInfo) {
    this.#write(() => {
      const sql = `INSERT OR REPLACE INTO meta VALUES ('writer', :value)`
      this.#database.run(sql, { value: JSON.stringify(writer) })
    })
  }

  async applyRetention(policy: RetentionPolicy, nowMs: number, maxRows = 10_000) {
    requirePositiveInteger('maxRows', maxRows)
    const more = this.#write(() => {
      const { samples, generations, alerts, snapshots } = this.#tables
      return [
        samples.deleteBefore(nowMs - policy.samplesMs, maxRows),
        generations.deleteBefore(nowMs - policy.generationsMs, maxRows),
        alerts.deleteBefore(nowMs - policy.alertEventsMs, maxRows),
        snapshots.deleteBefore(nowMs - policy.snapshotsMs, maxRows),
      ]
    })
    return this.#shrink() || more.includes(true)
  }

  override async close() {
    try {
      this.#database.leaveLogMode()
      await super.close()
    } finally {
      this.#lock.release()
    }
  }

  /** Writes to a file that was removed would all succeed, and all be lost. */
  #requireFile(): void {
    const { path } = this.#database
    if (!this.#database.isOpen || fileId(path) === this.#fileId) return
    throw new FramewatchError('STORE_WRITE_FAILED', `"${path}" was removed or replaced while it was in use`, {
      details: { path },
    })
  }

  #write<T>(work: () => T): T {
    this.#requireFile()
    try {
      return this.#database.write(work)
    } catch (error) {
      this.#tables.samples.forgetSeries()
      throw error
    }
  }

  /**
   * Gives free pages back when they are more than a quarter of the file; fewer will be used again by what is
   * written next. Returns true when there may be more to give back.
   */
  #shrink(): boolean {
    return this.#write(() => {
      const free = this.#pragma('freelist_count')
      if (free * 4 <= this.#pragma('page_count')) return false
      this.#database.exec(`PRAGMA incremental_vacuum(${maxVacuumedPages})`)
      const left = this.#pragma('freelist_count')
      // A file that was rewritten by other tools may no longer be able to shrink: then nothing was given back.
      return left > 0 && left < free
    })
  }

  #pragma(name: 'freelist_count' | 'page_count'): number {
    return this.#database.get<Record<typeof name, number>>(`PRAGMA ${name}`)?.[name] ?? 0
  }
}

/**
 * Opens the store of a `baseDir` for writing, and creates both when missing.
 *
 * What `write` has acknowledged survives the death of the process at any instant. It survives a power failure
 * only once SQLite has synchronised the log (`synchronous=NORMAL`): the last writes before one may be missing,
 * and the store is sound all the same.
 *
 * @throws FramewatchError `BASE_DIR_UNWRITABLE`, `BASE_DIR_IN_USE`, `STORE_DAMAGED` and `STORE_NEWER_SCHEMA`
 *   (the file is left as it was), `STORE_DISK_FULL`, `STORE_WRITE_FAILED`.
 */
export async function openSqliteStore(options: { readonly baseDir: string }): Promise<Store> {
  const { baseDir } = options
  await prepareBaseDir(baseDir)
  const lock = await acquireLock(baseDir)
  try {
    checkFile(baseDir)
    const database = openForWriting(baseDir)
    return new SqliteStore(database, tablesOf(database), lock)
  } catch (error) {
    lock.release()
    throw error
  }
}

async function acquireLock(baseDir: string): Promise<WriterLock> {
  let lock: WriterLock | undefined
  try {
    lock = WriterLock.acquire(baseDir)
  } catch (cause) {
    throw toOpenError(cause, lockFile(baseDir), 'STORE_WRITE_FAILED')
  }
  if (lock) return lock
  const writer = await readHolder(baseDir)
  const who = writer ? `the service with pid ${writer.pid} on node "${writer.node}"` : 'another service'
  const details = { key: 'baseDir', value: baseDir, pid: writer?.pid, node: writer?.node }
  throw new FramewatchError('BASE_DIR_IN_USE', `\`baseDir\` "${baseDir}" is written to by ${who}`, {
    details,
  })
}

/** Who holds the lock, as far as the store says: a writer that has just started has not signed yet. */
async function readHolder(baseDir: string): Promise<WriterInfo | undefined> {
  try {
    const reader = await openSqliteReader({ baseDir })
    const writer = await reader.readWriter()
    await reader.close()
    return writer?.stoppedAtMs === undefined ? writer : undefined
  } catch {
    return undefined
  }
}

/**
 * Refuses a file that must not be written to, before a writing connection could change it. A file whose writer has
 * signed off is not read as a whole: a start should not take longer with every day of history.
 */
function checkFile(baseDir: string): void {
  const database = openForReading(baseDir)
  if (!database) return
  try {
    if (isSignedOff(database) || (fileSizeBytes(database.path) ?? 0) > maxCheckedBytes) return
    const row = database.read(() => database.get<{ quick_check: string }>('PRAGMA quick_check(1)'))
    if (row?.quick_check === 'ok') return
    throw new FramewatchError('STORE_DAMAGED', `"${database.path}" is damaged: ${row?.quick_check}`)
  } finally {
    database.close()
  }
}

function isSignedOff(database: Database): boolean {
  const sql = `SELECT value ->> 'stoppedAtMs' AS stoppedAtMs FROM meta WHERE key = 'writer'`
  try {
    const row = database.read(() => database.get<{ stoppedAtMs: number | null }>(sql))
    return typeof row?.stoppedAtMs === 'number'
  } catch {
    // No such table, or worse: the check will tell.
    return false
  }
}

function openForWriting(baseDir: string): Database {
  const path = storeFile(baseDir)
  let database: Database | undefined
  try {
    database = new Database(path, { readOnly: false })
    // The first has an effect only before the first page is written: it comes before the log.
    database.exec(`
      PRAGMA auto_vacuum = INCREMENTAL;
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = NORMAL;
      PRAGMA journal_size_limit = ${logLimitBytes};
    `)
    migrate(database)
    return database
  } catch (cause) {
    database?.close()
    throw toOpenError(cause, path, 'STORE_WRITE_FAILED')
  }
}
