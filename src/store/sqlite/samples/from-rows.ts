import type { Database } from '../database.ts'
import { FrameDraft } from './frame-draft.ts'
import { FrameTable } from './frame-table.ts'
import { samplesSchema } from './samples-schema.ts'
import { defaultFrameTicks } from './sealer.ts'
import { SeriesTable } from './series-table.ts'

/** The step from schema version 1: its samples, a row each, become frames. */
export function migrateFromRows(database: Database): void {
  database.exec(samplesSchema)
  new SeriesTable(database).addChecksums()
  const sql = 'SELECT timestamp_ms AS timeMs FROM ticks ORDER BY timestamp_ms'
  const times = database.all<{ timeMs: number }>(sql).map(({ timeMs }) => timeMs)
  const series = new SeriesTable(database).list().map(({ id }) => id)
  series.sort((a, b) => a - b)
  for (let first = 0; first < times.length; first += defaultFrameTicks)
    makeFrame(database, series, Float64Array.from(times.slice(first, first + defaultFrameTicks)))
  database.exec('DROP TABLE samples; DROP TABLE ticks')
}

function makeFrame(database: Database, seriesIds: readonly number[], times: Float64Array): void {
  const sql = `SELECT timestamp_ms AS timeMs, value FROM samples
    WHERE series_id = :id AND timestamp_ms BETWEEN :firstMs AND :lastMs ORDER BY timestamp_ms`
  const draft = new FrameDraft(new FrameTable(database), 'raw', '', times)
  const places = new Map(Array.from(times, (time, place) => [time, place]))
  for (const id of seriesIds) {
    const bindings = { id, firstMs: times[0] as number, lastMs: times.at(-1) as number }
    const rows = database.all<{ timeMs: number; value: number }>(sql, bindings)
    if (rows.length === 0) continue
    const present = new Uint8Array(times.length)
    for (const { timeMs } of rows) present[places.get(timeMs) as number] = 1
    draft.beginSeries(id)
    const values = Float64Array.from(rows, ({ value }) => value)
    draft.addColumn(values, rows.length, rows.length === times.length ? undefined : present)
  }
  draft.finish()
  new SeriesTable(database).extend(draft.seriesIds, draft.lastMs)
}
