import { crc32 } from 'node:zlib'
import { type Attributes, attributesKey, matchesAttributes, type Series } from '../../../model/sample.ts'
import { damagedFrame } from '../../frame/bytes.ts'
import type { Database } from '../database.ts'
import { SampleState } from './sample-state.ts'

/** A series as it is stored. */
export interface StoredSeries extends Series {
  readonly id: number
  /** The end of its last frame, Unix milliseconds; `null` while it is in no frame. */
  readonly lastMs: number | null
}

interface SeriesRow {
  readonly id: number
  readonly name: string
  readonly attributes: string
  readonly lastMs: number | null
  readonly checksum: number | null
}

interface KnownSeries {
  readonly series: Omit<StoredSeries, 'lastMs'>
  /** What orders the series of a metric. */
  readonly key: string
  /** The attributes as they are stored. */
  readonly text: string
}

const selectSql = 'SELECT id, name, attributes, last_ms AS lastMs, checksum FROM series'

/** The series of a store, and their ids. Methods run inside a transaction of the caller. */
export class SeriesTable {
  readonly #database: Database
  readonly #state: SampleState
  /** Ids of series that are in the table, by `canonicalAttributes` and name: as many as there are series. */
  readonly #ids = new Map<string, number>()
  /** The same by the attributes' object, and name: who writes the same series again and again gives the same object. */
  #idsByObject = new WeakMap<Attributes, Map<string, number>>()
  /** What the rows that were read before say, by id: they never change. */
  readonly #known = new Map<number, KnownSeries>()
  /** Of one metric each, sorted. */
  #lists: Map<string, readonly StoredSeries[]> | undefined

  constructor(database: Database) {
    this.#database = database
    this.#state = new SampleState(database)
  }

  /** From now on, lists are kept in memory: nobody else writes. */
  keepInMemory(): void {
    this.#lists = new Map()
  }

  /** Must be called after a rollback: series that were added in it are not in the table. */
  forget(): void {
    this.#ids.clear()
    this.#idsByObject = new WeakMap()
    this.#known.clear()
    this.#lists?.clear()
  }

  /** The id of a series, which is added when it is new. */
  idOf(series: Series): number {
    const { name, attributes } = series
    const byName = this.#idsByObject.get(attributes) ?? new Map<string, number>()
    const id = byName.get(name) ?? this.#idOf(series)
    if (byName.size === 0) this.#idsByObject.set(attributes, byName)
    byName.set(name, id)
    return id
  }

  #idOf({ name, attributes }: Series): number {
    const canonical = canonicalAttributes(attributes)
    const key = canonical + name
    const known = this.#ids.get(key)
    if (known !== undefined) return known
    const bindings = { name, attributes: canonical }
    const sql = 'SELECT id FROM series WHERE name = :name AND attributes = :attributes'
    const id = this.#database.get<{ id: number }>(sql, bindings)?.id ?? this.#insert(bindings)
    this.#ids.set(key, id)
    return id
  }

  /** An id is never used again: an old frame would give the values of another series. */
  #insert(bindings: { readonly name: string; readonly attributes: string }): number {
    const id = this.#state.get('samples.nextSeries') ?? this.#lastId() + 1
    const sql = `INSERT INTO series (id, name, attributes, checksum)
      VALUES (:id, :name, :attributes, :checksum)`
    this.#database.run(sql, { ...bindings, id, checksum: checksumOf(bindings) })
    this.#lists?.clear()
    this.#state.set('samples.nextSeries', id + 1)
    return id
  }

  /** Of a store that was made before ids were counted. */
  #lastId(): number {
    return this.#database.get<{ id: number | null }>('SELECT max(id) AS id FROM series')?.id ?? 0
  }

  /** Sorted by name, then by attributes. @throws FramewatchError `STORE_DAMAGED`. */
  list(name?: string, wanted: Attributes = {}): StoredSeries[] {
    const known = name === undefined ? undefined : this.#lists?.get(name)
    const list = known ?? this.#list(name)
    // A name that no series has may be anything: it is not kept.
    if (name !== undefined && list.length > 0) this.#lists?.set(name, list)
    return list.filter(({ attributes }) => matchesAttributes(attributes, wanted))
  }

  #list(name: string | undefined): readonly StoredSeries[] {
    const where = name === undefined ? '' : 'WHERE name = :name'
    return this.#database
      .all<SeriesRow>(`${selectSql} ${where}`, name === undefined ? {} : { name })
      .map((row) => ({ lastMs: row.lastMs, ...this.#read(row) }))
      .sort((a, b) => compare(a.series.name, b.series.name) || compare(a.key, b.key))
      .map(({ series, lastMs }) => ({ ...series, lastMs }))
  }

  #read(row: SeriesRow): KnownSeries {
    const known = this.#known.get(row.id)
    if (known?.text === row.attributes && known.series.name === row.name) return known
    if (!isSound(row)) throw damagedFrame(`series ${row.id} does not match its checksum`)
    const attributes = JSON.parse(row.attributes) as Attributes
    const series = { id: row.id, name: row.name, attributes }
    const read = { series, key: attributesKey(attributes), text: row.attributes }
    this.#known.set(row.id, read)
    return read
  }

  /** Series that were stored before there were checksums get theirs. */
  addChecksums(): void {
    const rows = this.#database.all<SeriesRow>(selectSql)
    for (const row of rows) {
      const bindings = { id: row.id, checksum: checksumOf(row) }
      this.#database.run('UPDATE series SET checksum = :checksum WHERE id = :id', bindings)
    }
  }

  /** @returns how many. */
  deleteDamaged(): number {
    const damaged = this.#database.all<SeriesRow>(selectSql).filter((row) => !isSound(row))
    for (const { id } of damaged) this.#database.run('DELETE FROM series WHERE id = :id', { id })
    this.forget()
    return damaged.length
  }

  /** A frame that ends at `lastMs` holds these series. */
  extend(ids: readonly number[], lastMs: number): void {
    const sql = `UPDATE series SET last_ms = max(coalesce(last_ms, :lastMs), :lastMs)
      WHERE id IN (SELECT value FROM json_each(:ids))`
    this.#database.run(sql, { lastMs, ids: JSON.stringify(ids) })
    this.#lists?.clear()
  }

  /** Deletes the series whose last frame ended before, or that have none, unless they are in use. */
  deleteBefore(beforeMs: number, inUse: Iterable<number>): void {
    const sql = `DELETE FROM series WHERE coalesce(last_ms, :beforeMs - 1) < :beforeMs
      AND id NOT IN (SELECT value FROM json_each(:inUse))`
    const deleted = this.#database.run(sql, { beforeMs, inUse: JSON.stringify([...inUse]) })
    if (deleted > 0) this.forget()
  }
}

function isSound(row: SeriesRow): boolean {
  return (
    typeof row.name === 'string' && typeof row.attributes === 'string' && row.checksum === checksumOf(row)
  )
}

function checksumOf({ name, attributes }: { readonly name: string; readonly attributes: string }): number {
  return crc32(attributes, crc32(name))
}

/** JSON with the names in order: equal attributes are equal text. */
function canonicalAttributes(attributes: Attributes): string {
  const names = Object.keys(attributes)
  if (names.length < 2) return JSON.stringify(attributes)
  return JSON.stringify(Object.fromEntries(names.sort().map((name) => [name, attributes[name]])))
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
