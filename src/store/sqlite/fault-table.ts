import type { FaultRecord } from '../../model/hardware-fault.ts'
import type { FaultQuery } from '../store.ts'
import type { Database } from './database.ts'
import { TimedRows } from './timed-rows.ts'

/** `fault` is the truth; the other columns are copies of what is filtered by. */
export const faultSchema = `
  CREATE TABLE hardware_faults (
    sequence INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    timestamp_ms INTEGER NOT NULL,
    device TEXT NOT NULL,
    fault TEXT NOT NULL
  );
  CREATE INDEX hardware_faults_by_time ON hardware_faults (timestamp_ms);
  `

const saveSql = `
  INSERT INTO hardware_faults (id, timestamp_ms, device, fault) VALUES (:id, :timestampMs, :device, :fault)
  ON CONFLICT (id) DO UPDATE SET timestamp_ms = excluded.timestamp_ms, device = excluded.device,
    fault = excluded.fault`

/** Newest first; those of one millisecond in the reverse of the order they came in. */
const listSql = `
  SELECT fault FROM hardware_faults
  WHERE timestamp_ms BETWEEN :fromMs AND :toMs AND (:device IS NULL OR device = :device)
  ORDER BY timestamp_ms DESC, sequence DESC
  LIMIT :limit`

/** The faults that hardware reported. Methods run inside a transaction of the caller. */
export class FaultTable extends TimedRows {
  readonly #database: Database

  constructor(database: Database) {
    super(database, 'hardware_faults')
    this.#database = database
  }

  save(fault: FaultRecord): void {
    const { id, timestampMs, device } = fault
    this.#database.run(saveSql, { id, timestampMs, device, fault: JSON.stringify(fault) })
  }

  list(query: FaultQuery): FaultRecord[] {
    const { fromMs = Number.MIN_SAFE_INTEGER, toMs = Number.MAX_SAFE_INTEGER, limit = 50 } = query
    const bindings = { device: query.device ?? null, fromMs, toMs, limit }
    const rows = this.#database.all<{ fault: string }>(listSql, bindings)
    return rows.map(({ fault }) => JSON.parse(fault) as FaultRecord)
  }
}
