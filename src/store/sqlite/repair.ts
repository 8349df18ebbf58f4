import { FramewatchError } from '../../model/errors.ts'
import type { Clock } from '../../system/clock.ts'
import { existsSync, rm } from '../../system/files.ts'
import { syncFile, writeWholeFile } from '../../system/whole-file.ts'
import { requireOutsideStore } from './backup.ts'
import { storeFile } from './base-dir.ts'
import { Database, openReadOnly } from './database.ts'
import { rebuildGenerations } from './generation-verify.ts'
import { migrate, migrations, schemaVersionOf } from './migrations.ts'
import { type Connection, NodeDatabase } from './node-sqlite.ts'
import { salvage, type TableSalvage } from './salvage.ts'
import { deleteDamagedSamples } from './samples/verify.ts'
import { replaceStore } from './set-aside.ts'
import { damaged, damageOf, toOpenError } from './sqlite-error.ts'
import { requireKnownVersion } from './sqlite-reader.ts'
import { acquireLock } from './sqlite-store.ts'

/** What must be put right when all is saved; and tables that are not copied, but made again from the others. */
interface Derived {
  readonly tables: readonly string[]
  /** Runs in a transaction of the caller. @returns how many rows it deleted of each table, because they are damaged. */
  rebuild(database: Database): Readonly<Record<string, number>>
}

/** Adding one is a line here. */
const derived: readonly Derived[] = [
  { tables: ['unfinished_frames'], rebuild: deleteDamagedSamples },
  { tables: ['generation_prompts', 'generation_rollups'], rebuild: rebuildGenerations },
]

/** What a repair made. */
export interface Repair {
  /** The new file. */
  readonly path: string
  readonly tables: readonly TableSalvage[]
  /** Where the old file is now; undefined when it was left in its place. */
  readonly setAsidePath: string | undefined
}

/**
 * Makes a new store of what can be read of the one of a `baseDir`, in its place; the old one is set aside under
 * another name, never deleted. No service may be running.
 *
 * @throws FramewatchError `STORE_NOT_FOUND`, `STORE_DAMAGED` when nothing can be read, `STORE_NEWER_SCHEMA`,
 *   `BASE_DIR_IN_USE`, `BASE_DIR_UNWRITABLE`, `STORE_WRITE_FAILED`. The store is then as it was.
 */
export async function repairStore(options: {
  readonly baseDir: string
  readonly clock: Pick<Clock, 'nowMs'>
}): Promise<Repair> {
  const { baseDir, clock } = options
  const path = storeFile(baseDir)
  requireFile(path)
  const lock = await acquireLock(baseDir)
  const temporaryPath = `${path}.repair.tmp`
  try {
    await rm(temporaryPath, { force: true })
    const tables = salvageFile(path, temporaryPath)
    await syncFile(temporaryPath)
    const setAsidePath = await replaceStore(baseDir, temporaryPath, 'before-repair', clock.nowMs())
    return { path, tables, setAsidePath }
  } finally {
    await rm(temporaryPath, { force: true })
    lock.release()
  }
}

/**
 * Makes a store of what can be read of any file of one, such as one that was set aside. The file is left as it is;
 * what is made can be restored.
 *
 * @throws FramewatchError as `repairStore`, and `FILE_EXISTS`, `FILE_UNWRITABLE`.
 */
export async function repairFile(options: {
  readonly baseDir: string
  readonly from: string
  readonly to: string
  /** Whether to replace a file that is there. */
  readonly replace: boolean
}): Promise<Repair> {
  const { baseDir, from, to, replace } = options
  requireFile(from)
  requireOutsideStore(baseDir, to)
  const fill = async (temporaryPath: string) => salvageFile(from, temporaryPath)
  return { path: to, tables: await writeWholeFile(to, { replace }, fill), setAsidePath: undefined }
}

function requireFile(path: string): void {
  if (existsSync(path)) return
  throw new FramewatchError('STORE_NOT_FOUND', `There is no file "${path}"`, { details: { path } })
}

function salvageFile(from: string, to: string): readonly TableSalvage[] {
  const version = readVersion(from)
  let source: Connection | undefined
  let target: Connection | undefined
  try {
    prepareTarget(to, version)
    source = new NodeDatabase(from, { readOnly: true })
    target = new NodeDatabase(to)
    // Whatever goes wrong, this file is thrown away: it needs no journal, and is synchronised when it is whole.
    target.exec('PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; BEGIN')
    const triggers = takeTriggers(target)
    const tables = salvage(source, target, new Set(derived.flatMap((entry) => entry.tables)))
    for (const trigger of triggers) target.exec(trigger)
    target.exec('COMMIT')
    target.close()
    target = undefined
    const deleted = rebuildDerived(to)
    if (tables.some(({ saved }) => saved > 0))
      return tables.map((entry) => withLoss(entry, deleted.get(entry.table) ?? 0))
  } catch (cause) {
    throw toOpenError(cause, to, 'STORE_WRITE_FAILED')
  } finally {
    source?.close()
    target?.close()
  }
  throw damaged(from, 'no row of it can be read')
}

/** The version that the tables have: as the file says, or the newest when that cannot be believed. */
function readVersion(path: string): number {
  let database: Database | undefined
  try {
    database = openReadOnly(path)
    const version = schemaVersionOf(database)
    if (version === 0) return migrations.length
    requireKnownVersion(path, version)
    return version
  } catch (cause) {
    if (damageOf(cause) !== undefined) return migrations.length
    throw toOpenError(cause, path, 'STORE_DAMAGED')
  } finally {
    database?.close()
  }
}

/** The tables and indexes of that version, empty. */
function prepareTarget(path: string, version: number): void {
  const database = new Database(path, { readOnly: false })
  try {
    database.exec('PRAGMA page_size = 8192; PRAGMA auto_vacuum = INCREMENTAL')
    migrate(database, migrations.slice(0, version))
  } finally {
    database.close()
  }
}

/** What triggers keep up to date is copied with the rest: they must not do it again. @returns how to make them anew. */
function takeTriggers(target: Connection): readonly string[] {
  const triggers = target.prepare(`SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'`).all()
  for (const { name } of triggers) target.exec(`DROP TRIGGER "${name}"`)
  return triggers.map(({ sql }) => String(sql))
}

function withLoss({ table, saved, lost }: TableSalvage, deleted: number): TableSalvage {
  return deleted === 0
    ? { table, saved, lost }
    : { table, saved: saved - deleted, lost: (lost ?? 0) + deleted }
}

/** @returns by table, how many rows were saved and then found to be damaged. */
function rebuildDerived(path: string): ReadonlyMap<string, number> {
  const database = new Database(path, { readOnly: false })
  try {
    return database.write(() => new Map(derived.flatMap((entry) => Object.entries(entry.rebuild(database)))))
  } finally {
    database.close()
  }
}
