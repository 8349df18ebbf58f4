import { basename, dirname, join, resolve } from 'node:path'
import { FramewatchError, isFramewatchError, messageOf } from '../../model/errors.ts'
import type { Clock } from '../../system/clock.ts'
import { existsSync, realpathSync, rm } from '../../system/files.ts'
import { syncFile, unwritable, writeWholeFile } from '../../system/whole-file.ts'
import { fileId, fileSizeBytes, lockFile, prepareBaseDir, storeFile } from './base-dir.ts'
import { type Database, openReadOnly } from './database.ts'
import { schemaVersionOf } from './migrations.ts'
import { replaceStore, storeEndings } from './set-aside.ts'
import { damageOf, toStoreError } from './sqlite-error.ts'
import { requireForReading, requireKnownVersion } from './sqlite-reader.ts'
import { acquireLock } from './sqlite-store.ts'

/** A copy that was made, and checked. */
export interface Backup {
  readonly path: string
  readonly sizeBytes: number
  readonly schemaVersion: number
}

/** A store that was put in place. */
export interface Restored {
  readonly path: string
  readonly schemaVersion: number
  /** Where the store that was there before is now; undefined when there was none. */
  readonly setAsidePath: string | undefined
}

/**
 * Copies the store of a `baseDir` as it is at one moment, while a service may be writing to it, and checks the copy
 * before it gets its name. The copy is one plain file without unused space; it takes no lock that a writer waits for,
 * but the log of the store cannot be cut back until it is done.
 *
 * @throws FramewatchError `STORE_NOT_FOUND`, `STORE_DAMAGED`, `STORE_NEWER_SCHEMA`, `FILE_EXISTS`, `FILE_UNWRITABLE`.
 */
export async function backUpStore(options: {
  readonly baseDir: string
  readonly path: string
  /** Whether to replace a file that is there. */
  readonly replace: boolean
}): Promise<Backup> {
  const { baseDir, path, replace } = options
  requireOutsideStore(baseDir, path)
  const database = requireForReading(baseDir)
  try {
    return await writeWholeFile(path, { replace }, async (temporaryPath) => {
      const schemaVersion = copyInto(database, temporaryPath)
      return { path, sizeBytes: fileSizeBytes(temporaryPath) ?? 0, schemaVersion }
    })
  } finally {
    database.close()
  }
}

/**
 * Puts a backup in the place of the store of a `baseDir`, which is set aside under another name, never deleted. No
 * service may be running. Any file of a store is taken, if it is sound.
 *
 * @throws FramewatchError `BACKUP_INVALID`, `STORE_NEWER_SCHEMA`, `BASE_DIR_IN_USE`, `BASE_DIR_UNWRITABLE`,
 *   `FILE_UNWRITABLE`. The store is then as it was.
 */
export async function restoreStore(options: {
  readonly baseDir: string
  readonly path: string
  readonly clock: Pick<Clock, 'nowMs'>
}): Promise<Restored> {
  const { baseDir, path, clock } = options
  const backup = openBackup(path)
  try {
    await prepareBaseDir(baseDir)
    const lock = await acquireLock(baseDir)
    const temporaryPath = `${storeFile(baseDir)}.restore.tmp`
    try {
      await rm(temporaryPath, { force: true })
      const schemaVersion = copyInto(backup, temporaryPath)
      await syncFile(temporaryPath)
      const setAsidePath = await replaceStore(baseDir, temporaryPath, 'before-restore', clock.nowMs())
      return { path: storeFile(baseDir), schemaVersion, setAsidePath }
    } catch (cause) {
      throw isFramewatchError(cause) ? cause : unwritable(storeFile(baseDir), messageOf(cause), cause)
    } finally {
      await rm(temporaryPath, { force: true })
      lock.release()
    }
  } finally {
    backup.close()
  }
}

/** The path without links in its directories; the file itself need not be there. */
function realPathOf(path: string): string {
  const absolute = resolve(path)
  try {
    return existsSync(absolute)
      ? realpathSync(absolute)
      : join(realpathSync(dirname(absolute)), basename(absolute))
  } catch {
    return absolute
  }
}

/** What is written beside the store must not take the place of a file of its own. */
export function requireOutsideStore(baseDir: string, path: string): void {
  const directory = realPathOf(baseDir)
  const store = storeFile(directory)
  const own = [...storeEndings.map((ending) => store + ending), lockFile(directory)]
  const id = fileId(path)
  if (own.includes(realPathOf(path)) || (id !== undefined && id === fileId(store)))
    throw unwritable(path, 'it belongs to the store')
}

/** Copies what the connection sees now, and checks the copy as a whole. @returns its schema version. */
function copyInto(source: Database, path: string): number {
  try {
    source.run('VACUUM INTO :path', { path })
  } catch (cause) {
    if (damageOf(cause)) throw toStoreError(cause, `Cannot copy "${source.path}"`, 'STORE_DAMAGED')
    throw cause
  }
  const copy = openReadOnly(path)
  try {
    const found = copy.get<{ quick_check: string }>('PRAGMA quick_check(1)')?.quick_check
    const version = schemaVersionOf(copy)
    if (found === 'ok' && version === schemaVersionOf(source)) return version
    throw new Error(`the copy is not sound: ${found}, schema version ${version}`)
  } finally {
    copy.close()
  }
}

/** @throws FramewatchError `BACKUP_INVALID`, `STORE_NEWER_SCHEMA`. */
function openBackup(path: string): Database {
  let database: Database | undefined
  try {
    if (fileSizeBytes(path) === undefined) throw new Error('there is no such file')
    database = openReadOnly(path)
    const version = schemaVersionOf(database)
    requireKnownVersion(path, version)
    if (version === 0) throw new Error('it has no schema version')
    const found = database.get<{ integrity_check: string }>('PRAGMA integrity_check(1)')?.integrity_check
    if (found !== 'ok') throw new Error(found)
    return database
  } catch (cause) {
    database?.close()
    if (isFramewatchError(cause, 'STORE_NEWER_SCHEMA')) throw cause
    const reason = isFramewatchError(cause) ? (damageOf(cause) ?? cause.message) : messageOf(cause)
    throw new FramewatchError('BACKUP_INVALID', `"${path}": ${reason}`, { cause, details: { path } })
  }
}
