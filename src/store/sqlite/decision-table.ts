import type { NotificationDecision } from '../../model/alert.ts'
import type { DecisionQuery } from '../store.ts'
import type { Database } from './database.ts'
import { TimedRows } from './timed-rows.ts'

/** `entry` is the truth; the other columns are copies of what is filtered by. */
export const decisionSchema = `
  CREATE TABLE decisions (
    sequence INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    timestamp_ms INTEGER NOT NULL,
    alert_key TEXT NOT NULL,
    receiver TEXT NOT NULL,
    decision TEXT NOT NULL,
    entry TEXT NOT NULL
  );
  CREATE INDEX decisions_by_time ON decisions (timestamp_ms);
  CREATE INDEX decisions_by_alert ON decisions (alert_key, timestamp_ms);
  `

const saveSql = `
  INSERT INTO decisions (id, timestamp_ms, alert_key, receiver, decision, entry)
  VALUES (:id, :timestampMs, :alertKey, :receiver, :decision, :entry)
  ON CONFLICT (id) DO UPDATE SET timestamp_ms = excluded.timestamp_ms, alert_key = excluded.alert_key,
    receiver = excluded.receiver, decision = excluded.decision, entry = excluded.entry`

/** Newest first; those of one millisecond in the reverse of the order they came in. */
const listSql = (where: string) => `
  SELECT entry FROM decisions
  WHERE ${where} timestamp_ms BETWEEN :fromMs AND :toMs
    AND (:receiver IS NULL OR receiver = :receiver)
    AND (:decision IS NULL OR decision = :decision)
  ORDER BY timestamp_ms DESC, sequence DESC
  LIMIT :limit`
const listAllSql = listSql('')
/** A text of its own: with a condition that may be absent, SQLite could not take the index of alerts. */
const listOfAlertSql = listSql('alert_key = :alertKey AND')

/** The ledger of notifications. Methods run inside a transaction of the caller. */
export class DecisionTable extends TimedRows {
  readonly #database: Database

  constructor(database: Database) {
    super(database, 'decisions')
    this.#database = database
  }

  save(entry: NotificationDecision): void {
    const { id, timestampMs, alertKey, receiver, decision } = entry
    const bindings = { id, timestampMs, alertKey, receiver, decision, entry: JSON.stringify(entry) }
    this.#database.run(saveSql, bindings)
  }

  list(query: DecisionQuery): NotificationDecision[] {
    const { alertKey, receiver = null, decision = null, limit = 50 } = query
    const { fromMs = Number.MIN_SAFE_INTEGER, toMs = Number.MAX_SAFE_INTEGER } = query
    const bindings = { receiver, decision, fromMs, toMs, limit }
    const rows =
      alertKey === undefined
        ? this.#database.all<{ entry: string }>(listAllSql, bindings)
        : this.#database.all<{ entry: string }>(listOfAlertSql, { ...bindings, alertKey })
    return rows.map(({ entry }) => JSON.parse(entry) as NotificationDecision)
  }
}
