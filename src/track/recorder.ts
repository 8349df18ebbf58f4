/**
 * The caller's side of tracking: it stamps what happened and hands it to a sink. It runs on the thread of the
 * generator, so it never waits, never throws and keeps nothing but the id of a generation.
 */
import type { GenerationOutcome, GenerationRequest, GenerationResult } from '../model/generation.ts'
import type { Clock } from '../system/clock.ts'
import { IdMaker, type Random } from '../system/random.ts'
import { type GenerationEvent, messageChars, promptChars, type ReportedError } from './generation-event.ts'

/** Where events go. Must not throw. */
export interface EventSink {
  /** False when the event cannot be encoded or is too long. */
  write(event: GenerationEvent): boolean
}

/** Reports the life of one generation. Every method is safe at any time; after the first end the rest is ignored. */
export interface GenerationHandle {
  /** The id under which the generation is recorded. */
  readonly id: string
  /** A queued generation starts to run. Implied by `stage` and `progress`. */
  begin(): void
  /** A stage starts, the one before it ends: `load`, `encode_prompt`, `denoise`, `decode`, `encode_video`, `upload` or your own. */
  stage(name: string): void
  /** Steps done, of a total when it is known. */
  progress(completedSteps: number, totalSteps?: number): void
  complete(result?: GenerationResult): void
  /** The error's message and code are kept; its class is recognised unless given. */
  fail(error: unknown, options?: { readonly errorClass?: string }): void
  cancel(reason?: string): void
  /** Refused before it ran: a content filter, a full queue. */
  reject(reason?: string): void
  timeOut(reason?: string): void
}

/** Makes handles. One for each process. */
export class GenerationRecorder {
  readonly #sink: EventSink
  readonly #clock: Clock
  readonly #ids: IdMaker

  constructor(options: { sink: EventSink; clock: Clock; random: Random }) {
    this.#sink = options.sink
    this.#clock = options.clock
    this.#ids = new IdMaker('gen', options.random)
  }

  startGeneration(request: GenerationRequest = {}): GenerationHandle {
    const atMs = this.#clock.nowMs()
    const id = this.#ids.next(atMs)
    const event = {
      type: 'start',
      id,
      atMs,
      monotonicMs: monotonicOf(this.#clock),
      request: cutPrompt(request),
    } as const
    if (!this.#sink.write(event)) this.#sink.write({ ...event, request: encodablePart(request) })
    return new RecordedGeneration(id, this.#sink, this.#clock)
  }
}

/** Monotonic milliseconds to the microsecond: what is beyond is noise, and takes long to write in decimal. */
function monotonicOf(clock: Clock): number {
  return Math.round(clock.monotonicMs() * 1000) / 1000
}

class RecordedGeneration implements GenerationHandle {
  readonly id: string
  readonly #sink: EventSink
  readonly #clock: Clock
  #ended = false

  constructor(id: string, sink: EventSink, clock: Clock) {
    this.id = id
    this.#sink = sink
    this.#clock = clock
  }

  begin(): void {
    if (!this.#ended) this.#sink.write({ type: 'begin', ...this.#stamp() })
  }

  stage(name: string): void {
    if (!this.#ended) this.#sink.write({ type: 'stage', ...this.#stamp(), name })
  }

  progress(completedSteps: number, totalSteps?: number): void {
    if (!this.#ended) this.#sink.write({ type: 'progress', ...this.#stamp(), completedSteps, totalSteps })
  }

  complete(result?: GenerationResult): void {
    this.#end('succeeded', result)
  }

  fail(error: unknown, options?: { readonly errorClass?: string }): void {
    if (!this.#ended) this.#end('failed', undefined, describeError(error, options))
  }

  cancel(reason?: string): void {
    this.#end('cancelled', undefined, describeReason(reason))
  }

  reject(reason?: string): void {
    this.#end('rejected', undefined, describeReason(reason))
  }

  timeOut(reason?: string): void {
    this.#end('timed_out', undefined, describeReason(reason))
  }

  #end(outcome: GenerationOutcome, result?: GenerationResult, error?: ReportedError): void {
    if (this.#ended) return
    this.#ended = true
    const event = { type: 'end', ...this.#stamp(), outcome, result, error } as const
    if (!this.#sink.write(event)) this.#sink.write({ ...event, result: encodablePart(result) })
  }

  #stamp(): { id: string; atMs: number; monotonicMs: number } {
    return { id: this.id, atMs: this.#clock.nowMs(), monotonicMs: monotonicOf(this.#clock) }
  }
}

/** Most of a prompt is not worth its way: a hash of its beginning tells prompts apart. */
function cutPrompt(request: GenerationRequest): GenerationRequest {
  const prompt = attempt(() => request.prompt)
  if (typeof prompt !== 'string' || prompt.length <= promptChars) return request
  return attempt(() => ({ ...request, prompt: prompt.slice(0, promptChars) })) ?? request
}

const maxFieldChars = 4096

/** The fields that can be encoded and are not too long: one that is hostile does not take the others with it. */
function encodablePart<T extends object>(value: T | undefined): T {
  const part: Record<string, unknown> = {}
  for (const name of attempt(() => Object.keys(value ?? {})) ?? []) {
    const field: unknown = attempt(() => Reflect.get(value ?? {}, name))
    const text = attempt(() => JSON.stringify(field))
    if (text !== undefined && text.length <= maxFieldChars) part[name] = JSON.parse(text)
  }
  return part as T
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}

function describeReason(reason: string | undefined): ReportedError | undefined {
  return reason === undefined ? undefined : { message: String(attempt(() => reason.slice(0, messageChars))) }
}

const maxCauses = 4

/** The messages of an error and its causes, and the first code among them. Safe for anything thrown. */
function describeError(error: unknown, options: { readonly errorClass?: string } | undefined): ReportedError {
  const messages: string[] = []
  let code: string | undefined
  try {
    let current = error
    for (let depth = 0; depth < maxCauses && current !== undefined && current !== null; depth++) {
      const isObject = typeof current === 'object'
      const message = current instanceof Error ? current.message || current.name : String(current)
      // Many errors already quote their cause.
      if (!messages.some((known) => known.includes(message))) messages.push(message.slice(0, messageChars))
      if (isObject) code = textOf(Reflect.get(current, 'code')) ?? code
      current = isObject ? Reflect.get(current, 'cause') : undefined
    }
  } catch {
    messages.push('an error that cannot be described')
  }
  return { message: messages.join(': '), code, errorClass: textOf(attempt(() => options?.errorClass)) }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value.slice(0, maxFieldChars) : undefined
}
