import { crc32 } from 'node:zlib'
import type { Sample, Series, Tick } from '../../../model/sample.ts'
import { damagedFrame } from '../../frame/bytes.ts'
import type { Database } from '../database.ts'
import { ColumnSource } from './column-source.ts'
import type { Layout, OpenTick } from './open-tick.ts'
import type { SeriesTable } from './series-table.ts'

interface TickRow {
  readonly sequence: number
  readonly timestampMs: number
  readonly node: string
  readonly layoutId: number
  readonly data: Uint8Array
}

/** What the last tick of a node looked like: the next one is the same, as a rule. */
interface Pattern {
  readonly layout: Layout
  readonly series: readonly Series[]
}

const ticksSql = `SELECT sequence, timestamp_ms AS timestampMs, node, layout_id AS layoutId, data
  FROM open_ticks ORDER BY sequence`

/** After so many layouts without a frame, they are made anew: series come and go with every tick. */
const maxKnownLayouts = 64

/**
 * The ticks that wait to become frames: each is one row, durable with its transaction. A row holds the values as
 * little-endian doubles in the order of its layout, and a checksum. The writer keeps them in memory too.
 */
export class OpenTicks {
  readonly #database: Database
  readonly #series: SeriesTable
  readonly #patterns = new Map<string, Pattern>()
  readonly #layouts = new Map<string, Layout>()
  #memory: Map<string, OpenTick[]> | undefined
  /** Made on demand from what is in memory. */
  #sources: readonly ColumnSource[] | undefined
  #written: OpenTick[] = []
  #deleted = new Set<OpenTick>()

  constructor(database: Database, series: SeriesTable) {
    this.#database = database
    this.#series = series
  }

  /** From now on, what is asked is answered from memory: nobody else writes. */
  keepInMemory(): void {
    this.#memory = Map.groupBy(this.#read(), ({ node }) => node)
  }

  /** Those of each node in the order they were written. */
  all(): readonly OpenTick[] {
    return this.#memory ? [...this.#memory.values()].flat() : this.#read()
  }

