import type { Database } from './database.ts'

/** Tables of rows that have a time and expire by it: columns `sequence` and `timestamp_ms`. */
export type TimedTable = 'alert_events' | 'decisions' | 'hardware_faults' | 'snapshots'

/** How the rows of one such table expire. Methods run inside a transaction of the caller. */
export class TimedRows {
  readonly #database: Database
  readonly #table: TimedTable

  constructor(database: Database, table: TimedTable) {
    this.#database = database
    this.#table = table
  }

  /** @returns true when there may be more. */
  deleteBefore(beforeMs: number, maxRows: number): boolean {
    const sql = `DELETE FROM ${this.#table} WHERE sequence IN (
      SELECT sequence FROM ${this.#table} WHERE timestamp_ms < :beforeMs ORDER BY timestamp_ms LIMIT :maxRows)`
    return this.#database.run(sql, { beforeMs, maxRows }) === maxRows
  }

  /** Unix milliseconds; undefined when there is none. */
  oldestMs(): number | undefined {
    const sql = `SELECT min(timestamp_ms) AS oldestMs FROM ${this.#table}`
    return this.#database.get<{ oldestMs: number | null }>(sql)?.oldestMs ?? undefined
  }

  deleteOldest(maxRows: number): void {
    this.deleteBefore(Number.MAX_SAFE_INTEGER, maxRows)
  }
}
