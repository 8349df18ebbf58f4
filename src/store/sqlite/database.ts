import type { SQLInputValue, StatementSync } from 'node:sqlite'
import { type ErrorCode, FramewatchError, systemCodeOf } from '../../model/errors.ts'
import { type Connection, NodeDatabase } from './node-sqlite.ts'
import { needsRollback, toStoreError } from './sqlite-error.ts'

/**
 * Values by parameter name, as order is easily mistaken. A list, in the order of the parameters, is for statements
 * that are run for every record: names cost as much as an insert does. SQLite gets every number as a real.
 */
export type Bindings = NamedValues | readonly SQLInputValue[]
export type NamedValues = Readonly<Record<string, SQLInputValue>>

/** How long a statement waits for a lock of another process: a reader that recovers the log holds one briefly. */
const busyTimeoutMs = 5000

/** What is asked by users has many forms: no more statements than these are kept, and the oldest goes first. */
const maxStatements = 256

/** A connection that cannot change the file, and does not make one. @throws an error of SQLite. */
export function openReadOnly(path: string): Database {
  const database = new Database(path, { readOnly: true })
  try {
    database.get('PRAGMA schema_version')
    return database
  } catch (error) {
    database.close()
    if (!needsRollback(error)) throw error
  }
  // A writer died while it changed to the log or back: only a writing connection can take back what it left half done.
  const writing = new Database(path, { readOnly: false })
  try {
    writing.get('PRAGMA schema_version')
  } finally {
    writing.close()
  }
  return new Database(path, { readOnly: true })
}

/** One connection: transactions, statements prepared once, and errors of the port instead of SQLite's. */
export class Database {
  readonly path: string
  readonly #connection: Connection
  readonly #statements = new Map<string, StatementSync>()
  #isOpen = true
  #rollbacks = 0

  /** Opens the file; a writing connection creates it when missing. @throws an error of SQLite. */
  constructor(path: string, options: { readonly readOnly: boolean }) {
    this.path = path
    this.#connection = new NodeDatabase(path, { readOnly: options.readOnly })
    this.#connection.exec(`PRAGMA busy_timeout = ${busyTimeoutMs}`)
  }

  /** How many transactions have failed: what was kept in memory of their writes is not in the file. */
  get rollbacks(): number {
    return this.#rollbacks
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  /**
   * Runs `work` on one snapshot of the store.
   *
   * @throws FramewatchError `STORE_CLOSED`, `STORE_DAMAGED`, `STORE_READ_FAILED`, `QUERY_INVALID`.
   */
  read<T>(work: () => T): T {
    this.#requireOpen()
    try {
      return this.transaction('BEGIN', work)
    } catch (error) {
      throw toStoreError(error, `Cannot read "${this.path}"`, readErrorCode(error))
    }
  }

  /**
   * Runs `work` in one transaction: when this returns all of it is committed, when it throws nothing is.
   *
   * @throws FramewatchError `STORE_CLOSED`, `STORE_DISK_FULL`, `STORE_DAMAGED`, `STORE_WRITE_FAILED`.
   */
  write<T>(work: () => T): T {
    this.#requireOpen()
    try {
      return this.transaction('BEGIN IMMEDIATE', work)
    } catch (error) {
      throw toStoreError(error, `Cannot write to "${this.path}"`, 'STORE_WRITE_FAILED')
    }
  }

  /** As `write`, with the errors of SQLite as they are. */
  transaction<T>(begin: 'BEGIN' | 'BEGIN IMMEDIATE', work: () => T): T {
    this.#connection.exec(begin)
    try {
      const result = work()
      this.#connection.exec('COMMIT')
      return result
    } catch (error) {
      this.#rollback()
      throw error
    }
  }

  /** Every row; `Row` is what the statement selects. */
  all<Row>(sql: string, bindings: Bindings = {}): Row[] {
    return this.#prepare(sql).all(...argumentsOf(bindings)) as Row[]
  }

  /** Row by row; the caller may stop early, and runs nothing else with this statement meanwhile. */
  iterate<Row>(sql: string, bindings: Bindings = {}): Iterable<Row> {
    return this.#prepare(sql).iterate(...argumentsOf(bindings)) as Iterable<Row>
  }

  /** The first row. */
  get<Row>(sql: string, bindings: Bindings = {}): Row | undefined {
    return this.#prepare(sql).get(...argumentsOf(bindings)) as Row | undefined
  }

  /** @returns how many rows it changed. */
  run(sql: string, bindings: Bindings = {}): number {
    const statement = this.#prepare(sql, { writes: true })
    return Number(statement.run(...argumentsOf(bindings)).changes)
  }

  /** @returns the rowid of the row it inserted. */
  insert(sql: string, bindings: Bindings): number {
    return Number(this.#prepare(sql).run(...argumentsOf(bindings)).lastInsertRowid)
  }

  /** A pragma that is a number. */
  pragma(name: 'freelist_count' | 'page_count' | 'page_size' | 'user_version'): number {
    return this.get<Record<string, number>>(`PRAGMA ${name}`)?.[name] ?? 0
  }

  /** Runs statements to their end, without bindings or rows. */
  exec(sql: string): void {
    this.#connection.exec(sql)
  }

  /**
   * Makes the store one plain file again, which can be copied and be read by users who may not write beside it.
   * When a reader is there, or the disk is full, it stays as it is, and is as sound. Idempotent.
   */
  leaveLogMode(): void {
    if (!this.#isOpen) return
    try {
      this.#connection.exec('PRAGMA busy_timeout = 0; PRAGMA journal_mode = DELETE')
    } catch {
      return
    }
  }

  /**
   * Copies the log into the file and gives its room back: on a small disk it may be the log that takes the last of it.
   * When that cannot be done, all stays as it is.
   */
  emptyLog(): void {
    try {
      this.#connection.exec('PRAGMA wal_checkpoint(TRUNCATE)')
    } catch {
      return
    }
  }

  /** Idempotent. */
  close(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    this.#statements.clear()
    this.#connection.close()
  }

  #prepare(sql: string, { writes = false } = {}): StatementSync {
    const known = this.#statements.get(sql)
    if (known) return known
    const [oldest] = this.#statements.keys()
    if (oldest !== undefined && this.#statements.size >= maxStatements) this.#statements.delete(oldest)
    const statement = this.#connection.prepare(sql)
    // `run` reads the last rowid too, and throws when that is no safe integer: those inside a full-text index are not.
    statement.setReadBigInts(writes)
    this.#statements.set(sql, statement)
    return statement
  }

  /** Some failures, a full disk among them, have already rolled back; to do it again is then the error. */
  #rollback(): void {
    this.#rollbacks += 1
    try {
      this.#connection.exec('ROLLBACK')
    } catch {
      return
    }
  }

  #requireOpen(): void {
    if (!this.#isOpen) throw new FramewatchError('STORE_CLOSED', `"${this.path}" is closed`)
  }
}

/** `node:sqlite` takes names as its first argument, or values as all of them; its types know no argument of either. */
function argumentsOf(bindings: Bindings): SQLInputValue[] {
  return (Array.isArray(bindings) ? bindings : [bindings]) as SQLInputValue[]
}

/** Of an error that is none of SQLite's: text that is no JSON any more; a value that no statement takes; or ours. */
function readErrorCode(error: unknown): ErrorCode {
  if (error instanceof SyntaxError) return 'STORE_DAMAGED'
  return systemCodeOf(error) === 'ERR_INVALID_ARG_TYPE' ? 'QUERY_INVALID' : 'STORE_READ_FAILED'
}
