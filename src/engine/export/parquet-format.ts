import type { Cell, Column, ColumnType, Row, Sink, TableWriter } from './table.ts'

/** A row group is what is held in memory at a time. */
const maxGroupRows = 50_000
const maxGroupChars = 8 * 1024 * 1024

const types = {
  time: 'TIMESTAMP',
  integer: 'INT64',
  number: 'DOUBLE',
  text: 'STRING',
  json: 'STRING',
} as const satisfies Record<ColumnType, string>

/**
 * Apache Parquet, compressed with Snappy. Times are 64-bit milliseconds in UTC; JSON is text, which every reader takes.
 * The package that encodes is loaded on first use: nothing else needs it.
 */
export async function parquetWriter(columns: readonly Column[], sink: Sink): Promise<TableWriter> {
  const { ByteWriter, ParquetWriter, schemaFromColumnData } = await import('hyparquet-writer')
  const bytes = new ByteWriter()
  const flush = async () => {
    const chunk = bytes.getBytes().slice()
    bytes.index = 0
    await sink(chunk)
  }
  const writer = Object.assign(bytes, { flush, finish: flush })
  const describe = ({ name, type, isOptional }: Column) => ({ name, type: types[type], nullable: isOptional })
  const schema = schemaFromColumnData({
    columnData: columns.map((column) => ({ ...describe(column), data: [] })),
  })
  const parquet = new ParquetWriter({ writer, schema, createdBy: 'framewatch' })
  let group: Row[] = []
  let chars = 0
  const writeGroup = async () => {
    const columnData = columns.map((column, place) => ({
      ...describe(column),
      data: group.map((row) => parquetCell(row[place] ?? null, column.type)),
    }))
    const rowGroupSize = group.length
    group = []
    chars = 0
    await parquet.write({ columnData, rowGroupSize })
  }
  return {
    async write(rows) {
      for (const row of rows) {
        group.push(row)
        chars += charsOf(row)
        if (group.length >= maxGroupRows || chars >= maxGroupChars) await writeGroup()
      }
    },
    async finish() {
      if (group.length > 0) await writeGroup()
      await parquet.finish()
    },
  }
}

function parquetCell(cell: Cell, type: ColumnType): Cell | bigint {
  return typeof cell === 'number' && (type === 'time' || type === 'integer') ? BigInt(Math.round(cell)) : cell
}

function charsOf(row: Row): number {
  let chars = 0
  for (const cell of row) if (typeof cell === 'string') chars += cell.length
  return chars
}
