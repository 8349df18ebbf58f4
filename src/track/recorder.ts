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
  writeError,
  writeOutcome,
  writeProgress,
  writeRequest,
  writeResult,
  writeStage,
} from './event-writer.ts'
import type { ReportedError } from './generation-event.ts'
import type { RecordWriter } from './record-codec.ts'
import { attempt, describeError, describeReason, readablePart } from './untrusted.ts'

/** Where events go. Must not throw. */
export interface EventSink {
  /** Where the next record is to be written; undefined when nobody will take it, or for progress when there is little room. */
  open(isProgress: boolean): RecordWriter | undefined
  /** The record is written. */
  commit(): void
  /** Progress was given up for newer progress, or an end. */
  countDropped(): void
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
  fail(error: unknown, details?: FailureDetails): void
  /**
   * Fails as `fail` does, and starts the next attempt at the same request: a generation of its own, with the same
   * `requestId` (the id of the first attempt where none was given) and one more as `attempt`.
   */
  retry(error: unknown, details?: FailureDetails): GenerationHandle
  cancel(reason?: string, details?: EndDetails): void
  /** Refused: a content filter, a full queue. A provider may charge for it all the same. */
  reject(reason?: string, details?: EndDetails): void
  /** The caller waits no longer. If it turns out how it ended after all, `complete` or `fail` still says so. */
  timeOut(reason?: string, details?: EndDetails): void
}

/** What a generation used, whatever came of it. */
export type EndDetails = Pick<GenerationResult, 'resources' | 'cost'>

/** What is known of a failure beside the error. */
export interface FailureDetails extends EndDetails {
  readonly errorClass?: string
}

/** How long the wall clock is trusted to go with the monotonic one: reading both takes twice as long. */
const wallTrustMs = 100

/** Of this many generations the newest progress waits for room. */
const maxWaiting = 1000

/** Makes handles. One for each process. */
export class GenerationRecorder {
  readonly #sink: EventSink
  readonly #clock: Clock
  readonly #ids: IdMaker
  /** Wall time less monotonic time. */
  #wallOffsetMs = 0
  #wallReadMs = Number.NEGATIVE_INFINITY
  /** The newest progress of generations for which there was no room. */
  readonly #waiting = new Map<number, { completedSteps: number; totalSteps: number | undefined }>()

  constructor(options: { sink: EventSink; clock: Clock; random: Random }) {
    this.#sink = options.sink
    this.#clock = options.clock
    this.#ids = new IdMaker(idPrefix, options.random)
  }

  startGeneration(request: GenerationRequest = {}): GenerationHandle {
    const out = this.#sink.open(false)
    const serial = this.#writeHead(out, eventTypes.start, 0)
    if (out) {
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
  begin(serial: number, type: number, isProgress = false): RecordWriter | undefined {
    const out = this.#sink.open(isProgress)
    if (out) this.#writeHead(out, type, serial)
    return out
  }

  commit(): void {
    this.#sink.commit()
  }

  progress(serial: number, completedSteps: number, totalSteps: number | undefined): void {
    const out = this.begin(serial, eventTypes.progress, true)
    if (out) {
      writeProgress(out, completedSteps, totalSteps)
      this.#sink.commit()
    }
    if (out && this.#waiting.size === 0) return
    if (this.#waiting.delete(serial)) this.#sink.countDropped()
    if (out) return
    const [oldest] = this.#waiting.keys()
    if (oldest !== undefined && this.#waiting.size >= maxWaiting) this.forgetProgress(oldest)
    this.#waiting.set(serial, { completedSteps, totalSteps })
  }

  /** Writes the progress that found no room, as far as there is some now. */
  flushProgress(): void {
    for (const [serial, { completedSteps, totalSteps }] of this.#waiting) {
      const out = this.begin(serial, eventTypes.progress, true)
      if (!out) return
      writeProgress(out, completedSteps, totalSteps)
      this.#sink.commit()
      this.#waiting.delete(serial)
    }
  }

  /** Progress that still waits is overtaken by what comes now. */
  forgetProgress(serial: number): void {
    if (this.#waiting.size > 0 && this.#waiting.delete(serial)) this.#sink.countDropped()
  }

  /**
   * Numbers stay within this one function: each that is handed on is an object on the heap.
   *
   * @param serial - 0 for a new one.
   * @returns the serial number.
   */
  #writeHead(out: RecordWriter | undefined, type: number, serial: number): number {
    const monotonicMs = this.#clock.monotonicMs()
    if (monotonicMs - this.#wallReadMs > wallTrustMs) {
      this.#wallReadMs = monotonicMs
      this.#wallOffsetMs = this.#clock.nowMs() - monotonicMs
    }
    const atMs = Math.round(monotonicMs + this.#wallOffsetMs)
    const told = serial === 0 ? this.#ids.nextSerial(atMs) : serial
    out?.number(told)
    out?.number(atMs)
    out?.number(monotonicMs)
    out?.nameField(type, this.#ids.name)
    return told
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
    if (this.#recorder.begin(this.#serial, eventTypes.begin)) this.#recorder.commit()
  }

  stage(name: string): void {
    if (this.#state !== state.live) return
    this.#recorder.forgetProgress(this.#serial)
    const out = this.#recorder.begin(this.#serial, eventTypes.stage)
    if (!out) return
    writeStage(out, name)
    this.#recorder.commit()
  }

  progress(completedSteps: number, totalSteps?: number): void {
    if (this.#state === state.live && isAmount(completedSteps))
      this.#recorder.progress(this.#serial, completedSteps, totalSteps)
  }

  complete(result?: GenerationResult): void {
    this.#end('succeeded', result)
  }

  fail(error: unknown, details?: FailureDetails): void {
    if (this.#state !== state.ended) this.#end('failed', details, describeError(error, details))
  }

  retry(error: unknown, details?: FailureDetails): GenerationHandle {
    this.fail(error, details)
    const request = attempt(() => ({ ...this.#request })) ?? readablePart(this.#request)
    const requestId = typeof request.requestId === 'string' ? request.requestId : this.id
    const before = isAmount(request.attempt) ? request.attempt : 1
    return this.#recorder.startGeneration({ ...request, requestId, attempt: before + 1 })
  }

  cancel(reason?: string, details?: EndDetails): void {
    this.#end('cancelled', details, describeReason(reason))
  }

  reject(reason?: string, details?: EndDetails): void {
    this.#end('rejected', details, describeReason(reason))
  }

  timeOut(reason?: string, details?: EndDetails): void {
    this.#end('timed_out', details, describeReason(reason))
  }

  #end(outcome: GenerationOutcome, result?: GenerationResult, error?: ReportedError): void {
    const isTrueEnd = outcome === 'succeeded' || outcome === 'failed'
    if (this.#state === state.ended || (this.#state === state.timedOut && !isTrueEnd)) return
    this.#state = outcome === 'timed_out' ? state.timedOut : state.ended
    this.#recorder.forgetProgress(this.#serial)
    const out = this.#recorder.begin(this.#serial, eventTypes.end)
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
