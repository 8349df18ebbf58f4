/**
 * The life of one generation: a state machine over the time stamps of its events, pure.
 * `queued → running(stage) → succeeded | failed | cancelled | rejected | timed_out | lost`, and from the last two to what
 * turns out to have happened.
 */
import type * as crypto from 'node:crypto'
import {
  type GenerationError,
  type GenerationRecord,
  type GenerationStage,
  isEnded,
} from '../model/generation.ts'
import { lazyModule } from '../system/lazy-module.ts'
import type { GenerationEnd, GenerationEvent, ReportedError } from './generation-event.ts'

const loadCrypto = lazyModule<typeof crypto>('node:crypto')

/** A generation that reports more stages than this keeps the last ones. */
const maxStages = 64

/** A record, with the monotonic times that it does not show. */
export interface GenerationState {
  record: GenerationRecord
  readonly queuedMonotonicMs: number
  startedMonotonicMs: number | undefined
  stageMonotonicMs: number | undefined
  /** When the record was last handed out to be stored. */
  storedMonotonicMs: number
}

/** The class of an error. */
type Classify = (error: ReportedError) => string

type EventOf<Type extends GenerationEvent['type']> = Extract<GenerationEvent, { type: Type }>

/** @param options.storePrompts - keep the prompt as text, not only as a hash. */
export function startState(
  event: EventOf<'start'>,
  options: { readonly node: string; readonly storePrompts: boolean },
): GenerationState {
  const { prompt, queued, attempt, ...request } = event.request
  return {
    record: {
      id: event.id,
      node: options.node,
      status: queued ? 'queued' : 'running',
      request,
      attempt: attempt ?? 1,
      promptHash: prompt === undefined ? undefined : sha256(prompt),
      prompt: options.storePrompts ? prompt : undefined,
      queuedAtMs: event.atMs,
      startedAtMs: queued ? undefined : event.atMs,
      queueMs: queued ? undefined : 0,
      stages: [],
      lastEventAtMs: event.atMs,
      verification: 'unverified',
      defects: [],
    },
    queuedMonotonicMs: event.monotonicMs,
    startedMonotonicMs: queued ? undefined : event.monotonicMs,
    stageMonotonicMs: undefined,
    storedMonotonicMs: Number.NEGATIVE_INFINITY,
  }
}

/** A queued generation runs; false when it ran already. */
export function begin(state: GenerationState, { atMs, monotonicMs }: GenerationEvent): boolean {
  if (state.record.status !== 'queued') return false
  const queueMs = Math.max(0, monotonicMs - state.queuedMonotonicMs)
  state.record = { ...state.record, status: 'running', startedAtMs: atMs, queueMs }
  state.startedMonotonicMs = monotonicMs
  return true
}

export function enterStage(state: GenerationState, { name, atMs, monotonicMs }: EventOf<'stage'>): void {
  const stages = [...closeStage(state, monotonicMs), { name, startedAtMs: atMs }].slice(-maxStages)
  state.stageMonotonicMs = monotonicMs
  state.record = { ...state.record, stages, stage: name, completedSteps: undefined, totalSteps: undefined }
}

export function progress(state: GenerationState, event: EventOf<'progress'>): void {
  const { completedSteps, totalSteps = state.record.totalSteps } = event
  state.record = { ...state.record, completedSteps, totalSteps }
}

/** The record at its end. */
export function endRecord(
  state: GenerationState,
  event: EventOf<'end'>,
  classify: Classify,
): GenerationRecord {
  const startedMs = state.startedMonotonicMs
  return {
    ...state.record,
    ...endFields(event, classify),
    endedAtMs: event.atMs,
    durationMs: startedMs === undefined ? undefined : Math.max(0, event.monotonicMs - startedMs),
    stages: closeStage(state, event.monotonicMs),
    stage: undefined,
    stalledSinceMs: undefined,
    stallReason: undefined,
    remainingMs: undefined,
  }
}

/** Ends as lost, at its last sign of life, a generation whose end will not be seen. */
export function loseRecord(record: GenerationRecord, message: string): GenerationRecord {
  if (isEnded(record.status)) return record
  return {
    ...record,
    status: 'lost',
    endedAtMs: record.lastEventAtMs,
    stage: undefined,
    stalledSinceMs: undefined,
    stallReason: undefined,
    remainingMs: undefined,
    error: { errorClass: 'lost', message },
  }
}

/** Whether it may still turn out how the generation ended. */
export function isOpenEnded(record: GenerationRecord): boolean {
  return record.status === 'lost' || record.status === 'timed_out'
}

/**
 * A lost or timed out generation with its true end. How long it ran is known where both times are.
 *
 * @param endedAtMs - Unix milliseconds; @default as recorded.
 */
export function reconcileRecord(
  record: GenerationRecord,
  end: GenerationEnd,
  classify: Classify,
  endedAtMs = record.endedAtMs,
): GenerationRecord {
  if (record.status !== 'lost' && record.status !== 'timed_out') return record
  const { startedAtMs, durationMs } = record
  const isLonger = startedAtMs !== undefined && endedAtMs !== undefined && endedAtMs !== record.endedAtMs
  return {
    ...record,
    ...endFields(end, classify),
    endedAtMs,
    durationMs: isLonger ? Math.max(0, endedAtMs - startedAtMs) : durationMs,
    reconciledFrom: record.status,
  }
}

function endFields({ outcome, result, error }: GenerationEnd, classify: Classify) {
  const told: GenerationError | undefined = error && {
    errorClass: outcome === 'failed' ? classify(error) : outcome,
    message: error.message,
  }
  return {
    status: outcome,
    output: result?.output,
    quality: result?.quality,
    verification: result?.verification ?? 'unverified',
    defects: result?.defects ?? [],
    error: told,
  } as const
}

function closeStage(state: GenerationState, monotonicMs: number): readonly GenerationStage[] {
  const { stages, completedSteps: steps } = state.record
  const open = stages.at(-1)
  if (!open || open.durationMs !== undefined || state.stageMonotonicMs === undefined) return stages
  const durationMs = Math.max(0, monotonicMs - state.stageMonotonicMs)
  return [...stages.slice(0, -1), { ...open, durationMs, ...(steps !== undefined && { steps }) }]
}

function sha256(text: string): string {
  return loadCrypto().createHash('sha256').update(text).digest('hex')
}
