/**
 * The embedded engine of the store port: one SQLite file, `<baseDir>/framewatch.sqlite`, in WAL mode, written by
 * one process and read by any number. Batches flow in and are durable when `write` resolves; it never decides
 * what to keep, and never starts anything on its own.
 */
import { FramewatchError, isFramewatchError } from '../../model/errors.ts'
import type { SetAside } from '../../model/status.ts'
import { type Clock, systemClock } from '../../system/clock.ts'
import { requirePositiveInteger } from '../query-check.ts'
import type { Durability, RetentionPolicy, Store, WriteBatch, WriterInfo } from '../store.ts'
import { fileId, fileSizeBytes, lockFile, prepareBaseDir, storeFile } from './base-dir.ts'
import { Database } from './database.ts'
import { migrate, migrations, schemaVersionOf } from './migrations.ts'
import type { SampleOptions } from './samples/sample-table.ts'
import { setStoreAside } from './set-aside.ts'
import { damageOf, toOpenError } from './sqlite-error.ts'
import { openForReading, openSqliteReader, SqliteReader, type Tables, tablesOf } from './sqlite-reader.ts'
import { applyWriteSettings } from './write-settings.ts'
import { WriterLock } from './writer-lock.ts'

export { openSqliteReader } from './sqlite-reader.ts'
export { isWriterAlive } from './writer-lock.ts'

/** Larger files are not checked as a whole when they are opened: this much takes about a second. */
const maxCheckedBytes = 256 * 1024 * 1024
/** Most pages given back to the file system by one call of `maintain`: 1 MiB, which takes some milliseconds. */
const maxVacuumedPages = 128

/** 64 MiB: more is given back while the store is open. */
const maxShrinksAtClose = 64

/** A writing connection, and what had to make room for it. */
interface OpenedStore {
  readonly database: Database
  readonly tables: Tables
  readonly setAside: SetAside | undefined
}

/** How to open a store. */
export interface SqliteStoreOptions extends SampleOptions {
  readonly baseDir: string
  /** @default 'normal' */
  readonly durability?: Durability
  /** Dates the name of a store that is set aside. @default the clock of the machine */
  readonly clock?: Pick<Clock, 'nowMs'>
  /** Told before a store of an earlier version is brought forward, which may take minutes. */
  readonly onUpgrade?: () => void
  /** Looks at the whole file, whatever its size and however it was closed. @default false */
  readonly checkAll?: boolean
}

/** Reading and writing. `close` gives up the right to write. */
class SqliteStore extends SqliteReader implements Store {
  readonly setAside: SetAside | undefined
  readonly #database: Database
  readonly #tables: Tables
  readonly #lock: WriterLock
  readonly #fileId: number | undefined

  constructor({ database, tables, setAside }: OpenedStore, lock: WriterLock) {
    super(database, tables)
    this.setAside = setAside
    this.#fileId = fileId(database.path)
    this.#database = database
    this.#tables = tables
    this.#lock = lock
  }

  async write(batch: WriteBatch) {
    requireTime(batch.tick)
    this.#write(() => {
      const { samples, generations, alerts, decisions, faults, snapshots } = this.#tables
      if (batch.tick) samples.insertTick(batch.tick)
      if (batch.generations) generations.save(batch.generations)
      for (const event of batch.alertEvents ?? []) alerts.saveEvent(event)
      if (batch.alertInstances) alerts.saveInstances(batch.alertInstances)
      for (const entry of batch.decisions ?? []) decisions.save(entry)
      for (const fault of batch.faults ?? []) faults.save(fault)
      for (const snapshot of batch.snapshots ?? []) snapshots.save(snapshot)
    })
  }

  async saveWriter(writer: WriterInfo) {
    this.#write(() => {
      const sql = `INSERT OR REPLACE INTO meta VALUES ('writer', :value)`
      this.#database.run(sql, { value: JSON.stringify(writer) })
    })
  }

  async maintain(policy: RetentionPolicy, nowMs: number, maxRows = 500) {
    requirePositiveInteger('maxRows', maxRows)
    const more = this.#write(() => {
      const { samples, generations, alerts, decisions, faults, snapshots } = this.#tables
      return [
        samples.maintain(policy, nowMs),
        generations.deleteBefore(nowMs - policy.generationsMs, maxRows),
        alerts.deleteBefore(nowMs - policy.alertEventsMs, maxRows),
        decisions.deleteBefore(nowMs - policy.alertEventsMs, maxRows),
        faults.deleteBefore(nowMs - policy.alertEventsMs, maxRows),
        snapshots.deleteBefore(nowMs - policy.snapshotsMs, maxRows),
      ]
    })
    const isEvicting = policy.maxBytes !== undefined && this.#evict(policy.maxBytes, maxRows)
    return this.#shrink(0.25) || isEvicting || more.includes(true)
  }

  override async close() {
    try {
      this.#finish()
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
      const result = this.#database.write(work)
      this.#tables.samples.committed()
      return result
    } catch (error) {
      this.#tables.samples.rolledBack()
      if (isFramewatchError(error, 'STORE_DISK_FULL')) this.#database.emptyLog()
      throw error
    }
  }

  /** Makes the file as small as it is quickly done. What cannot be written now is safe as it is. */
  #finish(): void {
    if (!this.#database.isOpen) return
    try {
      this.#write(() => this.#tables.samples.finishWriting())
      for (let call = 0; call < maxShrinksAtClose && this.#shrink(0); call++);
    } catch {
      return
    }
  }

  /** Deletes the oldest of whatever kind while more is used than there may be. @returns true when there may be more to do. */
  #evict(maxBytes: number, maxRows: number): boolean {
    const usedPages = this.#database.pragma('page_count') - this.#database.pragma('freelist_count')
    if (usedPages * this.#database.pragma('page_size') <= maxBytes) return false
    return this.#write(() => {
      const { samples, generations, alerts, decisions, faults, snapshots } = this.#tables
      const kinds = [samples, generations, alerts, decisions, faults, snapshots].flatMap((kind) => {
        const oldestMs = kind.oldestMs()
        return oldestMs === undefined ? [] : [{ kind, oldestMs }]
      })
      const oldest = kinds.sort((a, b) => a.oldestMs - b.oldestMs)[0]
      oldest?.kind.deleteOldest(maxRows)
      return oldest !== undefined
    })
  }

  /**
   * Gives free pages back when they are more than a share of the file; fewer will be used again by what is
   * written next. Returns true when there may be more to give back.
   */
  #shrink(leastShare: number): boolean {
    return this.#write(() => {
      const free = this.#database.pragma('freelist_count')
      if (free <= leastShare * this.#database.pragma('page_count')) return false
      this.#database.exec(`PRAGMA incremental_vacuum(${maxVacuumedPages})`)
      const left = this.#database.pragma('freelist_count')
      // A file that was rewritten by other tools may no longer be able to shrink: then nothing was given back.
      return left > 0 && left < free
    })
  }
}

