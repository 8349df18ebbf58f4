import {
  type Attributes,
  attributesKey,
  matchesAttributes,
  type Point,
  type Sample,
  type Series,
  type Tick,
} from '../../model/sample.ts'
import type { Aggregate, RangeQuery, SeriesPoints } from '../store.ts'
import type { Bindings, Database } from './database.ts'

interface SeriesRow {
  readonly id: number
  readonly name: string
  readonly attributes: string
}

/** How the rows of a step become one value. With `max()`, SQLite takes the other columns from the newest row. */
const aggregateColumns: Readonly<Record<Aggregate, string>> = {
  avg: 'avg(value) AS value',
  min: 'min(value) AS value',
  max: 'max(value) AS value',
  sum: 'sum(value) AS value',
  last: 'value, max(timestamp_ms)',
  count: 'count(*) AS value',
}

/** Ticks of samples, plain rows. Methods run inside a transaction of the caller. */
export class SampleTable {
  readonly #database: Database
  /** Ids of series that are in the table, by `canonicalAttributes` and name: as many as there are series. */
  readonly #seriesIds = new Map<string, number>()

  constructor(database: Database) {
    this.#database = database
  }

  insertTick({ timestampMs, samples }: Tick): void {
    this.#database.run('INSERT OR IGNORE INTO ticks VALUES (:timestampMs)', { timestampMs })
    for (const sample of samples) {
      if (!Number.isFinite(sample.value)) continue
      const seriesId = this.#seriesId(sample)
      const sql = 'INSERT OR REPLACE INTO samples VALUES (:seriesId, :timestampMs, :value)'
      this.#database.run(sql, { seriesId, timestampMs, value: sample.value })
    }
  }

  /** Must be called after a rollback: series that were added in it are not in the table. */
  forgetSeries(): void {
    this.#seriesIds.clear()
  }

  list(name?: string): Series[] {
    return this.#series(name).map(({ id: _, ...series }) => series)
  }

  recentTicks(limit: number): Tick[] {
    const sql = 'SELECT timestamp_ms AS timestampMs FROM ticks ORDER BY timestamp_ms DESC LIMIT :limit'
    const times = this.#database.all<{ timestampMs: number }>(sql, { limit })
    const series = times.length === 0 ? [] : this.#series()
    return times.map(({ timestampMs }) => ({ timestampMs, samples: this.#samplesAt(series, timestampMs) }))
  }

  range(query: RangeQuery): SeriesPoints[] {
    return this.#series(query.name)
      .filter(({ attributes }) => matchesAttributes(attributes, query.attributes ?? {}))
      .map(({ id, ...series }) => ({ ...series, points: this.#points(id, query) }))
      .filter(({ points }) => points.length > 0)
  }

  /**
   * Deletes the oldest ticks that are before `beforeMs` with all their samples: at least one, and then as many
   * as cannot have more than `maxRows` samples. A series without samples is deleted too.
   *
   * @returns true when there may be more.
   */
  deleteBefore(beforeMs: number, maxRows: number): boolean {
    const series = this.#database.get<{ count: number }>('SELECT count(*) AS count FROM series')?.count ?? 0
    const limit = Math.max(1, Math.floor(maxRows / Math.max(1, series)))
    const oldest = `SELECT timestamp_ms FROM ticks WHERE timestamp_ms < :beforeMs ORDER BY timestamp_ms LIMIT :limit`
    const { count, lastMs } = this.#database.get<{ count: number; lastMs: number | null }>(
      `SELECT count(*) AS count, max(timestamp_ms) AS lastMs FROM (${oldest})`,
      { beforeMs, limit },
    ) ?? { count: 0, lastMs: null }
    if (lastMs === null) return false
    const samples = `DELETE FROM samples WHERE series_id IN (SELECT id FROM series) AND timestamp_ms <= :lastMs`
    this.#database.run(samples, { lastMs })
    this.#database.run('DELETE FROM ticks WHERE timestamp_ms <= :lastMs', { lastMs })
    this.#deleteOrphans()
    return count === limit
  }

  #deleteOrphans(): void {
    const sql = 'DELETE FROM series WHERE NOT EXISTS (SELECT 1 FROM samples WHERE series_id = series.id)'
    if (this.#database.run(sql) > 0) this.forgetSeries()
  }

  #seriesId({ name, attributes }: Sample): number {
    const canonical = canonicalAttributes(attributes)
    const key = canonical + name
    const known = this.#seriesIds.get(key)
    if (known !== undefined) return known
    const bindings = { name, attributes: canonical }
    this.#database.run(
      'INSERT OR IGNORE INTO series (name, attributes) VALUES (:name, :attributes)',
      bindings,
    )
    const sql = 'SELECT id FROM series WHERE name = :name AND attributes = :attributes'
    const id = this.#database.get<{ id: number }>(sql, bindings)?.id
    if (id === undefined) throw new Error(`The series "${name}" has just been inserted and is not there`)
    this.#seriesIds.set(key, id)
    return id
  }

  /** Sorted by name, then by attributes. */
  #series(name?: string): (Series & { readonly id: number })[] {
    const where = name === undefined ? '' : 'WHERE name = :name'
    const bindings: Bindings = name === undefined ? {} : { name }
    return this.#database
      .all<SeriesRow>(`SELECT id, name, attributes FROM series ${where}`, bindings)
      .map((row) => ({ id: row.id, name: row.name, attributes: JSON.parse(row.attributes) as Attributes }))
      .map((series) => ({ series, key: attributesKey(series.attributes) }))
      .sort((a, b) => compare(a.series.name, b.series.name) || compare(a.key, b.key))
      .map(({ series }) => series)
  }

  /** A look-up a series: `samples` has no index by time, which would double its size. */
  #samplesAt(series: readonly (Series & { readonly id: number })[], timestampMs: number): Sample[] {
    const sql = 'SELECT value FROM samples WHERE series_id = :id AND timestamp_ms = :timestampMs'
    return series.flatMap(({ id, name, attributes }) => {
      const row = this.#database.get<{ value: number }>(sql, { id, timestampMs })
      return row ? [{ name, attributes, value: row.value }] : []
    })
  }

  #points(seriesId: number, { fromMs, toMs, stepMs, aggregate = 'avg' }: RangeQuery): Point[] {
    const rows = 'FROM samples WHERE series_id = :seriesId AND timestamp_ms BETWEEN :fromMs AND :toMs'
    if (stepMs === undefined) {
      const sql = `SELECT timestamp_ms AS timestampMs, value ${rows} ORDER BY timestamp_ms`
      return this.#database.all<Point>(sql, { seriesId, fromMs, toMs })
    }
    const step = 'timestamp_ms - timestamp_ms % :stepMs'
    const sql = `SELECT ${step} AS timestampMs, ${aggregateColumns[aggregate]} ${rows} GROUP BY 1 ORDER BY 1`
    const points = this.#database.all<Point>(sql, { seriesId, fromMs, toMs, stepMs })
    return points.map(({ timestampMs, value }) => ({ timestampMs, value }))
  }
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
