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
  const given = new Map(Object.entries(Object(options)))
  const prompt = given.get('prompt')
  return {
    model: model.modelId,
    engine: model.provider,
    prompt: typeof prompt === 'string' ? prompt : undefined,
    tags: textsOf(given.get('tags')),
    ...(parameters ?? Object.fromEntries(numbers.map((key) => [key, numberOf(given.get(key))]))),
  }
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined
}

function textsOf(value: unknown): Readonly<Record<string, string>> | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const entries = Object.entries(value).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  )
  return Object.fromEntries(entries)
}
