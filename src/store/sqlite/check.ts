import type { Database } from './database.ts'
import { findDamagedRecords } from './generation-verify.ts'
import { findDamagedSamples } from './samples/verify.ts'
import { damageOf } from './sqlite-error.ts'
import { requireForReading } from './sqlite-reader.ts'

/** Looks for damage that SQLite cannot see. Runs inside a transaction of the caller. */
type Verifier = (database: Database) => Iterable<string>

/** Past this many, more findings say nothing new. */
const maxFindings = 100

/** Every table whose records are JSON, and what tells one record from another. */
const jsonColumns = [
  ['series', 'name', 'attributes'],
  ['generations', 'id', 'record'],
  ['alert_events', 'id', 'event'],
  ['alert_instances', 'key', 'instance'],
  ['decisions', 'id', 'entry'],
  ['hardware_faults', 'id', 'fault'],
  ['snapshots', 'id', 'snapshot'],
  ['meta', 'key', 'value'],
] as const

/** All that is looked for beside SQLite's own check. */
const verifiers: readonly Verifier[] = [findUnreadableRecords, findDamagedRecords, findDamagedSamples]

/**
 * Reads the whole store of a `baseDir`, while a service may be writing to it.
 *
 * @returns what is damaged, at most 100 findings; empty when the store is sound.
 * @throws FramewatchError `STORE_NOT_FOUND`, `STORE_NEWER_SCHEMA`, `BASE_DIR_UNWRITABLE`.
 */
export async function checkStore(baseDir: string): Promise<readonly string[]> {
  let database: Database | undefined
  try {
    database = requireForReading(baseDir)
    return findDamage(database)
  } catch (error) {
    return [requireDamage(error)]
  } finally {
    database?.close()
  }
}

function findDamage(database: Database): readonly string[] {
  const findings: string[] = []
  for (const look of [findDamagedPages, ...verifiers]) {
    try {
      database.read(() => {
        for (const finding of look(database)) if (findings.push(finding) === maxFindings) break
      })
    } catch (error) {
      findings.push(requireDamage(error))
    }
    if (findings.length >= maxFindings) break
  }
  return [...new Set(findings)]
}

function findDamagedPages(database: Database): readonly string[] {
  const rows = database.all<{ integrity_check: string }>(`PRAGMA integrity_check(${maxFindings})`)
  return rows.map((row) => row.integrity_check).filter((text) => text !== 'ok')
}

function* findUnreadableRecords(database: Database): Iterable<string> {
  // A store of an earlier version has not all of the tables.
  const tables = new Set(
    database.all<{ name: string }>('SELECT name FROM sqlite_schema').map(({ name }) => name),
  )
  for (const [table, key, column] of jsonColumns) {
    if (!tables.has(table)) continue
    const sql = `SELECT ${key} AS key FROM ${table} WHERE NOT json_valid(${column}) LIMIT ${maxFindings}`
    for (const row of database.all<{ key: string }>(sql))
      yield `the ${column} of "${row.key}" in ${table} is no JSON`
  }
}

/** @returns the finding that an error is. @throws the error, when it is none. */
function requireDamage(error: unknown): string {
  const reason = damageOf(error)
  if (reason === undefined) throw error
  return reason
}
