import type { Database } from './database.ts'
import { decisionSchema } from './decision-table.ts'
import { faultSchema } from './fault-table.ts'
import { indexGenerations } from './generation-schema.ts'
import { migrateFromRows } from './samples/from-rows.ts'

/** Statements, or what cannot be said in them alone. */
export type Migration = string | ((database: Database) => void)

/**
 * The schema, one step a version, each run once in a transaction of its own; `user_version` counts those done.
 * A step that was published is never changed: the next version is a new step at the end.
 *
 * Samples are keyed by series, so that one series is read in one sweep; `ticks` says which times there are. The
 * columns of `generations` are copies of what is filtered by; `record` is the truth.
 */
export const migrations: readonly Migration[] = [
  `
  CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

  CREATE TABLE series (id INTEGER PRIMARY KEY, name TEXT NOT NULL, attributes TEXT NOT NULL);
  CREATE UNIQUE INDEX series_by_name ON series (name, attributes);
  CREATE TABLE samples (
    series_id INTEGER NOT NULL,
    timestamp_ms INTEGER NOT NULL,
    value REAL NOT NULL,
    PRIMARY KEY (series_id, timestamp_ms)
  ) WITHOUT ROWID;
  CREATE TABLE ticks (timestamp_ms INTEGER PRIMARY KEY);

  CREATE TABLE generations (
    id TEXT NOT NULL UNIQUE,
    status TEXT NOT NULL,
    verification TEXT NOT NULL,
    model TEXT,
    node TEXT NOT NULL,
    error_class TEXT,
    queued_at_ms INTEGER NOT NULL,
    started_at_ms INTEGER,
    ended_at_ms INTEGER,
    duration_ms REAL,
    record TEXT NOT NULL
  );
  CREATE INDEX generations_by_time ON generations (queued_at_ms, id, status, ended_at_ms, model);

  CREATE TABLE alert_events (
    sequence INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    timestamp_ms INTEGER NOT NULL,
    rule TEXT NOT NULL,
    level TEXT NOT NULL,
    transition TEXT NOT NULL,
    event TEXT NOT NULL
  );
  CREATE INDEX alert_events_by_time ON alert_events (timestamp_ms);
  CREATE TABLE alert_instances (key TEXT PRIMARY KEY, instance TEXT NOT NULL) WITHOUT ROWID;

  CREATE TABLE snapshots (
    sequence INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    timestamp_ms INTEGER NOT NULL,
    snapshot TEXT NOT NULL
  );
  CREATE INDEX snapshots_by_time ON snapshots (timestamp_ms);
  `,
  migrateFromRows,
  indexGenerations,
  decisionSchema,
  faultSchema,
]

/** The schema version of a store file; 0 for one that has just been created. */
export function schemaVersionOf(database: Database): number {
  return database.pragma('user_version')
}

/** Brings the schema forward from whatever version the file has. A step that fails leaves the one before. */
export function migrate(database: Database, steps: readonly Migration[] = migrations): void {
  for (let version = schemaVersionOf(database); version < steps.length; version++) {
    database.transaction('BEGIN IMMEDIATE', () => {
      const step = steps[version] ?? ''
      if (typeof step === 'string') database.exec(step)
      else step(database)
      database.exec(`PRAGMA user_version = ${version + 1}`)
    })
  }
}
