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

  list(limit: number): Snapshot[] {
    const sql = 'SELECT snapshot FROM snapshots ORDER BY timestamp_ms DESC, sequence DESC LIMIT :limit'
    return this.#database
      .all<{ snapshot: string }>(sql, { limit })
      .map(({ snapshot }) => JSON.parse(snapshot) as Snapshot)
  }

  /** @returns true when there may be more. */
  deleteBefore(beforeMs: number, maxRows: number): boolean {
    const sql = `DELETE FROM snapshots WHERE sequence IN (
      SELECT sequence FROM snapshots WHERE timestamp_ms < :beforeMs ORDER BY timestamp_ms LIMIT :maxRows)`
    return this.#database.run(sql, { beforeMs, maxRows }) === maxRows
  }
}
