import type { GenerationRequest } from '../model/generation.ts'
import type { VideoParameters } from './parameters.ts'
import type { VideoModel } from './video-model.ts'

const numbers = ['width', 'height', 'fps', 'durationSeconds', 'seed'] as const

/**
 * What a monitor is told of a request.
 *
 * @param options - may be anything: of options that were refused, whatever has the right type is told.
 * @param parameters - undefined when the options were refused.
 */
export function recordedRequest(
  options: unknown,
  model: VideoModel,
  parameters: VideoParameters | undefined,
): GenerationRequest {
  const prompt = read(options, 'prompt')
  return {
    model: model.modelId,
    engine: model.provider,
    prompt: typeof prompt === 'string' ? prompt : undefined,
    tags: textsOf(read(options, 'tags')),
    ...(parameters ?? Object.fromEntries(numbers.map((key) => [key, numberOf(read(options, key))]))),
  }
}

/** A property of anything; a getter that throws has none. */
function read(object: unknown, key: string): unknown {
  try {
    return Reflect.get(Object(object), key)
  } catch {
    return undefined
  }
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined
}

function textsOf(value: unknown): Readonly<Record<string, string>> | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const names = namesOf(value)
  const entries = names.map((name) => [name, read(value, name)] as const)
  return Object.fromEntries(
    entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  )
}

function namesOf(object: object): readonly string[] {
  try {
    return Object.keys(object)
  } catch {
    return []
  }
}
