/**
 * Samples: a tick is one row of `open_ticks` when it is written; some hundred of them become a frame, whose body lies
 * in chunks of just a page. `last_ms` of a series is the end of its last frame; it is absent while there is none; its
 * `checksum` is the CRC-32 of name and attributes.
 * `unfinished_frames` have chunks and no row in `frames` yet: a writer that died has left them.
 */
export const samplesSchema = `
  ALTER TABLE series ADD COLUMN last_ms INTEGER;
  ALTER TABLE series ADD COLUMN checksum INTEGER;
  CREATE TABLE layouts (id INTEGER PRIMARY KEY, series_ids BLOB NOT NULL);
  CREATE TABLE open_ticks (
    sequence INTEGER PRIMARY KEY,
    timestamp_ms INTEGER NOT NULL,
    node TEXT NOT NULL,
    layout_id INTEGER NOT NULL,
    data BLOB NOT NULL
  );
  CREATE TABLE frames (
    id INTEGER PRIMARY KEY,
    tier TEXT NOT NULL,
    node TEXT NOT NULL,
    first_ms INTEGER NOT NULL,
    last_ms INTEGER NOT NULL,
    tick_count INTEGER NOT NULL,
    head BLOB NOT NULL
  );
  CREATE INDEX frames_by_time ON frames (tier, last_ms, first_ms);
  CREATE TABLE frame_chunks (id INTEGER PRIMARY KEY, data BLOB NOT NULL);
  CREATE TABLE unfinished_frames (id INTEGER PRIMARY KEY);
  CREATE TABLE stale_spans (tier TEXT NOT NULL, start_ms INTEGER NOT NULL, PRIMARY KEY (tier, start_ms)) WITHOUT ROWID;
`
