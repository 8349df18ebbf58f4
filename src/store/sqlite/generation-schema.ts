import { crc32 } from 'node:zlib'
import type { Database } from './database.ts'
import type { GenerationColumns } from './generation-columns.ts'
import { indexedText, PromptChanges, promptOf } from './generation-prompts.ts'
import { GenerationRollups } from './generation-rollups.ts'

/**
 * Where a record stands in its table and in the full-text index: `bucket × 2²² + n`, the bucket being its request
 * time in spans of 2¹⁴ ms. So both are in the order of time, span by span, and the newest matches of a search are
 * found first. Times before 1970 or after 3084 share the first and the last bucket.
 */
const spanMs = 2 ** 14
/** More than can be written in a span. The largest place is a safe integer. */
export const placesPerSpan = 2 ** 22
const lastSpan = 2 ** 31 - 1

/** The first place of the span of a request time; not descending in time. */
export function firstPlaceOf(queuedAtMs: number): number {
  return Math.min(lastSpan, Math.max(0, Math.floor(queuedAtMs / spanMs))) * placesPerSpan
}

/** As `firstPlaceOf`. */
const firstPlaceSql = `min(${lastSpan}, max(0, CAST(queued_at_ms AS INTEGER) / ${spanMs})) * ${placesPerSpan}`

/**
 * Records by place. The columns are copies of what is filtered by; `record` is the truth and `checksum` its CRC-32.
 * `prompt_checksum` is that of the prompt's words, where there is a prompt. `generations_by_time` and
 * `generations_by_end` hold every column that is filtered or counted by, so that a record is read only when it is on
 * the page; the two partial ones find the few live and the few failed records.
 *
 * `generation_prompts` keeps no text: it is in the record.
 *
 * `generation_rollups` counts ended generations by the hour of their end, at each of the grains of
 * `generation-rollups.ts`; absent values and attributes beyond the grain are empty texts. `tally` holds the counts
 * and a sketch of durations (`generation-tally.ts`).
 */
const schemaSql = `
  ALTER TABLE generations RENAME TO generations_1;
  DROP INDEX generations_by_time;

  CREATE TABLE generations (
    place INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    status TEXT NOT NULL,
    verification TEXT NOT NULL,
    model TEXT,
    node TEXT NOT NULL,
    error_class TEXT,
    queued_at_ms INTEGER NOT NULL,
    ended_at_ms INTEGER,
    duration_ms REAL,
    prompt_checksum INTEGER,
    checksum INTEGER NOT NULL,
    record TEXT NOT NULL
  );
  INSERT INTO generations
    SELECT ${firstPlaceSql} + row_number() OVER (PARTITION BY ${firstPlaceSql} ORDER BY queued_at_ms, id) - 1,
      id, status, verification, model, node, error_class, queued_at_ms, ended_at_ms, duration_ms, NULL, 0, record
    FROM generations_1;
  DROP TABLE generations_1;

  CREATE INDEX generations_by_time
    ON generations (queued_at_ms, id, status, ended_at_ms, model, node, error_class);
  CREATE INDEX generations_by_end
    ON generations (ended_at_ms, status, verification, model, node, error_class, duration_ms)
    WHERE ended_at_ms IS NOT NULL;
  CREATE INDEX generations_live ON generations (queued_at_ms, id) WHERE status IN ('queued', 'running');
  CREATE INDEX generations_unsuccessful ON generations (queued_at_ms, id, status, model, node, error_class)
    WHERE status IN ('failed', 'cancelled', 'rejected', 'timed_out', 'lost');

  CREATE VIRTUAL TABLE generation_prompts
    USING fts5(words, content='', columnsize=0, detail=none, tokenize='ascii');

  CREATE TABLE generation_rollups (
    id INTEGER PRIMARY KEY,
    grain INTEGER NOT NULL,
    hour INTEGER NOT NULL,
    model TEXT NOT NULL,
    node TEXT NOT NULL,
    error_class TEXT NOT NULL,
    tally BLOB NOT NULL
  );
  CREATE UNIQUE INDEX generation_rollups_by_hour ON generation_rollups (grain, hour, model, node, error_class);
`

/** So many records are in memory at a time while old ones are brought forward. */
const migratedAtOnce = 1000

interface MigratedRow extends GenerationColumns {
  readonly place: number
  readonly record: string
}

/** Version 2 of generations: places in time, checksums, full text and roll-ups, filled from the records there are. */
export function indexGenerations(database: Database): void {
  database.exec(schemaSql)
  fillIndexes(database)
}

/** Signs the records there are, and fills what is kept to find and to count them, which is empty. */
export function fillIndexes(database: Database): void {
  const rollups = new GenerationRollups(database)
  const sql = `SELECT place, record, status, verification, model, node, error_class AS errorClass,
      ended_at_ms AS endedAtMs, duration_ms AS durationMs
    FROM generations WHERE place > :after ORDER BY place LIMIT ${migratedAtOnce}`
  for (let after = -1; ; ) {
    const rows = database.all<MigratedRow>(sql, { after })
    const last = rows.at(-1)
    if (!last) return
    const prompts = new PromptChanges()
    for (const row of rows) {
      const text = indexedText(promptOf(row.record))
      if (text !== null) prompts.add(row.place, text)
      rollups.add(row, 1)
      sign(database, row, text)
    }
    prompts.apply(database)
    rollups.flush()
    after = last.place
  }
}

function sign(database: Database, { place, record }: MigratedRow, text: string | null): void {
  database.run(
    'UPDATE generations SET checksum = :checksum, prompt_checksum = :promptChecksum WHERE place = :place',
    { place, checksum: crc32(record), promptChecksum: text === null ? null : crc32(text) },
  )
}
