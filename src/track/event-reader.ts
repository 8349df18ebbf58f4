/** Events on the engine's side, read from what `event-writer.ts` wrote. */
import { type GenerationRequest, type GenerationResult, generationOutcomes } from '../model/generation.ts'
import { idText } from '../system/random.ts'
import { type EventField, eventFields, eventTypes, type FieldPart, idPrefix } from './event-format.ts'
import type { GenerationEnd, GenerationEvent } from './generation-event.ts'
import type { RecordReader } from './record-codec.ts'

/** The event of a record that ends before the slot `end`. The writer lets through only values of the right type. */
export function readEvent(record: RecordReader, end: number): GenerationEvent {
  const serial = record.number()
  const [atMs, monotonicMs] = [record.number(), record.number()]
  const type = record.tag()
  const stamp = { id: idText(serial, idPrefix, record.text()), atMs, monotonicMs }
  const parts = readFields(record, end)
  switch (type) {
    case eventTypes.start:
      return { type: 'start', ...stamp, request: requestOf(parts) }
    case eventTypes.begin:
      return { type: 'begin', ...stamp }
    case eventTypes.stage:
      return { type: 'stage', ...stamp, name: '', ...objectOf(parts.event) }
    case eventTypes.progress:
      return { type: 'progress', ...stamp, completedSteps: 0, ...objectOf(parts.event) }
    default:
      return { type: 'end', ...stamp, ...endOf(parts) }
  }
}

function requestOf(parts: Parts): GenerationRequest {
  return {
    ...objectOf(parts.request),
    ...objectOf(parts.facts),
    ...(parts.gpus && { gpus: valuesOf(parts.gpus) }),
    ...(parts.parameters && { parameters: objectOf(parts.parameters) }),
    ...(parts.tags && { tags: objectOf(parts.tags) }),
  } as GenerationRequest
}

function endOf({ event, error, ...parts }: Parts): GenerationEnd {
  const outcome = generationOutcomes[Number(event?.[0]?.[1])] ?? 'lost'
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
    const field = eventFields[record.tag()]
    // Only a writer of another version could have written it, and there is none in the same process.
    if (!field) return parts
    parts[field.part] ??= []
    parts[field.part]?.push(readField(record, field))
  }
  return parts
}

function readField(record: RecordReader, { name, value }: EventField): Entry {
  if (name !== undefined)
    return [name, value === 'text' ? record.text() : numberOrBoolean(record.value(), value)]
  const told = record.text()
  return [told, value === 'text' ? record.entryText() : numberOrBoolean(record.number(), value)]
}

function numberOrBoolean(number: number, kind: EventField['value']): number | boolean {
  return kind === 'boolean' ? number === 1 : number
}

/** Names of the caller's own may be any, `__proto__` too: entries are defined, not assigned. */
function objectOf(entries: readonly Entry[] = []): Record<string, unknown> {
  return Object.fromEntries(entries)
}

function valuesOf(entries: readonly Entry[]): unknown[] {
  return entries.map(([, value]) => value)
}
