/**
 * Exports of what is stored: a table flows in, in batches, and a file in one of three formats flows out. However much
 * there is, little of it is in memory at a time. It reads through the port and knows no engine of it.
 */
import { requireOutsideStore } from '../../store/sqlite/backup.ts'
import { open, stat } from '../../system/files.ts'
import { writeWholeFile } from '../../system/whole-file.ts'
import { parquetWriter } from './parquet-format.ts'
import type { Column, Sink, Table, TableWriter } from './table.ts'
import { csvWriter, ndjsonWriter } from './text-formats.ts'

export { alertTable, decisionTable, snapshotTable } from './event-tables.ts'
export { generationTable } from './generation-table.ts'
export { sampleTable } from './sample-table.ts'
export type { Sink, Table } from './table.ts'

export const exportFormats = ['parquet', 'csv', 'ndjson'] as const
export type ExportFormat = (typeof exportFormats)[number]

/** An export that was written. */
export interface ExportedFile {
  readonly path: string
  readonly rows: number
  readonly sizeBytes: number
}

/** Writes a table through a sink. @returns how many rows there were. */
export async function exportTable(table: Table, format: ExportFormat, sink: Sink): Promise<number> {
  const writer = await writerOf(format, table.columns, sink)
  let rows = 0
  for await (const batch of table.batches) {
    await writer.write(batch)
    rows += batch.length
  }
  await writer.finish()
  return rows
}

/**
 * Writes a table into a file, which gets its name when all of it is there.
 *
 * @param options - `baseDir`: of the store, none of whose files is ever replaced; `replace`: whether another one is.
 * @throws FramewatchError `FILE_EXISTS`, `FILE_UNWRITABLE`, those of the store.
 */
export function exportToFile(
  table: Table,
  format: ExportFormat,
  path: string,
  { baseDir, replace }: { readonly baseDir: string; readonly replace: boolean },
): Promise<ExportedFile> {
  requireOutsideStore(baseDir, path)
  return writeWholeFile(path, { replace }, async (temporaryPath) => {
    const file = await open(temporaryPath, 'wx')
    try {
      const rows = await exportTable(table, format, (chunk) => file.appendFile(chunk))
      return { path, rows, sizeBytes: (await stat(temporaryPath)).size }
    } finally {
      await file.close()
    }
  })
}

async function writerOf(format: ExportFormat, columns: readonly Column[], sink: Sink): Promise<TableWriter> {
  if (format === 'parquet') return parquetWriter(columns, sink)
  return format === 'csv' ? csvWriter(columns, sink) : ndjsonWriter(columns, sink)
}
