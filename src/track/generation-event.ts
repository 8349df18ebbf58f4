/** What the caller's thread tells the engine: small plain events, validated where they arrive. */
import type * as zod from 'zod'
import { lazySchema, type Zod } from '../config/lazy-schema.ts'
import {
  type GenerationOutcome,
  type GenerationRequest,
  type GenerationResult,
  generationOutcomes,
} from '../model/generation.ts'

interface EventBase {
  /** Generation id. */
  readonly id: string
  /** Unix milliseconds on the caller's thread. */
  readonly atMs: number
  /** Monotonic milliseconds on the caller's thread; only differences mean something. */
  readonly monotonicMs: number
}

/** What a failed generation said. */
export interface ReportedError {
  readonly message: string
  /** A code of the engine or of Node, when there is one. */
  readonly code?: string
  /** Set when the caller knows better than the classifier. */
  readonly errorClass?: string
}

/** One step in the life of a generation. */
export type GenerationEvent =
  | (EventBase & { readonly type: 'start'; readonly request: GenerationRequest })
  | (EventBase & { readonly type: 'begin' })
  | (EventBase & { readonly type: 'stage'; readonly name: string })
  | (EventBase & { readonly type: 'progress'; readonly completedSteps: number; readonly totalSteps?: number })
  | (EventBase & {
      readonly type: 'end'
      readonly outcome: GenerationOutcome
      readonly result?: GenerationResult
      readonly error?: ReportedError
    })

/** Texts are cut to these lengths: a hostile caller cannot fill the store. */
const shortTextChars = 200
/** Of the prompt, this much is kept and hashed. */
export const promptChars = 16 * 1024
export const messageChars = 4000
const maxEntries = 64

/** The schemas of the metadata: wrong values are left out, the rest is kept; bad metadata is no reason to lose a generation. */
function metadataSchemas(z: Zod) {
  const text = (chars: number) => z.string().transform((value) => value.slice(0, chars).toWellFormed())
  const shortText = text(shortTextChars).optional().catch(undefined)
  const nonNegative = z.number().nonnegative().optional().catch(undefined)
  const entries = <T extends zod.ZodType>(value: T) =>
    z
      .record(z.string(), z.unknown())
      .transform((given) => keepEntries(given, value))
      .optional()
      .catch(undefined)
  const facts = {
    durationSeconds: nonNegative,
    width: nonNegative,
    height: nonNegative,
    fps: nonNegative,
    frames: nonNegative,
  }
  return {
    text,
    request: z.object({
      ...facts,
      model: shortText,
      engine: shortText,
      prompt: text(promptChars).optional().catch(undefined),
      steps: nonNegative,
      seed: z.number().optional().catch(undefined),
      parameters: entries(z.union([text(shortTextChars), z.number(), z.boolean()])),
      tags: entries(text(shortTextChars)),
      requestId: shortText,
      attempt: z.number().int().positive().optional().catch(undefined),
      queued: z.boolean().optional().catch(undefined),
    }),
    result: z.object({
      output: z
        .object({ ...facts, path: text(messageChars).optional().catch(undefined), sizeBytes: nonNegative })
        .optional()
        .catch(undefined),
      quality: entries(z.number()),
      verification: z.enum(['unverified', 'verified', 'defective']).optional().catch(undefined),
      defects: z.array(text(shortTextChars)).max(maxEntries).optional().catch(undefined),
    }),
    error: z.object({ message: text(messageChars).catch(''), code: shortText, errorClass: shortText }),
  }
}

function keepEntries<T extends zod.ZodType>(
  given: Record<string, unknown>,
  schema: T,
): Record<string, zod.output<T>> {
  const kept: Record<string, zod.output<T>> = {}
  for (const [key, entry] of Object.entries(given).slice(0, maxEntries)) {
    const parsed = schema.safeParse(entry)
    if (parsed.success) kept[key.slice(0, shortTextChars).toWellFormed()] = parsed.data
  }
  return kept
}

const eventSchema = lazySchema((z): zod.ZodType<GenerationEvent> => {
  const { text, request, result, error } = metadataSchemas(z)
  const base = { id: z.string().min(1).max(shortTextChars), atMs: z.number(), monotonicMs: z.number() }
  return z.discriminatedUnion('type', [
    z.object({ ...base, type: z.literal('start'), request: request.catch({}) }),
    z.object({ ...base, type: z.literal('begin') }),
    z.object({ ...base, type: z.literal('stage'), name: text(shortTextChars) }),
    z.object({
      ...base,
      type: z.literal('progress'),
      completedSteps: z.number().nonnegative(),
      totalSteps: z.number().positive().optional().catch(undefined),
    }),
    z.object({
      ...base,
      type: z.literal('end'),
      outcome: z.enum(generationOutcomes),
      result: result.optional().catch(undefined),
      error: error.optional().catch(undefined),
    }),
  ])
})

/** The event in any value; undefined when it is none. Wrong metadata is left out, never a reason to refuse. */
export function parseGenerationEvent(value: unknown): GenerationEvent | undefined {
  const parsed = eventSchema().safeParse(value)
  return parsed.success ? parsed.data : undefined
}
