/**
 * The form of generation events as records (`record-codec.ts`): the serial number of the id, Unix and monotonic
 * milliseconds; a field whose tag is the type of the event and whose text is the maker of the id; then fields of what
 * happened.
 */

export const idPrefix = 'gen'

export const eventTypes = { start: 0, begin: 1, stage: 2, progress: 3, end: 4 } as const

/** Where a field belongs. `facts` are those of the request in a start, of the output in an end. */
export type FieldPart =
  | 'event'
  | 'request'
  | 'facts'
  | 'gpus'
  | 'parameters'
  | 'tags'
  | 'result'
  | 'quality'
  | 'defects'
  | 'resources'
  | 'error'

/** How fields are told. */
export interface EventField {
  readonly part: FieldPart
  /** Undefined where the record tells it. */
  readonly name?: string
  readonly value: 'number' | 'boolean' | 'text'
}

/** Tags of fields. */
export const tags = {
  model: 0,
  modelVersion: 1,
  engine: 2,
  provider: 3,
  width: 4,
  height: 5,
  fps: 6,
  durationSeconds: 7,
  frames: 8,
  steps: 9,
  seed: 10,
  attempt: 11,
  queued: 12,
  prompt: 13,
  requestId: 14,
  gpu: 15,
  numberParameter: 16,
  booleanParameter: 17,
  textParameter: 18,
  label: 19,
  path: 20,
  sizeBytes: 21,
  quality: 22,
  verification: 23,
  defect: 24,
  peakVramBytes: 25,
  energyJoules: 26,
  cost: 27,
  message: 28,
  code: 29,
  errorClass: 30,
  stage: 31,
  completedSteps: 32,
  totalSteps: 33,
  outcome: 34,
} as const

/** By tag. */
export const eventFields: readonly EventField[] = [
  { part: 'request', name: 'model', value: 'text' },
  { part: 'request', name: 'modelVersion', value: 'text' },
  { part: 'request', name: 'engine', value: 'text' },
  { part: 'request', name: 'provider', value: 'text' },
  { part: 'facts', name: 'width', value: 'number' },
  { part: 'facts', name: 'height', value: 'number' },
  { part: 'facts', name: 'fps', value: 'number' },
  { part: 'facts', name: 'durationSeconds', value: 'number' },
  { part: 'facts', name: 'frames', value: 'number' },
  { part: 'request', name: 'steps', value: 'number' },
  { part: 'request', name: 'seed', value: 'number' },
  { part: 'request', name: 'attempt', value: 'number' },
  { part: 'request', name: 'queued', value: 'boolean' },
  { part: 'request', name: 'prompt', value: 'text' },
  { part: 'request', name: 'requestId', value: 'text' },
  { part: 'gpus', name: '', value: 'number' },
  { part: 'parameters', value: 'number' },
  { part: 'parameters', value: 'boolean' },
  { part: 'parameters', value: 'text' },
  { part: 'tags', value: 'text' },
  { part: 'facts', name: 'path', value: 'text' },
  { part: 'facts', name: 'sizeBytes', value: 'number' },
  { part: 'quality', value: 'number' },
  { part: 'result', name: 'verification', value: 'text' },
  { part: 'defects', name: '', value: 'text' },
  { part: 'resources', name: 'peakVramBytes', value: 'number' },
  { part: 'resources', name: 'energyJoules', value: 'number' },
  { part: 'result', name: 'cost', value: 'number' },
  { part: 'error', name: 'message', value: 'text' },
  { part: 'error', name: 'code', value: 'text' },
  { part: 'error', name: 'errorClass', value: 'text' },
  { part: 'event', name: 'name', value: 'text' },
  { part: 'event', name: 'completedSteps', value: 'number' },
  { part: 'event', name: 'totalSteps', value: 'number' },
  { part: 'event', name: 'outcome', value: 'number' },
]
