import type { Snapshot } from '../../model/status.ts'
import type { Database } from './database.ts'

const saveSql = `
  INSERT INTO snapshots (id, timestamp_ms, snapshot) VALUES (:id, :timestampMs, :snapshot)
  ON CONFLICT (id) DO UPDATE SET timestamp_ms = excluded.timestamp_ms, snapshot = excluded.snapshot`

/** Periodic summaries. Methods run inside a transaction of the caller. */
export class SnapshotTable {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  save(snapshot: Snapshot): void {
    const { id, timestampMs } = snapshot
    this.#database.run(saveSql, { id, timestampMs, snapshot: JSON.stringify(snapshot) })
  }

  list(limit: number, toMs: number = Number.MAX_SAFE_INTEGER): Snapshot[] {
    const sql = `SELECT snapshot FROM snapshots WHERE timestamp_ms <= :toMs
      ORDER BY timestamp_ms DESC, sequence DESC LIMIT :limit`
    return this.#database
      .all<{ snapshot: string }>(sql, { limit, toMs })
      .map(({ snapshot }) => JSON.parse(snapshot) as Snapshot)
  }

  /** @returns true when there may be more. */
  deleteBefore(beforeMs: number, maxRows: number): boolean {
    const sql = `DELETE FROM snapshots WHERE sequence IN (
      SELECT sequence FROM snapshots WHERE timestamp_ms < :beforeMs ORDER BY timestamp_ms LIMIT :maxRows)`
    return this.#database.run(sql, { beforeMs, maxRows }) === maxRows
  }

  /** Unix milliseconds; undefined when there is none. */
  oldestMs(): number | undefined {
    const sql = 'SELECT min(timestamp_ms) AS oldestMs FROM snapshots'
    return this.#database.get<{ oldestMs: number | null }>(sql)?.oldestMs ?? undefined
  }

  deleteOldest(maxRows: number): void {
    this.deleteBefore(Number.MAX_SAFE_INTEGER, maxRows)
  }
}
