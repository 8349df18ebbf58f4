import { meaningOfCode } from './error-codes.ts'

const fields = ['code', 'failureCode', 'statusCode', 'status', 'exitCode', 'signal'] as const
type Field = (typeof fields)[number] | 'name'
const maxCodeChars = 200
/** Below are the codes of gRPC and of processes that ended by themselves. */
const leastStatus = 100

/**
 * The code of anything thrown, as text: `code` (Node, gRPC, OpenAI), `failureCode` (Runway), a `name` that says something
 * (`ThrottlingException`, `AI_LoadAPIKeyError`), `statusCode` or `status` (AI SDK, Replicate, fal), `exitCode` or `signal` (child
 * processes). One that is known is preferred to one that is not. Undefined when there is none. Never throws.
 *
 * A small number is a status of gRPC only beside `details`, as `@grpc/grpc-js` has them: else a process ended with it.
 */
export function codeOfThrown(thrown: unknown): string | undefined {
  if (typeof thrown !== 'object' || thrown === null) return undefined
  const found = fields.flatMap((field) => codeText(thrown, field) ?? [])
  const name = codeText(thrown, 'name')
  const named = name !== undefined && meaningOfCode(name) ? name : undefined
  return found.find(isSure) ?? named ?? found.find((code) => meaningOfCode(code) !== undefined) ?? found[0]
}

function isSure(code: string): boolean {
  return meaningOfCode(code)?.unless?.length === 0
}

function codeText(thrown: object, field: Field): string | undefined {
  try {
    const value: unknown = Reflect.get(thrown, field)
    const isStatus = field === 'status' || field === 'statusCode'
    if (typeof value === 'string') return value === '' || isStatus ? undefined : value.slice(0, maxCodeChars)
    if (typeof value !== 'number' || !Number.isInteger(value)) return undefined
    const isGrpc = field === 'code' && value > 0 && 'details' in thrown
    return value >= leastStatus || value < 0 || isGrpc ? String(value) : undefined
  } catch {
    return undefined
  }
}
