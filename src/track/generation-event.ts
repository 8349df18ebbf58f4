/** What happens to a generation: small plain events. */
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

/** What a run ended with. */
export interface GenerationEnd {
  readonly outcome: GenerationOutcome
  readonly result?: GenerationResult
  readonly error?: ReportedError
}

/** One step in the life of a generation. */
export type GenerationEvent =
  | (EventBase & { readonly type: 'start'; readonly request: GenerationRequest })
  | (EventBase & { readonly type: 'begin' })
  | (EventBase & { readonly type: 'stage'; readonly name: string })
  | (EventBase & { readonly type: 'progress'; readonly completedSteps: number; readonly totalSteps?: number })
  | (EventBase & GenerationEnd & { readonly type: 'end' })
