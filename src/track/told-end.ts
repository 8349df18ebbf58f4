import type { GenerationOutcome, GenerationResult } from '../model/generation.ts'
import { eventTypes } from './event-format.ts'
import { readEvent } from './event-reader.ts'
import { writeError, writeOutcome, writeResult } from './event-writer.ts'
import type { GenerationEnd } from './generation-event.ts'
import { RecordReader, RecordWriter, recordMemory, slotBytes } from './record-codec.ts'
import { describeError, readablePart } from './untrusted.ts'

const recordSlots = 16_384

/** An end as the caller tells it, without what is of no use: it is written and read as every end. */
export function toldEnd(
  outcome: GenerationOutcome,
  { result, error }: { readonly result?: GenerationResult; readonly error?: unknown },
): GenerationEnd {
  const memory = recordMemory(new ArrayBuffer(recordSlots * slotBytes))
  const out = new RecordWriter(memory, { hasNames: false })
  out.begin(0, recordSlots)
  for (let stamp = 0; stamp < 3; stamp++) out.number(0)
  out.nameField(eventTypes.end, '')
  writeOutcome(out, outcome)
  if (error !== undefined) writeError(out, describeError(error, undefined))
  writeResult(out, readablePart(result))
  const event = readEvent(new RecordReader(memory), out.at)
  if (event.type !== 'end') return { outcome }
  return {
    outcome,
    ...(event.result && { result: event.result }),
    ...(event.error && { error: event.error }),
  }
}
