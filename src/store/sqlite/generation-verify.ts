import { crc32 } from 'node:zlib'
import type { Database } from './database.ts'
import { fillIndexes } from './generation-schema.ts'

/** Records at a time in memory. */
const pageSize = 1000

interface Row {
  readonly place: number
  readonly id: string
  readonly record: string
  readonly checksum: number
}

/** Reads all records, and says which do not match their checksums. Runs inside a transaction of the caller. */
export function* findDamagedRecords(database: Database): Iterable<string> {
  for (const { id } of damagedRows(database))
    yield `the record of "${id}" in generations does not match its checksum`
}

/**
 * Deletes the records that are damaged, and makes anew what is kept to find and to count the others.
 *
 * @returns how many it deleted, by table.
 */
export function rebuildGenerations(database: Database): Readonly<Record<string, number>> {
  const damaged = [...damagedRows(database)]
  for (const { place } of damaged) database.run('DELETE FROM generations WHERE place = :place', { place })
  if (hasChecksums(database)) fillIndexes(database)
  return { generations: damaged.length }
}

function* damagedRows(database: Database): Iterable<Row> {
  if (!hasChecksums(database)) return
  const sql = `SELECT place, id, record, checksum FROM generations WHERE place > :after ORDER BY place LIMIT ${pageSize}`
  for (let after = -1; ; ) {
    const rows = database.all<Row>(sql, { after })
    const last = rows.at(-1)
    if (!last) return
    for (const row of rows)
      if (typeof row.record !== 'string' || crc32(row.record) !== row.checksum) yield row
    after = last.place
  }
}

/** A store of an earlier version has none. */
function hasChecksums(database: Database): boolean {
  return database.get(`SELECT 1 FROM pragma_table_info('generations') WHERE name = 'checksum'`) !== undefined
}
