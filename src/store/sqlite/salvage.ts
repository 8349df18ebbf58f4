/**
 * Saves what can be read of a damaged database, row by row, into a new one. SQLite's own `.recover`
 * (https://www.sqlite.org/recovery.html) walks the pages; this walks the keys, with no more than Node has: from both
 * ends of a table up to the damage, then from the middle of what is left, in halves, until nothing is left to ask for.
 * So a damaged page costs its own rows.
 */
import type { SQLInputValue, StatementSync } from 'node:sqlite'
import type { Connection } from './node-sqlite.ts'

/** What became of one table. */
export interface TableSalvage {
  readonly table: string
  readonly saved: number
  /** By the count of an index that can still be read; `null` when there is none. */
  readonly lost: number | null
}

type Row = Record<string, SQLInputValue>
type Key = readonly SQLInputValue[]

interface Shape {
  readonly table: string
  /** What orders the rows on disk. */
  readonly key: readonly string[]
  readonly columns: readonly string[]
  readonly isRowidTable: boolean
}

/** Rows that were not read yet: after one key, before another, the first part of the key from `low` to `high`. */
interface Gap {
  readonly after?: Key
  readonly before?: Key
  readonly low?: bigint
  readonly high?: bigint
}

/** The largest integer that a store writes. */
const maxInteger = BigInt(Number.MAX_SAFE_INTEGER)
/**
 * So many gaps in a row may lead to nothing before a table is given up: 14 halvings, and about a second. What is not
 * found by then lies in less than a ten-thousandth of what is left.
 */
const maxFruitlessGaps = 2 ** 14
/** Text columns that hold JSON: what is none any more is not saved. */
const jsonColumns = new Set(['attributes', 'record', 'event', 'instance', 'entry', 'fault', 'snapshot'])

/**
 * Copies every row that can be read from one database to the tables that the other has.
 *
 * @param source - reading; may be damaged anywhere.
 * @param target - writing, in a transaction of the caller; its tables are empty.
 * @param derived - tables that are left empty.
 * @throws what `target` throws.
 */
export function salvage(
  source: Connection,
  target: Connection,
  derived: ReadonlySet<string>,
): readonly TableSalvage[] {
  const shapes = shapesOf(target).filter(({ table }) => !derived.has(table))
  return shapes.map((shape) => new TableReader(source, target, shape).run())
}

/** Copies one table. */
class TableReader {
  readonly #source: Connection
  readonly #shape: Shape
  readonly #insert: StatementSync
  readonly #statements = new Map<string, StatementSync>()
  #saved = 0
  #refused = 0
  #holes = 0
  readonly #savedByIndex = new Set<bigint>()
  #isIndexRead = false

  constructor(source: Connection, target: Connection, shape: Shape) {
    this.#source = source
    this.#shape = shape
    const places = shape.columns.map(() => '?').join(', ')
    const sql = `INSERT OR IGNORE INTO ${quote(shape.table)} (${shape.columns.map(quote).join(', ')}) VALUES (${places})`
    this.#insert = target.prepare(sql)
  }

