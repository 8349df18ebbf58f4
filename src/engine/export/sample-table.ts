import type { StoreReader } from '../../store/store.ts'
import { dayMs } from '../../system/clock.ts'
import type { Column, Row, Table } from './table.ts'

/** About so many points are read at a time. */
const pointsPerSlice = 50_000
/** A day, an hour, a minute, a second. */
const stepsMs = [dayMs, 3_600_000, 60_000, 1000]

/** Bounds inclusive, in Unix milliseconds. */
interface Slice {
  readonly fromMs: number
  readonly toMs: number
}

const columns: readonly Column[] = [
  { name: 'timestamp', type: 'time', isOptional: false },
  { name: 'timestamp_ms', type: 'integer', isOptional: false },
  { name: 'name', type: 'text', isOptional: false },
  { name: 'attributes', type: 'json', isOptional: false },
  { name: 'value', type: 'number', isOptional: false },
]

export interface SampleSelection extends Slice {
  readonly metric?: string
}

/** Raw samples, metric by metric; in each ascending in time by slices, in each of these series by series. */
export function sampleTable(reader: StoreReader, selection: SampleSelection): Table {
  return { columns, batches: sampleBatches(reader, selection) }
}

async function* sampleBatches(
  reader: StoreReader,
  { fromMs, toMs, metric }: SampleSelection,
): AsyncGenerator<readonly Row[]> {
  const names = new Set((await reader.listSeries(metric)).map(({ name }) => name))
  for (const name of names) {
    for await (const slice of slicesOf(reader, name, { fromMs, toMs })) {
      const { series } = await reader.range({ name, ...slice })
      const rows = series.flatMap(({ attributes, points }) => {
        const json = JSON.stringify(attributes)
        return points.map(({ timestampMs, value }): Row => [timestampMs, timestampMs, name, json, value])
      })
      if (rows.length > 0) yield rows
    }
  }
}

/**
 * Slices that have points, ascending: as many steps as have about `pointsPerSlice` together. A step with more is cut
 * into finer ones; what comes in one second is read at once.
 */
async function* slicesOf(
  reader: StoreReader,
  name: string,
  bounds: Slice,
  [stepMs, ...finer]: readonly number[] = stepsMs,
): AsyncGenerator<Slice> {
  if (stepMs === undefined) return yield bounds
  let gathered: Slice | undefined
  let points = 0
  for (const [startMs, count] of await countByStep(reader, name, bounds, stepMs)) {
    const step = {
      fromMs: Math.max(bounds.fromMs, startMs),
      toMs: Math.min(bounds.toMs, startMs + stepMs - 1),
    }
    if (gathered && points + count > pointsPerSlice) {
      yield gathered
      gathered = undefined
    }
    if (count > pointsPerSlice) {
      yield* slicesOf(reader, name, step, finer)
      continue
    }
    points = gathered ? points + count : count
    gathered = { fromMs: gathered?.fromMs ?? step.fromMs, toMs: step.toMs }
  }
  if (gathered) yield gathered
}

/** How many points of any series there are in each step that has some, ascending. */
async function countByStep(reader: StoreReader, name: string, bounds: Slice, stepMs: number) {
  const counts = new Map<number, number>()
  const { series } = await reader.range({ name, ...bounds, stepMs, aggregate: 'count' })
  for (const { points } of series)
    for (const { timestampMs, value } of points)
      counts.set(timestampMs, (counts.get(timestampMs) ?? 0) + value)
  return [...counts].sort(([a], [b]) => a - b)
}
