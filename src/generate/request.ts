import { lazySchema } from '../config/lazy-schema.ts'
import { type ErrorDetails, FramewatchError, messageOf } from '../model/errors.ts'
import type { GenerationProgress } from './generation-report.ts'
import { parameterShape } from './parameters.ts'
import { isVideoModel, type ProviderOptions, type VideoModel } from './video-model.ts'

/** What to generate, and where to. */
export interface GenerateVideoOptions {
  /** Any text that is not blank, up to a million UTF-16 code units. */
  readonly prompt: string
  /** Missing directories are created; an existing file is replaced, at once and only on success. */
  readonly outputPath: string
  /** @default the generator's model */
  readonly model?: 'storyboard' | VideoModel
  /** Pixels; even, from 128 to 4096. */
  readonly width?: number
  /** Pixels; even, from 128 to 4096. */
  readonly height?: number
  /** Whole frames per second, from 1 to 60. */
  readonly fps?: number
  /** Above 0, up to 3600; the video has the nearest whole number of frames, at least 1. */
  readonly durationSeconds?: number
  /** 0 up to 2^32 - 1. @default one of chance for local models, the provider's own for hosted ones */
  readonly seed?: number
  /** Aborting ends the generation with `GENERATION_ABORTED`. */
  readonly abortSignal?: AbortSignal
  /** Labels for the record of the generation. */
  readonly tags?: Readonly<Record<string, string>>
  /** Passed through to the model. */
  readonly providerOptions?: ProviderOptions
  /** Called when a stage starts and when steps are done. What it throws is ignored. */
  readonly onProgress?: (progress: GenerationProgress) => void
}

const maxPromptChars = 1_000_000

const isFunction = (value: unknown) => typeof value === 'function'
const isRecord = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value)

const requestSchema = lazySchema((z) => {
  const notBlank = { error: `expected a text that is not blank, up to ${maxPromptChars} characters` }
  const isPath = { error: 'expected a path' }
  const hasNoNul = { error: 'expected a path without a NUL character' }
  const isSeed = { error: 'expected a whole number from 0 to 4294967295' }
  const { custom } = z
  return z.strictObject({
    ...parameterShape(z),
    prompt: z
      .string(notBlank)
      .max(maxPromptChars, notBlank)
      .refine((prompt) => prompt.trim() !== '', notBlank),
    outputPath: z
      .string(isPath)
      .min(1, isPath)
      .refine((path) => !path.includes('\0'), hasNoNul),
    model: custom<'storyboard' | VideoModel>((model) => model === 'storyboard' || isVideoModel(model), {
      error: 'expected "storyboard" or a video model',
    }).optional(),
    seed: z.int(isSeed).min(0, isSeed).max(0xffff_ffff, isSeed).optional(),
    abortSignal: z.instanceof(AbortSignal, { error: 'expected an AbortSignal' }).optional(),
    tags: z
      .record(z.string(), z.string({ error: 'expected a text' }), { error: 'expected texts by name' })
      .optional(),
    providerOptions: custom<ProviderOptions>(isRecord, {
      error: 'expected options by provider name',
    }).optional(),
    onProgress: custom<(progress: GenerationProgress) => void>(isFunction, {
      error: 'expected a function',
    }).optional(),
  })
})

/**
 * Validates the options of `generateVideo`.
 *
 * @throws FramewatchError `GENERATION_INVALID`; details hold `parameter` and `value`.
 */
export function parseRequest(options: unknown): GenerateVideoOptions {
  try {
    return validate(options)
  } catch (cause) {
    if (cause instanceof FramewatchError) throw cause
    // A getter or a proxy of the caller's threw.
    const fact = `\`options\`: cannot be read: ${messageOf(cause)}`
    throw new FramewatchError('GENERATION_INVALID', fact, { details: { parameter: 'options' }, cause })
  }
}

function validate(options: unknown): GenerateVideoOptions {
  const parsed = requestSchema().safeParse(options)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const parameter =
    issue?.code === 'unrecognized_keys' ? issue.keys[0] : issue?.path.map(String).join('.') || undefined
  if (parameter === undefined) throw invalid('options', 'expected an object', options)
  if (issue?.code === 'unrecognized_keys') throw invalid(parameter, 'unknown parameter', undefined)
  const value = issue?.path.reduce<unknown>((object, key) => Reflect.get(Object(object), key), options)
  throw invalid(parameter, issue?.message ?? 'invalid', value)
}

function invalid(parameter: string, expected: string, value: unknown): FramewatchError {
  const details: ErrorDetails = { parameter, value: describe(parameter, value) }
  const got = details['value'] === undefined ? '' : `, got ${details['value']}`
  return new FramewatchError('GENERATION_INVALID', `\`${parameter}\`: ${expected}${got}`, { details })
}

/** A value for a message. A prompt is private: only its length is told. */
function describe(parameter: string, value: unknown): string | undefined {
  if (value === undefined) return undefined
  if (typeof value === 'string')
    return parameter === 'prompt' ? `${value.length} characters` : JSON.stringify(value.slice(0, 80))
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return String(value)
  return Array.isArray(value) ? 'an array' : typeof value
}
