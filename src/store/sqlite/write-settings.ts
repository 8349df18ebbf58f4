import type { Durability } from '../store.ts'
import type { Database } from './database.ts'

/** The log is cut back to this after a burst. */
const logLimitBytes = 8 * 1024 * 1024

/**
 * Settings of a writing connection. In log mode, `synchronous=FULL` waits for the disk at each commit, `NORMAL` only
 * when the log is copied into the file (https://www.sqlite.org/pragma.html#pragma_synchronous).
 */
export function applyWriteSettings(database: Database, durability: Durability): void {
  // The first two have an effect only before the first page is written: they come before the log.
  database.exec(`
    PRAGMA page_size = 8192;
    PRAGMA auto_vacuum = INCREMENTAL;
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = ${durability};
    PRAGMA wal_autocheckpoint = 250;
    PRAGMA journal_size_limit = ${logLimitBytes};
  `)
}
