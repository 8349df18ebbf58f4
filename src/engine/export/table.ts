/** What is exported is a table: columns with a type, and rows that come in batches. */

/** `json` is a text that holds JSON; a `time` is Unix milliseconds. */
export type ColumnType = 'time' | 'integer' | 'number' | 'text' | 'json'

export interface Column {
  readonly name: string
  readonly type: ColumnType
  /** Whether a row may have nothing here. */
  readonly isOptional: boolean
}

/** `null` is nothing. */
export type Cell = string | number | null

/** One cell for each column. */
export type Row = readonly Cell[]

/** Batches are small enough to be held in memory one at a time. */
export interface Table {
  readonly columns: readonly Column[]
  readonly batches: AsyncIterable<readonly Row[]>
}

/** Takes a piece of a file; resolves when it may be given the next. */
export type Sink = (chunk: string | Uint8Array) => Promise<void>

/** One format of a file. Each writes everything through its sink, and keeps little. */
export interface TableWriter {
  write(rows: readonly Row[]): Promise<void>
  finish(): Promise<void>
}
