/** Which fields of a generation record a condition may name, and which conditions mean something. */
import type {
  GenerationCost,
  GenerationError,
  GenerationOutput,
  GenerationRecord,
  GenerationRequest,
  GenerationResources,
  OutputCheckResult,
} from '../model/generation.ts'
import { type FieldCondition, fieldOperators } from './generation-query.ts'
import { invalidQuery } from './query-check.ts'

/** A field of one value, an object whose names are the caller's, or one of known fields. */
type Shape = 'value' | 'names' | { readonly [field: string]: Shape }

/** Lists hold more than one value: no condition names them. */
type ListField = 'stages' | 'defects'
type CheckListField = 'defects'
type RequestListField = 'gpus'

const requestFields = {
  model: 'value',
  modelVersion: 'value',
  engine: 'value',
  provider: 'value',
  width: 'value',
  height: 'value',
  fps: 'value',
  durationSeconds: 'value',
  frames: 'value',
  steps: 'value',
  seed: 'value',
  parameters: 'names',
  tags: 'names',
  requestId: 'value',
} satisfies Record<
  Exclude<keyof GenerationRecord['request'] & keyof GenerationRequest, RequestListField>,
  Shape
>

const outputFields = {
  path: 'value',
  sizeBytes: 'value',
  durationSeconds: 'value',
  width: 'value',
  height: 'value',
  fps: 'value',
  frames: 'value',
} satisfies Record<keyof GenerationOutput, Shape>

const errorFields = { errorClass: 'value', message: 'value' } satisfies Record<keyof GenerationError, Shape>

const resourceFields = {
  gpuSeconds: 'value',
  peakVramBytes: 'value',
  energyJoules: 'value',
  gpuType: 'value',
  gpuId: 'value',
  gpuMemoryBytes: 'value',
} satisfies Record<keyof GenerationResources, Shape>

const costFields = {
  amount: 'value',
  currency: 'value',
  basis: 'value',
} satisfies Record<keyof GenerationCost, Shape>

const checkFields = {
  verdict: 'value',
  reason: 'value',
  metrics: 'names',
  checkedAtMs: 'value',
  costMs: 'value',
  profile: 'value',
  decoder: 'value',
} satisfies Record<Exclude<keyof OutputCheckResult, CheckListField>, Shape>

const recordFields: Shape = {
  id: 'value',
  node: 'value',
  status: 'value',
  request: requestFields,
  attempt: 'value',
  promptHash: 'value',
  prompt: 'value',
  queuedAtMs: 'value',
  startedAtMs: 'value',
  endedAtMs: 'value',
  queueMs: 'value',
  durationMs: 'value',
  stage: 'value',
  completedSteps: 'value',
  totalSteps: 'value',
  lastEventAtMs: 'value',
  output: outputFields,
  quality: 'names',
  verification: 'value',
  check: checkFields,
  error: errorFields,
  resources: resourceFields,
  cost: costFields,
  stalledSinceMs: 'value',
  stallReason: 'value',
  remainingMs: { low: 'value', mid: 'value', high: 'value' },
  reconciledFrom: 'value',
} satisfies Record<Exclude<keyof GenerationRecord, ListField>, Shape>

const maxConditions = 16

/**
 * The names that lead to a field, outermost first. Dots part them, except in names of the caller's own (tags,
 * parameters, quality scores), which may hold some.
 *
 * @throws FramewatchError `QUERY_INVALID` when a record has no such field. A name of the caller's own is any text
 *   without quotation marks, backslashes and control characters.
 */
export function fieldPath(field: string): readonly string[] {
  const path: string[] = []
  let shape: Shape = recordFields
  let rest = field
  while (shape !== 'value') {
    const dot: number = shape === 'names' ? -1 : rest.indexOf('.')
    const name: string = dot < 0 ? rest : rest.slice(0, dot)
    path.push(name)
    rest = rest.slice(name.length + 1)
    shape = shape === 'names' ? requireName(field, name) : innerShape(field, shape, name)
  }
  if (rest !== '') throw unknownField(field)
  return path
}

/** @throws FramewatchError `QUERY_INVALID` when one of the conditions means nothing, or there are more than 16. */
export function requireConditions(conditions: readonly FieldCondition[]): void {
  if (conditions.length > maxConditions)
    throw invalidQuery('where', `at most ${maxConditions} conditions`, conditions.length)
  for (const { field, operator, value } of conditions) {
    fieldPath(field)
    if (!fieldOperators.includes(operator))
      throw invalidQuery('where.operator', `one of ${fieldOperators.join(' ')}`, operator)
    const isScalar = typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value)
    if (!isScalar) throw invalidQuery('where.value', 'a text, a finite number or a boolean', String(value))
  }
}

function innerShape(field: string, shape: Exclude<Shape, string>, name: string): Shape {
  const inner = Object.hasOwn(shape, name) ? shape[name] : undefined
  if (inner === undefined) throw unknownField(field)
  return inner
}

function requireName(field: string, name: string): 'value' {
  if (name !== '' && !/["\\\p{Cc}\p{Cs}]/u.test(name)) return 'value'
  throw unknownField(field)
}

function unknownField(field: string) {
  return invalidQuery('where.field', 'a field of a record that holds one value, as in `request.width`', field)
}
