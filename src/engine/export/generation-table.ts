import type { GenerationRecord } from '../../model/generation.ts'
import type { GenerationFilter, StoreReader } from '../../store/store.ts'
import type { Cell, Column, ColumnType, Row, Table } from './table.ts'

const pageLength = 500

type Field = readonly [name: string, type: ColumnType, cell: (record: GenerationRecord) => Cell | undefined]

/** Every record has these. */
const requiredFields: readonly Field[] = [
  ['id', 'text', ({ id }) => id],
  ['node', 'text', ({ node }) => node],
  ['status', 'text', ({ status }) => status],
  ['attempt', 'integer', ({ attempt }) => attempt],
  ['verification', 'text', ({ verification }) => verification],
  ['defects', 'json', ({ defects }) => JSON.stringify(defects)],
  ['queued_at', 'time', ({ queuedAtMs }) => queuedAtMs],
  ['record', 'json', (record) => JSON.stringify(record)],
]

const optionalFields: readonly Field[] = [
  ['request_id', 'text', ({ request }) => request.requestId],
  ['model', 'text', ({ request }) => request.model],
  ['engine', 'text', ({ request }) => request.engine],
  ['prompt_hash', 'text', ({ promptHash }) => promptHash],
  ['started_at', 'time', ({ startedAtMs }) => startedAtMs],
  ['ended_at', 'time', ({ endedAtMs }) => endedAtMs],
  ['queue_ms', 'number', ({ queueMs }) => queueMs],
  ['duration_ms', 'number', ({ durationMs }) => durationMs],
  ['width', 'number', ({ request }) => request.width],
  ['height', 'number', ({ request }) => request.height],
  ['fps', 'number', ({ request }) => request.fps],
  ['frames', 'number', ({ request }) => request.frames],
  ['steps', 'number', ({ request }) => request.steps],
  ['error_class', 'text', ({ error }) => error?.errorClass],
  ['error_message', 'text', ({ error }) => error?.message],
  ['output_path', 'text', ({ output }) => output?.path],
  ['output_size_bytes', 'number', ({ output }) => output?.sizeBytes],
  ['output_duration_seconds', 'number', ({ output }) => output?.durationSeconds],
]

const fields = [...requiredFields.slice(0, -1), ...optionalFields, ...requiredFields.slice(-1)]
const columns: readonly Column[] = fields.map((field) => {
  const [name, type] = field
  return { name, type, isOptional: optionalFields.includes(field) }
})

/** Generations, the newest request first: what is filtered by most in columns of their own, the whole as JSON. */
export function generationTable(reader: StoreReader, filter: GenerationFilter): Table {
  return { columns, batches: generationBatches(reader, filter) }
}

async function* generationBatches(
  reader: StoreReader,
  filter: GenerationFilter,
): AsyncGenerator<readonly Row[]> {
  let cursor: string | undefined
  do {
    const page = await reader.listGenerations({ ...filter, limit: pageLength, cursor })
    if (page.records.length > 0)
      yield page.records.map((record) => fields.map(([, , cell]) => cell(record) ?? null))
    cursor = page.nextCursor
  } while (cursor !== undefined)
}
