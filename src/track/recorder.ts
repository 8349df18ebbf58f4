/**
 * The caller's side of tracking: it stamps what happened and hands it to a sink. It runs on the thread of the
 * generator, so it never waits, never throws and keeps nothing but the id of a generation and its request.
 */
import type { GenerationOutcome, GenerationRequest, GenerationResult } from '../model/generation.ts'
import type { Clock } from '../system/clock.ts'
import { IdMaker, idText, type Random } from '../system/random.ts'
import { eventTypes, idPrefix } from './event-format.ts'
import {
  isAmount,
  maxMessageChars,
  writeError,
  writeHead,
  writeOutcome,
  writeProgress,
  writeRequest,
  writeResult,
  writeStage,
} from './event-writer.ts'
import type { ReportedError } from './generation-event.ts'
import type { RecordWriter } from './record-codec.ts'

/** Where events go. Must not throw. */
export interface EventSink {
  /** Where the next record is to be written; undefined when nobody will take it. `isDroppable`: it goes first. */
  open(isDroppable: boolean): RecordWriter | undefined
  /** The record is written. */
  commit(): void
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
  /**
   * Fails as `fail` does, and starts the next attempt at the same request: a generation of its own, with the same
   * `requestId` (the id of the first attempt where none was given) and one more as `attempt`.
   */
  retry(error: unknown, options?: { readonly errorClass?: string }): GenerationHandle
  cancel(reason?: string): void
  /** Refused before it ran: a content filter, a full queue. */
  reject(reason?: string): void
  /** The caller waits no longer. If it turns out how it ended after all, `complete` or `fail` still says so. */
  timeOut(reason?: string): void
}

/** How long the wall clock is trusted to go with the monotonic one: reading both takes twice as long. */
const wallTrustMs = 100

/** Makes handles. One for each process. */
export class GenerationRecorder {
  readonly #sink: EventSink
  readonly #clock: Clock
  readonly #ids: IdMaker
  /** Wall time less monotonic time. */
  #wallOffsetMs = 0
  #wallReadMs = Number.NEGATIVE_INFINITY

  constructor(options: { sink: EventSink; clock: Clock; random: Random }) {
    this.#sink = options.sink
    this.#clock = options.clock
    this.#ids = new IdMaker(idPrefix, options.random)
  }

  startGeneration(request: GenerationRequest = {}): GenerationHandle {
    const monotonicMs = this.#clock.monotonicMs()
    const nowMs = this.#wallMs(monotonicMs)
    const serial = this.#ids.nextSerial(nowMs)
    const out = this.#sink.open(false)
    if (out) {
      writeHead(out, eventTypes.start, serial, this.#ids.name, nowMs, monotonicMs)
      try {
        writeRequest(out, request)
      } catch {
        // A getter threw. What was written before stays; of the fields told twice, the last counts.
        writeRequest(out, readablePart(request))
        out.markCut()
      }
      this.#sink.commit()
    }
    return new RecordedGeneration(this, serial, request)
  }

  /** Where the rest of an event is to be written; undefined when nobody will take it. */
  begin(serial: number, type: number, isDroppable: boolean): RecordWriter | undefined {
    const out = this.#sink.open(isDroppable)
    if (!out) return undefined
    const monotonicMs = this.#clock.monotonicMs()
    writeHead(out, type, serial, this.#ids.name, this.#wallMs(monotonicMs), monotonicMs)
    return out
  }

  commit(): void {
    this.#sink.commit()
  }

  #wallMs(monotonicMs: number): number {
    if (monotonicMs - this.#wallReadMs > wallTrustMs) {
      this.#wallReadMs = monotonicMs
      this.#wallOffsetMs = this.#clock.nowMs() - monotonicMs
    }
    return Math.round(monotonicMs + this.#wallOffsetMs)
  }

  idOf(serial: number): string {
    return idText(serial, idPrefix, this.#ids.name)
  }
}

const state = { live: 0, timedOut: 1, ended: 2 } as const

class RecordedGeneration implements GenerationHandle {
  readonly #recorder: GenerationRecorder
  readonly #serial: number
  readonly #request: GenerationRequest
  #state: number = state.live

  constructor(recorder: GenerationRecorder, serial: number, request: GenerationRequest) {
    this.#recorder = recorder
    this.#serial = serial
    this.#request = request
  }

  get id(): string {
    return this.#recorder.idOf(this.#serial)
  }

  begin(): void {
    if (this.#state !== state.live) return
    if (this.#recorder.begin(this.#serial, eventTypes.begin, false)) this.#recorder.commit()
  }

  stage(name: string): void {
    if (this.#state !== state.live) return
    const out = this.#recorder.begin(this.#serial, eventTypes.stage, true)
    if (!out) return
    writeStage(out, name)
    this.#recorder.commit()
  }

  progress(completedSteps: number, totalSteps?: number): void {
    if (this.#state !== state.live || !isAmount(completedSteps)) return
    const out = this.#recorder.begin(this.#serial, eventTypes.progress, true)
    if (!out) return
    writeProgress(out, completedSteps, totalSteps)
    this.#recorder.commit()
  }

  complete(result?: GenerationResult): void {
    this.#end('succeeded', result)
  }

  fail(error: unknown, options?: { readonly errorClass?: string }): void {
    if (this.#state !== state.ended) this.#end('failed', undefined, describeError(error, options))
  }

  retry(error: unknown, options?: { readonly errorClass?: string }): GenerationHandle {
    this.fail(error, options)
    const request = attempt(() => ({ ...this.#request })) ?? readablePart(this.#request)
    const { requestId = this.id, attempt: count = 1 } = request
    return this.#recorder.startGeneration({ ...request, requestId, attempt: Number(count) + 1 })
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
    const isTrueEnd = outcome === 'succeeded' || outcome === 'failed'
    if (this.#state === state.ended || (this.#state === state.timedOut && !isTrueEnd)) return
    this.#state = outcome === 'timed_out' ? state.timedOut : state.ended
    const out = this.#recorder.begin(this.#serial, eventTypes.end, false)
    if (!out) return
    writeOutcome(out, outcome)
    if (error) writeError(out, error)
    if (result !== undefined) writeAnyResult(out, result)
    this.#recorder.commit()
  }
}

function writeAnyResult(out: RecordWriter, result: GenerationResult): void {
  try {
    writeResult(out, result)
  } catch {
    writeResult(out, readablePart(result))
    out.markCut()
  }
}

const maxFieldChars = 4096

/** The fields that can be read: one that is hostile does not take the others with it. */
function readablePart<T extends object>(value: T | undefined): T {
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
  return reason === undefined
    ? undefined
    : { message: String(attempt(() => reason.slice(0, maxMessageChars))) }
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
      if (!messages.some((known) => known.includes(message))) messages.push(message.slice(0, maxMessageChars))
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
