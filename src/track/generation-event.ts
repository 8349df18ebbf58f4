/** What the caller's thread tells the engine: small plain events, validated where they arrive. */
import { z } from 'zod'
import type { GenerationOutcome, GenerationRequest, GenerationResult } from '../model/generation.ts'

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
const promptChars = 64 * 1024
const messageChars = 4000
const maxEntries = 64

const text = (chars: number) => z.string().transform((value) => value.slice(0, chars))
const shortText = text(shortTextChars).optional().catch(undefined)
const nonNegative = z.number().nonnegative().optional().catch(undefined)

/** Wrong entries are left out, the rest is kept: bad metadata is no reason to lose a generation. */
function record<T extends z.ZodType>(value: T) {
  return z
    .record(z.string(), z.unknown())
    .transform((entries) => {
      const kept: Record<string, z.output<T>> = {}
      for (const [key, entry] of Object.entries(entries).slice(0, maxEntries)) {
        const parsed = value.safeParse(entry)
        if (parsed.success) kept[key.slice(0, shortTextChars)] = parsed.data
      }
      return kept
    })
    .optional()
    .catch(undefined)
}

const requestSchema = z.object({
  model: shortText,
  engine: shortText,
  prompt: text(promptChars).optional().catch(undefined),
  width: nonNegative,
  height: nonNegative,
  fps: nonNegative,
  durationSeconds: nonNegative,
  frames: nonNegative,
  steps: nonNegative,
  seed: z.number().optional().catch(undefined),
  parameters: record(z.union([text(shortTextChars), z.number(), z.boolean()])),
  tags: record(text(shortTextChars)),
  requestId: shortText,
  attempt: z.number().int().positive().optional().catch(undefined),
  queued: z.boolean().optional().catch(undefined),
})

const outputSchema = z.object({
  path: text(messageChars).optional().catch(undefined),
  sizeBytes: nonNegative,
  durationSeconds: nonNegative,
  width: nonNegative,
  height: nonNegative,
  fps: nonNegative,
  frames: nonNegative,
})

const resultSchema = z.object({
  output: outputSchema.optional().catch(undefined),
  quality: record(z.number()),
  verification: z.enum(['unverified', 'verified', 'defective']).optional().catch(undefined),
  defects: z.array(text(shortTextChars)).max(maxEntries).optional().catch(undefined),
})

const errorSchema = z.object({
  message: text(messageChars).catch(''),
  code: shortText,
  errorClass: shortText,
})

const base = { id: z.string().min(1).max(shortTextChars), atMs: z.number(), monotonicMs: z.number() }

const eventSchema: z.ZodType<GenerationEvent> = z.discriminatedUnion('type', [
  z.object({ ...base, type: z.literal('start'), request: requestSchema.catch({}) }),
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
    outcome: z.enum(['succeeded', 'failed', 'cancelled', 'rejected', 'timed_out', 'lost']),
    result: resultSchema.optional().catch(undefined),
    error: errorSchema.optional().catch(undefined),
  }),
])

/** The event in any value; undefined when it is none. Wrong metadata is left out, never a reason to refuse. */
export function parseGenerationEvent(value: unknown): GenerationEvent | undefined {
  const parsed = eventSchema.safeParse(value)
  return parsed.success ? parsed.data : undefined
}