  nodes(): readonly string[] {
    return [...(this.#memory?.keys() ?? [])]
  }

  /** Only of a writer. In the order they were written. */
  ofNode(node: string): readonly OpenTick[] {
    return this.#memory?.get(node) ?? []
  }

  /** All of them, by series, node by node. */
  sources(): readonly ColumnSource[] {
    if (!this.#memory) return [...Map.groupBy(this.#read(), ({ node }) => node).values()].map(toSource)
    this.#sources ??= [...this.#memory.values()].map(toSource)
    return this.#sources
  }

  insert(tick: Tick): void {
    const { timestampMs, node = '' } = tick
    const { layout, bytes, values } = this.#arrange(tick.samples, node)
    const data = new DataView(bytes.buffer)
    const checksum = checksumOf({ timestampMs, node, layout }, bytes.subarray(0, -4))
    data.setUint32(values.byteLength, checksum, true)
    const sql = `INSERT INTO open_ticks (timestamp_ms, node, layout_id, data)
      VALUES (:timestampMs, :node, :layoutId, :bytes)`
    const sequence = this.#database.insert(sql, { timestampMs, node, layoutId: layout.id, bytes })
    this.#written.push({ sequence, timestampMs, node, layout, values })
  }

  /** Deletes ticks for good. */
  delete(ticks: readonly OpenTick[]): void {
    for (const tick of ticks) this.#deleted.add(tick)
    const sequences = JSON.stringify(ticks.map(({ sequence }) => sequence))
    const sql = 'DELETE FROM open_ticks WHERE sequence IN (SELECT value FROM json_each(:sequences))'
    this.#database.run(sql, { sequences })
    const unused = 'DELETE FROM layouts WHERE id NOT IN (SELECT layout_id FROM open_ticks)'
    if (this.#database.run(unused) > 0) this.forget()
  }

  /** @returns how many. */
  deleteDamaged(): number {
    const layouts = this.#readLayouts()
    const rows = this.#database.all<TickRow>(ticksSql)
    const damaged = rows.filter((row) => !isSound(row, layouts.get(row.layoutId)))
    for (const { sequence } of damaged)
      this.#database.run('DELETE FROM open_ticks WHERE sequence = :sequence', { sequence })
    return damaged.length
  }

  /** True when the tick was deleted and the transaction goes on. */
  isDeleted(tick: OpenTick): boolean {
    return this.#deleted.has(tick)
  }

  /** What was written or deleted since is now sure. */
  committed(): void {
    this.#sources = undefined
    for (const tick of this.#written) {
      const known = this.#memory?.get(tick.node)
      if (known) known.push(tick)
      else this.#memory?.set(tick.node, [tick])
    }
    this.#written = []
    if (this.#deleted.size === 0) return
    for (const [node, ticks] of this.#memory ?? []) {
      const left = ticks.filter((tick) => !this.#deleted.has(tick))
      if (left.length === 0) this.#memory?.delete(node)
      else this.#memory?.set(node, left)
    }
    this.#deleted = new Set()
  }

  rolledBack(): void {
    this.#written = []
    this.#deleted = new Set()
    this.forget()
  }

  /** Series and layouts may have gone. */
  forget(): void {
    this.#patterns.clear()
    this.#layouts.clear()
  }

  /** The fast way: a tick of the same series in the same order as the one before. */
  #arrange(samples: readonly Sample[], node: string) {
    const pattern = this.#patterns.get(node)
    const room = emptyRow(samples.length)
    if (pattern && fill(room.values, samples, pattern.series)) return { layout: pattern.layout, ...room }
    const finite = samples.filter(({ value }) => Number.isFinite(value))
    const ids = Uint32Array.from(finite, (sample) => this.#series.idOf(sample))
    const layout = this.#layoutOf(ids)
    this.#patterns.set(node, { layout, series: finite })
    const { bytes, values } = emptyRow(finite.length)
    for (const [index, { value }] of finite.entries()) values[index] = value
    return { layout, bytes, values }
  }

  #layoutOf(seriesIds: Uint32Array): Layout {
    const key = seriesIds.join(',')
    const known = this.#layouts.get(key)
    if (known) return known
    const sql = 'INSERT INTO layouts (series_ids) VALUES (:bytes)'
    const layout = newLayout(this.#database.insert(sql, { bytes: bytesOf(seriesIds) }), seriesIds)
    if (this.#layouts.size >= maxKnownLayouts) this.#layouts.clear()
    this.#layouts.set(key, layout)
    return layout
  }

  #read(): OpenTick[] {
    const layouts = this.#readLayouts()
    return this.#database.all<TickRow>(ticksSql).map((row) => toTick(row, layouts.get(row.layoutId)))
  }

  #readLayouts(): ReadonlyMap<number, Layout> {
    const sql = 'SELECT id, series_ids AS seriesIds FROM layouts'
    const rows = this.#database.all<{ id: number; seriesIds: Uint8Array }>(sql)
    const sound = rows.filter(({ seriesIds }) => seriesIds instanceof Uint8Array)
    return new Map(
      sound.map(({ id, seriesIds }) => [id, newLayout(id, new Uint32Array(wholeWords(seriesIds).buffer))]),
    )
  }
}

const toSource = (ticks: readonly OpenTick[]): ColumnSource => new ColumnSource(ticks)

function newLayout(id: number, seriesIds: Uint32Array): Layout {
  const checksum = crc32(bytesOf(seriesIds))
  return {
    id,
    seriesIds,
    checksum,
    places: new Map(Array.from(seriesIds, (seriesId, place) => [seriesId, place])),
  }
}

/** @throws FramewatchError `STORE_DAMAGED`. */
function toTick(row: TickRow, layout: Layout | undefined): OpenTick {
  if (!isSound(row, layout)) throw damagedFrame(`the tick of ${row.timestampMs} does not match its checksum`)
  const { sequence, timestampMs, node, data } = row
  return { sequence, timestampMs, node, layout, values: new Float64Array(data.slice(0, -4).buffer) }
}

/** Narrows the layout, without which no tick is sound. */
function isSound(row: TickRow, layout: Layout | undefined): layout is Layout {
  const { data } = row
  if (
    layout === undefined ||
    !(data instanceof Uint8Array) ||
    data.length !== layout.seriesIds.length * 8 + 4
  )
    return false
  const checksum = new DataView(data.buffer, data.byteOffset).getUint32(data.length - 4, true)
  return checksum === checksumOf({ ...row, layout }, data.subarray(0, -4))
}

/** A copy, aligned, less what is no whole id. */
function wholeWords(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return bytes.slice(0, bytes.length - (bytes.length % 4))
}

/** Of the values and of all that says what they are. */
function checksumOf(
  { timestampMs, node, layout }: Pick<OpenTick, 'timestampMs' | 'node' | 'layout'>,
  content: Uint8Array,
): number {
  return crc32(content, crc32(`${timestampMs} ${layout.checksum} ${node}`))
}

function bytesOf(ids: Uint32Array): Uint8Array {
  return new Uint8Array(ids.buffer, ids.byteOffset, ids.byteLength)
}

/** Room for the values and the checksum behind them. */
function emptyRow(count: number): { readonly bytes: Uint8Array; readonly values: Float64Array } {
  const buffer = new ArrayBuffer(count * 8 + 4)
  return { bytes: new Uint8Array(buffer), values: new Float64Array(buffer, 0, count) }
}

/** False when the samples are not just these series, or not all finite. */
function fill(values: Float64Array, samples: readonly Sample[], series: readonly Series[]): boolean {
  if (samples.length !== series.length) return false
  for (let index = 0; index < samples.length; index++) {
    const sample = samples[index] as Sample
    const known = series[index] as Series
    if (sample.name !== known.name || !Number.isFinite(sample.value)) return false
    if (sample.attributes !== known.attributes && !areEqual(sample.attributes, known.attributes)) return false
    values[index] = sample.value
  }
  return true
}

function areEqual(a: Series['attributes'], b: Series['attributes']): boolean {
  let count = 0
  for (const name in a) {
    if (a[name] !== b[name]) return false
    count += 1
  }
  for (const _ in b) count -= 1
  return count === 0
}