  run(): TableSalvage {
    let gaps: readonly Gap[] = [{}]
    // The table is not there, or nothing says where it is: no other question would find it.
    if (!this.#select({}, 'ASC')) return { table: this.#shape.table, saved: 0, lost: null }
    for (let fruitless = 0; gaps.length > 0 && fruitless < maxFruitlessGaps; ) {
      const left: Gap[] = []
      for (const gap of gaps) {
        const before = this.#saved
        left.push(...this.#read(gap))
        fruitless = this.#saved > before ? 0 : fruitless + 1
        if (fruitless === maxFruitlessGaps) break
      }
      gaps = left
    }
    return { table: this.#shape.table, saved: this.#saved, lost: this.#lost() }
  }

  /** @returns the gaps that are left in this one. */
  #read(gap: Gap): readonly Gap[] {
    const upwards = this.#copy(gap, 'ASC')
    if (upwards.isWhole) return []
    const after = upwards.last ?? gap.after
    const downwards = this.#copy({ ...gap, after }, 'DESC')
    if (downwards.isWhole) return []
    this.#holes += 1
    const rest = { ...gap, after, before: downwards.last ?? gap.before }
    return this.#readByIndex(rest) ? [] : this.#halves(rest)
  }

  /** Reads one row after the other where the indexes say that there are some. @returns true when one says all. */
  #readByIndex({ after, before }: Gap): boolean {
    const { table, columns, isRowidTable } = this.#shape
    if (!isRowidTable || this.#isIndexRead) return false
    // The first gap is all that is left: what the indexes say is read once.
    this.#isIndexRead = true
    const sql = `SELECT ${columns.map(quote).join(', ')} FROM ${quote(table)} NOT INDEXED WHERE rowid = ?`
    for (const index of this.#indexes()) {
      const { keys, isWhole } = this.#keysOf(index)
      for (const key of keys) {
        if ((after && key <= Number(after[0])) || (before && key >= Number(before[0]))) continue
        if (this.#savedByIndex.has(key)) continue
        const row = attempt(() => this.#prepare(sql).get(key))
        if (!row) continue
        this.#save(row)
        this.#savedByIndex.add(key)
      }
      if (isWhole) return true
    }
    return false
  }

  /** The rowids that can be read of an index, from both of its ends. */
  #keysOf(index: string): { readonly keys: ReadonlySet<bigint>; readonly isWhole: boolean } {
    const { table } = this.#shape
    const keys = new Set<bigint>()
    const infoSql = 'SELECT name FROM pragma_index_info(?)'
    const info = attempt(() => this.#source.prepare(infoSql).all(index)) ?? []
    const names = info.map(({ name }) => quote(String(name)))
    for (const order of ['ASC', 'DESC']) {
      const sql = `SELECT rowid AS key FROM ${quote(table)} INDEXED BY ${quote(index)}
        ORDER BY ${[...names, 'rowid'].map((name) => `${name} ${order}`).join(', ')}`
      const rows = attempt(() => this.#prepare(sql).iterate() as Iterator<Row>)
      for (;;) {
        const row = nextOf(rows)
        if (row === 'unreadable') break
        if (row === undefined) return { keys, isWhole: true }
        if (typeof row['key'] === 'bigint') keys.add(row['key'])
      }
    }
    return { keys, isWhole: false }
  }

  /** Keys that begin with a text have no middle. */
  #halves({ after, before, low = 0n, high = maxInteger }: Gap): readonly Gap[] {
    const [first = low] = after ?? []
    const [last = high] = before ?? []
    if (typeof first !== 'bigint' || typeof last !== 'bigint') return []
    // One of a single key is not in the gap itself; of a longer key, others with the same first part may be.
    const own = this.#shape.key.length === 1 ? 1n : 0n
    const from = after ? first + own : first
    const to = before ? last - own : last
    if (from >= to) return []
    const middle = middleOf(from, to)
    return [
      { after, low: from, high: middle },
      { before, low: middle + 1n, high: to },
    ]
  }

  /** Copies rows in order, up to the first that cannot be read. */
  #copy(gap: Gap, order: 'ASC' | 'DESC'): { readonly isWhole: boolean; readonly last: Key | undefined } {
    const rows = this.#select(gap, order)
    let last: Key | undefined
    for (;;) {
      const row = nextOf(rows)
      if (row === 'unreadable') return { isWhole: false, last }
      if (row === undefined) return { isWhole: true, last }
      last = this.#shape.key.map((name) => row[name] ?? null)
      if (this.#savedByIndex.size === 0 || !this.#savedByIndex.has(last[0] as bigint)) this.#save(row)
    }
  }

  #save(row: Row): void {
    const isSaved =
      isSound(row) && this.#insert.run(...this.#shape.columns.map((name) => row[name] ?? null)).changes
    if (isSaved) this.#saved += 1
    else this.#refused += 1
  }

  #select({ after, before, low, high }: Gap, order: 'ASC' | 'DESC'): Iterator<Row> | undefined {
    const { table, key, columns, isRowidTable } = this.#shape
    const names = key.map(quote)
    const tuple = names.length === 1 ? names[0] : `(${names.join(', ')})`
    const places = names.length === 1 ? '?' : `(${names.map(() => '?').join(', ')})`
    const conditions = [
      after && `${tuple} > ${places}`,
      before && `${tuple} < ${places}`,
      low !== undefined && `${names[0]} >= ?`,
      high !== undefined && `${names[0]} <= ?`,
    ].filter((condition) => typeof condition === 'string')
    const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`
    const orderBy = names.map((name) => `${name} ${order}`).join(', ')
    const sql = `SELECT ${columns.map(quote).join(', ')} FROM ${quote(table)} ${isRowidTable ? 'NOT INDEXED' : ''}
      ${where} ORDER BY ${orderBy}`
    const bindings = [...(after ?? []), ...(before ?? []), low, high].filter((value) => value !== undefined)
    return attempt(() => this.#prepare(sql).iterate(...bindings) as Iterator<Row>)
  }

  #prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql)
    if (!statement) {
      statement = this.#source.prepare(sql)
      // Integers as they are: a number would come back as a real.
      statement.setReadBigInts(true)
      this.#statements.set(sql, statement)
    }
    return statement
  }

  #lost(): number | null {
    const count = this.#count()
    if (count === undefined) return this.#holes === 0 ? this.#refused : null
    return Math.max(this.#refused, count - this.#saved)
  }

  /** How many rows there were, as the first index says that can be read as a whole. */
  #count(): number | undefined {
    const { table } = this.#shape
    for (const index of this.#indexes()) {
      const sql = `SELECT count(*) AS count FROM ${quote(table)} INDEXED BY ${quote(index)}`
      const row = attempt(() => this.#source.prepare(sql).get())
      if (typeof row?.['count'] === 'number') return row['count']
    }
    return undefined
  }

  /** Those that hold every row; none when the schema itself cannot be read. */
  #indexes(): readonly string[] {
    const sql = 'SELECT name FROM pragma_index_list(?) WHERE NOT partial'
    return (
      attempt(() =>
        this.#source
          .prepare(sql)
          .all(this.#shape.table)
          .map(({ name }) => String(name)),
      ) ?? []
    )
  }
}

/** Undefined at the end. */
function nextOf(rows: Iterator<Row> | undefined): Row | 'unreadable' | undefined {
  try {
    if (!rows) return 'unreadable'
    const { done, value } = rows.next()
    return done ? undefined : value
  } catch {
    return 'unreadable'
  }
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch {
    return undefined
  }
}

function isSound(row: Row): boolean {
  return Object.entries(row).every(
    ([name, value]) =>
      !jsonColumns.has(name) || typeof value !== 'string' || attempt(() => JSON.parse(value)) !== undefined,
  )
}

/** Of far apart ones the geometric mean: keys that count up from one, or are times, lie nowhere near the middle. */
function middleOf(low: bigint, high: bigint): bigint {
  if (high <= 4n * (low + 1n)) return (low + high) / 2n
  return BigInt(Math.floor(Math.sqrt((Number(low) + 1) * Number(high))))
}

function shapesOf(database: Connection): readonly Shape[] {
  const sql = `SELECT name, wr FROM pragma_table_list
    WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name`
  return database
    .prepare(sql)
    .all()
    .map(({ name, wr }) => shapeOf(database, String(name), wr === 1))
}

function shapeOf(database: Connection, table: string, isWithoutRowid: boolean): Shape {
  const all = database.prepare('SELECT name, type, pk FROM pragma_table_info(?) ORDER BY pk').all(table)
  const columns = all.map(({ name }) => String(name))
  const keys = all.filter(({ pk }) => pk !== 0)
  if (isWithoutRowid)
    return { table, columns, key: keys.map(({ name }) => String(name)), isRowidTable: false }
  const [only] = keys
  // An INTEGER PRIMARY KEY is the rowid under another name.
  if (only && keys.length === 1 && String(only['type']).toUpperCase() === 'INTEGER')
    return { table, columns, key: [String(only['name'])], isRowidTable: true }
  return { table, columns: ['rowid', ...columns], key: ['rowid'], isRowidTable: true }
}

function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
