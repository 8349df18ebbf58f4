/** Events on the engine's side, read from what `event-writer.ts` wrote. */
import {
  type GenerationOutcome,
  type GenerationRequest,
  type GenerationResult,
  generationOutcomes,
} from '../model/generation.ts'
import { idText } from '../system/random.ts'
import { eventFields, eventTypes, type FieldPart, idPrefix } from './event-format.ts'
import type { GenerationEvent, ReportedError } from './generation-event.ts'
import type { RecordReader } from './record-codec.ts'

/** The event of a record that ends before the slot `end`. */
export function readEvent(record: RecordReader, end: number): GenerationEvent {
  const type = record.number()
  const serial = record.number()
  const id = idText(serial, idPrefix, record.text())
  const stamp = { id, atMs: record.number(), monotonicMs: record.number() }
  switch (type) {
    case eventTypes.start:
      return { type: 'start', ...stamp, request: readRequest(record, end) }
    case eventTypes.begin:
      return { type: 'begin', ...stamp }
    case eventTypes.stage:
      return { type: 'stage', ...stamp, name: record.text() }
    case eventTypes.progress:
      return { type: 'progress', ...stamp, ...readProgress(record) }
    default:
      return { type: 'end', ...stamp, ...readEnd(record, end) }
  }
}

function readProgress(record: RecordReader): { completedSteps: number; totalSteps?: number } {
  const completedSteps = record.number()
  const totalSteps = record.number()
  return Number.isNaN(totalSteps) ? { completedSteps } : { completedSteps, totalSteps }
}

/** The writer lets through only values of the right type. */
function readRequest(record: RecordReader, end: number): GenerationRequest {
  const parts = readFields(record, end)
  return {
    ...objectOf(parts.request),
    ...objectOf(parts.facts),
    ...(parts.gpus && { gpus: valuesOf(parts.gpus) }),
    ...(parts.parameters && { parameters: objectOf(parts.parameters) }),
    ...(parts.tags && { tags: objectOf(parts.tags) }),
  } as GenerationRequest
}

function readEnd(
  record: RecordReader,
  end: number,
): { outcome: GenerationOutcome; result?: GenerationResult; error?: ReportedError } {
  const outcome = generationOutcomes[record.number()] ?? 'lost'
  const { error, ...parts } = readFields(record, end)
  const result = {
    ...objectOf(parts.result),
    ...(parts.facts && { output: objectOf(parts.facts) }),
    ...(parts.quality && { quality: objectOf(parts.quality) }),
    ...(parts.defects && { defects: valuesOf(parts.defects) }),
    ...(parts.resources && { resources: objectOf(parts.resources) }),
  } as GenerationResult
  return {
    outcome,
    ...(Object.keys(result).length > 0 && { result }),
    ...(error && { error: { message: '', ...objectOf(error) } }),
  }
}

type Entry = readonly [name: string, value: unknown]
type Parts = { [Part in FieldPart]?: Entry[] }

function readFields(record: RecordReader, end: number): Parts {
  const parts: Parts = {}
  while (record.at < end) {
    const field = eventFields[record.number()]
    // Only a writer of another version could have written it, and there is none in the same process.
    if (!field) return parts
    const name = field.name ?? record.text()
    const value = field.value === 'text' ? record.text() : record.number()
    parts[field.part] ??= []
    parts[field.part]?.push([name, field.value === 'boolean' ? value === 1 : value])
  }
  return parts
}

/** Names of the caller's own may be any, `__proto__` too: entries are defined, not assigned. */
function objectOf(entries: readonly Entry[] = []): Record<string, unknown> {
  return Object.fromEntries(entries)
}

function valuesOf(entries: readonly Entry[]): unknown[] {
  return entries.map(([, value]) => value)
}
