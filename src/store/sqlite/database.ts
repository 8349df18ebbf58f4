import type { SQLInputValue, StatementSync } from 'node:sqlite'
import { FramewatchError } from '../../model/errors.ts'
import { type Connection, NodeDatabase } from './node-sqlite.ts'
import { toStoreError } from './sqlite-error.ts'

/** Values by parameter name. Always named: SQLite gets every number as a real, and order is easily mistaken. */
export type Bindings = Readonly<Record<string, SQLInputValue>>

/** How long a statement waits for a lock of another process: a reader that recovers the log holds one briefly. */
const busyTimeoutMs = 5000

/** One connection: transactions, statements prepared once, and errors of the port instead of SQLite's. */
export class Database {
  readonly path: string
  readonly #connection: Connection
  readonly #statements = new Map<string, StatementSync>()
  #isOpen = true

  /** Opens the file; a writing connection creates it when missing. @throws an error of SQLite. */
  constructor(path: string, options: { readonly readOnly: boolean }) {
    this.path = path
    this.#connection = new NodeDatabase(path, { readOnly: options.readOnly })
    this.#connection.exec(`PRAGMA busy_timeout = ${busyTimeoutMs}`)
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  /**
   * Runs `work` on one snapshot of the store.
   *
   * @throws FramewatchError `STORE_CLOSED`, `STORE_DAMAGED`.
   */
  read<T>(work: () => T): T {
    this.#requireOpen()
    try {
      return this.transaction('BEGIN', work)
    } catch (error) {
      throw toStoreError(error, `Cannot read "${this.path}"`, 'STORE_DAMAGED')
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
    return this.#prepare(sql).all(bindings) as Row[]
  }

  /** The first row. */
  get<Row>(sql: string, bindings: Bindings = {}): Row | undefined {
    return this.#prepare(sql).get(bindings) as Row | undefined
  }

  /** @returns how many rows it changed. */
  run(sql: string, bindings: Bindings = {}): number {
    return Number(this.#prepare(sql).run(bindings).changes)
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

  /** Idempotent. */
  close(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    this.#statements.clear()
    this.#connection.close()
  }

  #prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql)
    if (!statement) {
      statement = this.#connection.prepare(sql)
      this.#statements.set(sql, statement)
    }
    return statement
  }

  /** Some failures, a full disk among them, have already rolled back; to do it again is then the error. */
  #rollback(): void {
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
