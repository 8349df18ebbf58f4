import { messageOf } from '../../../model/errors.ts'
import { decodeColumn } from '../../frame/column.ts'
import type { Database } from '../database.ts'
import { ColumnReader, type FrameInfo, FrameTable } from './frame-table.ts'
import { OpenTicks } from './open-ticks.ts'
import { SeriesTable } from './series-table.ts'
import { readStepSummaries } from './tier-columns.ts'

/** Reads all samples of a store, and says what cannot be read. Runs inside a transaction of the caller. */
export function* findDamagedSamples(database: Database): Iterable<string> {
  if (!hasFrames(database)) return
  const series = new SeriesTable(database)
  const openTicks = new OpenTicks(database, series)
  for (const part of [() => series.list(), () => openTicks.all()]) yield* damageOf(part)
  const frames = new FrameTable(database)
  for (const info of frames.all()) yield* damageOf(() => readWhole(frames, info))
}

/**
 * Deletes what cannot be read, so that the rest can be asked for. Runs inside a transaction of the caller.
 *
 * @returns how many rows it deleted, by table.
 */
export function deleteDamagedSamples(database: Database): Readonly<Record<string, number>> {
  if (!hasFrames(database)) return {}
  const series = new SeriesTable(database)
  const seriesCount = series.deleteDamaged()
  const tickCount = new OpenTicks(database, series).deleteDamaged()
  const frames = new FrameTable(database)
  const damaged = frames.all().filter((info) => [...damageOf(() => readWhole(frames, info))].length > 0)
  for (const { id } of damaged) frames.delete(id)
  return { series: seriesCount, open_ticks: tickCount, frames: damaged.length }
}

/** A store of the first version has rows instead. */
function hasFrames(database: Database): boolean {
  return database.get(`SELECT 1 FROM sqlite_schema WHERE name = 'frames'`) !== undefined
}

function readWhole(frames: FrameTable, info: FrameInfo): void {
  const columns = new ColumnReader(frames)
  const head = frames.head(info)
  const width = (head.offsets.length - 1) / Math.max(1, head.seriesIds.length)
  for (const place of head.seriesIds.keys()) {
    const column = (index: number) => columns.read(info.id, head, place * width + index)
    if (info.tier === 'raw') decodeColumn(column(0), head.times.length)
    else readStepSummaries(column, head.times)
  }
}

function* damageOf(work: () => unknown): Iterable<string> {
  try {
    work()
  } catch (error) {
    // Whatever it is that keeps it from being read: a column of another type makes errors of its own.
    yield messageOf(error)
  }
}
