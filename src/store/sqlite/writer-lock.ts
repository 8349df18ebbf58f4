import { fileSizeBytes, lockFile } from './base-dir.ts'
import { type Connection, NodeDatabase } from './node-sqlite.ts'
import { isBusy, toOpenError } from './sqlite-error.ts'

/**
 * How long a starting writer waits for the lock. It is longer than any probe of `isWriterAlive` holds it, so a
 * probe cannot make a start fail, and short enough to say soon that another writer is there.
 */
const lockTimeoutMs = 500

/**
 * The right to write to a `baseDir`: an exclusive transaction, without end, on an empty database of its own. The
 * operating system gives the lock up with the process, however it dies, so a stale lock cannot be, and SQLite
 * keeps threads of one process apart as well. The lock is POSIX advisory: to open and close that file in the
 * same process by other means than SQLite would lose it.
 */
export class WriterLock {
  readonly #connection: Connection
  #isHeld = true

  private constructor(connection: Connection) {
    this.#connection = connection
  }

  /** @returns undefined when another writer holds it. @throws an error of SQLite. */
  static acquire(baseDir: string): WriterLock | undefined {
    const connection = new NodeDatabase(lockFile(baseDir))
    try {
      // Nothing is ever written, so a journal would only be one more file in the directory.
      connection.exec(`PRAGMA busy_timeout = ${lockTimeoutMs}; PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE`)
      return new WriterLock(connection)
    } catch (error) {
      connection.close()
      if (isBusy(error)) return undefined
      throw error
    }
  }

  /** Idempotent. */
  release(): void {
    if (!this.#isHeld) return
    this.#isHeld = false
    this.#connection.close()
  }
}

/**
 * True when some process or thread writes to this `baseDir` now. It takes a shared lock for the microseconds of
 * one look; see `lockTimeoutMs` for why that disturbs no one. Creates nothing.
 *
 * @throws FramewatchError `BASE_DIR_UNWRITABLE` when this user may not look.
 */
export function isWriterAlive(baseDir: string): boolean {
  const path = lockFile(baseDir)
  let connection: Connection | undefined
  try {
    if (fileSizeBytes(path) === undefined) return false
    connection = new NodeDatabase(path, { readOnly: true })
    connection.prepare('SELECT 1 FROM sqlite_schema').get()
    return false
  } catch (error) {
    if (isBusy(error)) return true
    throw toOpenError(error, path, 'BASE_DIR_UNWRITABLE')
  } finally {
    connection?.close()
  }
}
