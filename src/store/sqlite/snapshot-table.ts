import type { Snapshot } from '../../model/status.ts'
import type { Database } from './database.ts'
import { TimedRows } from './timed-rows.ts'

const saveSql = `
  INSERT INTO snapshots (id, timestamp_ms, snapshot) VALUES (:id, :timestampMs, :snapshot)
  ON CONFLICT (id) DO UPDATE SET timestamp_ms = excluded.timestamp_ms, snapshot = excluded.snapshot`

/** Periodic summaries. Methods run inside a transaction of the caller. */
export class SnapshotTable extends TimedRows {
  readonly #database: Database

  constructor(database: Database) {
    super(database, 'snapshots')
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
}
