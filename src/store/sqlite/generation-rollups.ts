import { ByteWriter } from '../frame/bytes.ts'
import type { GenerationGroupKey } from '../store.ts'
import type { Bindings, Database } from './database.ts'
import type { GenerationColumns } from './generation-columns.ts'
import { countableOf, GenerationTally } from './generation-tally.ts'

export const hourMs = 3_600_000

/**
 * By what the roll-ups of an hour are told apart, each set of attributes once: the common questions read few rows,
 * and the last tells all apart, so that any question finds a grain. A grain is stored as its place in this list.
 */
const grains: readonly (readonly GenerationGroupKey[])[] = [
  [],
  ['model'],
  ['node'],
  ['errorClass'],
  ['model', 'node', 'errorClass'],
]

/** Cells in memory between two writes; more are forgotten, and read again when they change. About 1 KB each. */
const maxKeptCells = 1000

/** What is counted together: an hour of ends, and the attributes of a grain; empty texts beyond them. */
interface Cell {
  readonly key: readonly (string | number)[]
  readonly tally: GenerationTally
  /** Its row; undefined when it has none yet. */
  id: number | undefined
}

/** Which cells to read. */
export interface RollupQuery {
  readonly firstHour: number
  readonly lastHour: number
  /** The attributes that the cells must tell apart. */
  readonly keys: ReadonlySet<GenerationGroupKey>
  readonly model?: string
  readonly node?: string
}

export interface RollupRow extends Readonly<Record<GenerationGroupKey, string>> {
  readonly hour: number
  readonly tally: Uint8Array
}

const loadSql = `SELECT id, tally FROM generation_rollups
  WHERE grain = ? AND hour = ? AND model = ? AND node = ? AND error_class = ?`
const insertSql = `INSERT INTO generation_rollups (grain, hour, model, node, error_class, tally)
  VALUES (?, ?, ?, ?, ?, ?)`
const updateSql = 'UPDATE generation_rollups SET tally = ? WHERE id = ?'
const deleteSql = 'DELETE FROM generation_rollups WHERE id = ?'

/**
 * Counts of ended generations by hour, model, node and error class. What a transaction changes is gathered in
 * memory; `flush` must be called before its end. Methods run inside a transaction of the caller.
 */
export class GenerationRollups {
  readonly #database: Database
  /** The cells at every grain that count a record of one hour, model, node and error class. */
  readonly #cellsOf = new Map<string, readonly Cell[]>()
  readonly #cells = new Map<string, Cell>()
  readonly #changed = new Set<Cell>()
  readonly #writer = new ByteWriter()
  #rollbacks = 0

  constructor(database: Database) {
    this.#database = database
  }

  /** Counts a record, or takes back what it counted; one that has not ended counts nothing. */
  add(columns: GenerationColumns, sign: 1 | -1): void {
    const { endedAtMs, model, node, errorClass } = columns
    const countable = countableOf(columns)
    if (!countable || endedAtMs === null) return
    this.#forgetRolledBack()
    const hour = Math.floor(endedAtMs / hourMs)
    const key = JSON.stringify([hour, model ?? '', node, errorClass ?? ''])
    let cells = this.#cellsOf.get(key)
    if (!cells) {
      const group = { model: model ?? '', node, errorClass: errorClass ?? '' }
      cells = grains.map((_, grain) => this.#cell(grain, hour, group))
      this.#cellsOf.set(key, cells)
    }
    for (const cell of cells) {
      cell.tally.add(countable, sign)
      this.#changed.add(cell)
    }
  }

  /** Writes what has changed. */
  flush(): void {
    this.#forgetRolledBack()
    for (const cell of this.#changed) this.#write(cell)
    this.#changed.clear()
    if (this.#cells.size > maxKeptCells) this.#forget()
  }

  /** Cells of the coarsest grain that tells the keys apart. */
  read({ firstHour, lastHour, keys, model, node }: RollupQuery): RollupRow[] {
    const grain = grains.findIndex((told) => [...keys].every((key) => told.includes(key)))
    const terms = ['grain = :grain', 'hour BETWEEN :firstHour AND :lastHour']
    if (model !== undefined) terms.push('model = :model')
    if (node !== undefined) terms.push('node = :node')
    const sql = `SELECT hour, model, node, error_class AS errorClass, tally FROM generation_rollups
      WHERE ${terms.join(' AND ')}`
    const bindings: Bindings = {
      grain,
      firstHour,
      lastHour,
      ...(model !== undefined && { model }),
      ...(node !== undefined && { node }),
    }
    return this.#database.all<RollupRow>(sql, bindings)
  }

  /** What a transaction changed that was then rolled back is in memory only. */
  #forgetRolledBack(): void {
    if (this.#rollbacks === this.#database.rollbacks) return
    this.#rollbacks = this.#database.rollbacks
    this.#forget()
  }

  #forget(): void {
    this.#cellsOf.clear()
    this.#cells.clear()
    this.#changed.clear()
  }

  #cell(grain: number, hour: number, group: Readonly<Record<GenerationGroupKey, string>>): Cell {
    const told = grains[grain] ?? []
    const toldBy = (name: GenerationGroupKey) => (told.includes(name) ? group[name] : '')
    const key = [grain, hour, toldBy('model'), toldBy('node'), toldBy('errorClass')]
    const name = JSON.stringify(key)
    const known = this.#cells.get(name)
    if (known) return known
    const stored = this.#database.get<{ id: number; tally: Uint8Array }>(loadSql, key)
    const cell = { key, tally: new GenerationTally(), id: stored?.id }
    if (stored) cell.tally.addEncoded(stored.tally)
    this.#cells.set(name, cell)
    return cell
  }

  #write(cell: Cell): void {
    if (cell.tally.isEmpty) {
      if (cell.id !== undefined) this.#database.run(deleteSql, [cell.id])
      cell.id = undefined
    } else if (cell.id === undefined) {
      this.#database.run(insertSql, [...cell.key, this.#encode(cell)])
      // Asked for: `RETURNING` takes twenty times as long, for the table it makes of its rows.
      cell.id = this.#database.get<{ id: number }>(loadSql, cell.key)?.id
    } else this.#database.run(updateSql, [this.#encode(cell), cell.id])
  }

  /** Valid until the next one. */
  #encode({ tally }: Cell): Uint8Array {
    this.#writer.clear()
    tally.writeTo(this.#writer)
    return this.#writer.written
  }
}