/** SQLite would take any number, and could not give it back. */
function requireTime(tick: WriteBatch['tick']): void {
  if (tick === undefined || Number.isSafeInteger(tick.timestampMs)) return
  const fact = `Expected \`timestampMs\` of a tick to be a safe integer, got \`${tick.timestampMs}\``
  throw new FramewatchError('TICK_INVALID', fact, { details: { key: 'timestampMs' } })
}

/**
 * Opens the store of a `baseDir` for writing, and creates both when missing.
 *
 * A damaged file is set aside under another name, never deleted, and a new store is begun: see `Store.setAside`.
 * What `write` has acknowledged survives what `Durability` says.
 *
 * @throws FramewatchError `BASE_DIR_UNWRITABLE`, `BASE_DIR_IN_USE`, `STORE_NEWER_SCHEMA` (the file is left as it was),
 *   `STORE_DISK_FULL`, `STORE_WRITE_FAILED`; `STORE_DAMAGED` when the file cannot be read now, damaged or not.
 */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<Store> {
  const { baseDir } = options
  await prepareBaseDir(baseDir)
  const lock = await acquireLock(baseDir)
  try {
    return new SqliteStore(await openOrBegin(options), lock)
  } catch (error) {
    lock.release()
    throw error
  }
}

/** @throws FramewatchError `BASE_DIR_IN_USE`, naming who holds the lock. */
export async function acquireLock(baseDir: string): Promise<WriterLock> {
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

/** Opens the store for writing; in the place of a damaged one, a new one. */
async function openOrBegin(options: SqliteStoreOptions): Promise<OpenedStore> {
  const { baseDir, clock = systemClock() } = options
  let reason = findDamage(options)
  if (reason === undefined) {
    try {
      return { ...openForWriting(options), setAside: undefined }
    } catch (error) {
      reason = damageOf(error)
      if (reason === undefined) throw error
    }
  }
  const path = await setStoreAside(baseDir, 'damaged', clock.nowMs())
  return { ...openForWriting(options), setAside: path === undefined ? undefined : { path, reason } }
}

/**
 * Looks at a file before a writing connection could change it. One whose writer has signed off is not read as a
 * whole: a start should not take longer with every day of history.
 *
 * @returns what is wrong with it; undefined when nothing was found.
 * @throws FramewatchError when the file must not be written to, or cannot be read now.
 */
function findDamage({ baseDir, checkAll = false }: SqliteStoreOptions): string | undefined {
  let database: Database | undefined
  try {
    database = openForReading(baseDir)
    if (!database) return undefined
    const isLong = (fileSizeBytes(database.path) ?? 0) > maxCheckedBytes
    if (!checkAll && (isLong || isSignedOff(database))) return undefined
    const check = () => database?.get<{ quick_check: string }>('PRAGMA quick_check(1)')?.quick_check
    const found = database.read(check)
    return found === 'ok' ? undefined : found
  } catch (error) {
    const reason = damageOf(error)
    if (reason === undefined) throw error
    return reason
  } finally {
    database?.close()
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

function openForWriting(options: SqliteStoreOptions): Omit<OpenedStore, 'setAside'> {
  const { baseDir, durability = 'normal' } = options
  const path = storeFile(baseDir)
  let database: Database | undefined
  try {
    database = new Database(path, { readOnly: false })
    applyWriteSettings(database, durability)
    const version = schemaVersionOf(database)
    if (version > 0 && version < migrations.length) options.onUpgrade?.()
    migrate(database)
    const tables = tablesOf(database, options)
    database.write(() => tables.samples.beginWriting())
    return { database, tables }
  } catch (cause) {
    database?.close()
    throw toOpenError(cause, path, 'STORE_WRITE_FAILED')
  }
}
