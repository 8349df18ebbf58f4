import type { AlertEvent, AlertInstance } from '../../model/alert.ts'
import type { AlertEventQuery, WriteBatch } from '../store.ts'
import type { Database } from './database.ts'
import { TimedRows } from './timed-rows.ts'

/** Events are listed newest first; those of one millisecond in the reverse of the order they came in. */
const listSql = `
  SELECT event FROM alert_events
  WHERE timestamp_ms BETWEEN :fromMs AND :toMs
    AND (:rule IS NULL OR rule = :rule)
    AND (:level IS NULL OR level = :level)
    AND (:transition IS NULL OR transition = :transition)
  ORDER BY timestamp_ms DESC, sequence DESC
  LIMIT :limit`

const saveEventSql = `
  INSERT INTO alert_events (id, timestamp_ms, rule, level, transition, event)
  VALUES (:id, :timestampMs, :rule, :level, :transition, :event)
  ON CONFLICT (id) DO UPDATE SET timestamp_ms = excluded.timestamp_ms, rule = excluded.rule,
    level = excluded.level, transition = excluded.transition, event = excluded.event`

/** The history of alerts, of which events expire, and the instances that live until they are removed. Methods run inside a transaction of the caller. */
export class AlertTables extends TimedRows {
  readonly #database: Database

  constructor(database: Database) {
    super(database, 'alert_events')
    this.#database = database
  }

  saveEvent(event: AlertEvent): void {
    this.#database.run(saveEventSql, {
      id: event.id,
      timestampMs: event.timestampMs,
      rule: event.alert.rule,
      level: event.alert.level,
      transition: event.transition,
      event: JSON.stringify(event),
    })
  }

  saveInstances({ changed, removed }: NonNullable<WriteBatch['alertInstances']>): void {
    for (const key of removed) this.#database.run('DELETE FROM alert_instances WHERE key = :key', { key })
    for (const instance of changed) {
      const sql = 'INSERT OR REPLACE INTO alert_instances VALUES (:key, :instance)'
      this.#database.run(sql, { key: instance.key, instance: JSON.stringify(instance) })
    }
  }

  listEvents(query: AlertEventQuery): AlertEvent[] {
    const rows = this.#database.all<{ event: string }>(listSql, {
      fromMs: query.fromMs ?? Number.MIN_SAFE_INTEGER,
      toMs: query.toMs ?? Number.MAX_SAFE_INTEGER,
      rule: query.rule ?? null,
      level: query.level ?? null,
      transition: query.transition ?? null,
      limit: query.limit ?? 50,
    })
    return rows.map(({ event }) => JSON.parse(event) as AlertEvent)
  }

  loadInstances(): AlertInstance[] {
    const sql = 'SELECT instance FROM alert_instances ORDER BY key'
    return this.#database
      .all<{ instance: string }>(sql)
      .map(({ instance }) => JSON.parse(instance) as AlertInstance)
  }
}
