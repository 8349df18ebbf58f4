/**
 * The engine's side of tracking: generation events flow in; records to store, notices of changes, performance
 * summaries and samples flow out. It is a state machine over the time stamps of the events: it reads no clock,
 * and never decides whether an output is good.
 */
import type * as crypto from 'node:crypto'
import {
  type GenerationError,
  type GenerationOutcome,
  type GenerationRecord,
  type GenerationStage,
  isEnded,
  noOutcomes,
} from '../model/generation.ts'
import type { Sample } from '../model/sample.ts'
import type { ActiveGeneration, GenerationNotice, PerformanceSummary } from '../model/status.ts'
import { lazyModule } from '../system/lazy-module.ts'
import { classifyError } from './error-class.ts'
import type { GenerationEvent } from './generation-event.ts'
import { trackingSamples } from './tracking-metrics.ts'
import { PerformanceWindows } from './windows.ts'

export interface PerformanceTrackerOptions {
  /** Name of this machine, written into each record. */
  readonly node: string
  /** Unix milliseconds since when ends have been seen. */
  readonly watchedSinceMs: number
  /** Keep prompts as text, not only as a hash. @default false */
  readonly storePrompts?: boolean
  /** Above this many generations without an end, the one silent for longest is given up as lost. @default 10000 */
  readonly maxActive?: number
}

const loadCrypto = lazyModule<typeof crypto>('node:crypto')

/** A generation without an end, with the monotonic marks its record does not show. */
interface ActiveState {
  record: GenerationRecord
  queuedMonotonicMs: number
  startedMonotonicMs: number | undefined
  stageMonotonicMs: number | undefined
  /** Monotonic time when the record was last handed out to be stored. */
  storedMonotonicMs: number
}

/** Progress alone is stored at most this often for a generation. */
const progressStoreIntervalMs = 1000
const defaultMaxActive = 10_000

/** Follows every generation from start to end. */
export class PerformanceTracker {
  readonly #node: string
  readonly #storePrompts: boolean
  readonly #maxActive: number
  readonly #windows: PerformanceWindows
  readonly #active = new Map<string, ActiveState>()
  readonly #changed = new Map<string, GenerationRecord>()
  readonly #progressed = new Set<string>()
  readonly #endedTotal = noOutcomes()
  /** Events that named no generation under way: late, doubled, or of a start that was lost. */
  #ignoredEvents = 0

  constructor(options: PerformanceTrackerOptions) {
    this.#node = options.node
    this.#storePrompts = options.storePrompts ?? false
    this.#maxActive = options.maxActive ?? defaultMaxActive
    this.#windows = new PerformanceWindows(options.watchedSinceMs)
  }

  /** Takes one event; returns what it changed, if anything. */
  apply(event: GenerationEvent): GenerationNotice | undefined {
    if (event.type === 'start') return this.#start(event)
    const state = this.#active.get(event.id)
    if (!state) {
      this.#ignoredEvents += 1
      return undefined
    }
    state.record = { ...state.record, lastEventAtMs: event.atMs }
    if (event.type === 'end') return this.#end(state, event)
    const began = this.#begin(state, event)
    if (event.type === 'stage') return this.#stage(state, event)
    if (event.type === 'progress') return this.#progress(state, event)
    return began ? this.#note(state, 'running') : undefined
  }

  /** Adds an ended generation of the past to the windows. */
  restore(record: GenerationRecord, nowMs: number): void {
    this.#windows.add(record, nowMs)
  }

  /** Ends as lost, at its last sign of life, a generation whose end will not be seen. */
  static lose(record: GenerationRecord, message: string): GenerationRecord {
    if (isEnded(record.status)) return record
    return {
      ...record,
      status: 'lost',
      endedAtMs: record.lastEventAtMs,
      stage: undefined,
      error: { errorClass: 'lost', message },
    }
  }

  /** Ends every active generation as lost. */
  loseAll(message: string): readonly GenerationNotice[] {
    return [...this.#active.values()].map((state) => this.#lose(state, message))
  }

  /** The records that changed since the call before and are due to be stored. */
  takeChanges(monotonicMs: number): readonly GenerationRecord[] {
    for (const id of this.#progressed) {
      const state = this.#active.get(id)
      if (state && monotonicMs - state.storedMonotonicMs < progressStoreIntervalMs) continue
      if (state) this.#changed.set(id, state.record)
      this.#progressed.delete(id)
    }
    const records = [...this.#changed.values()]
    this.#changed.clear()
    for (const { id } of records) {
      const state = this.#active.get(id)
      if (state) state.storedMonotonicMs = monotonicMs
    }
    return records
  }

  /** Performance at `nowMs`. */
  summarize(nowMs: number): PerformanceSummary {
    const active = [...this.#active.values()].map(({ record }) => describeActive(record, nowMs))
    const queuedCount = active.filter((entry) => entry.status === 'queued').length
    return {
      active,
      queuedCount,
      runningCount: active.length - queuedCount,
      windows: this.#windows.summarize(nowMs),
    }
  }

  /** Performance as samples, for one tick. */
  samples(nowMs: number): readonly Sample[] {
    return trackingSamples(this.summarize(nowMs), this.#endedTotal, this.#ignoredEvents)
  }

  #start(event: Extract<GenerationEvent, { type: 'start' }>): GenerationNotice | undefined {
    if (this.#active.has(event.id)) {
      this.#ignoredEvents += 1
      return undefined
    }
    const { prompt, queued, attempt, ...request } = event.request
    const state: ActiveState = {
      record: {
        id: event.id,
        node: this.#node,
        status: queued ? 'queued' : 'running',
        request,
        attempt: attempt ?? 1,
        promptHash: prompt === undefined ? undefined : sha256(prompt),
        prompt: this.#storePrompts ? prompt : undefined,
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
    this.#makeRoom()
    this.#active.set(event.id, state)
    return this.#note(state, queued ? 'queued' : 'running')
  }

  /** True when the event made a queued generation run. */
  #begin(state: ActiveState, { atMs, monotonicMs }: GenerationEvent): boolean {
    if (state.record.status !== 'queued') return false
    const queueMs = Math.max(0, monotonicMs - state.queuedMonotonicMs)
    state.record = { ...state.record, status: 'running', startedAtMs: atMs, queueMs }
    state.startedMonotonicMs = monotonicMs
    return true
  }

  #stage(state: ActiveState, event: Extract<GenerationEvent, { type: 'stage' }>): GenerationNotice {
    const stages = [
      ...closeStage(state, event.monotonicMs),
      { name: event.name, startedAtMs: event.atMs },
    ].slice(-maxStages)
    state.stageMonotonicMs = event.monotonicMs
    state.record = {
      ...state.record,
      stages,
      stage: event.name,
      completedSteps: undefined,
      totalSteps: undefined,
    }
    return this.#note(state, 'stage')
  }

  #progress(state: ActiveState, event: Extract<GenerationEvent, { type: 'progress' }>): GenerationNotice {
    const { completedSteps, totalSteps = state.record.totalSteps } = event
    state.record = { ...state.record, completedSteps, totalSteps }
    this.#progressed.add(event.id)
    return { change: 'progress', record: state.record }
  }

  #end(state: ActiveState, event: Extract<GenerationEvent, { type: 'end' }>): GenerationNotice {
    const { outcome, result } = event
    const error: GenerationError | undefined = event.error && {
      errorClass: outcome === 'failed' ? classifyError(event.error) : outcome,
      message: event.error.message,
    }
    const startedMs = state.startedMonotonicMs
    return this.#finish(state, {
      ...state.record,
      status: outcome,
      endedAtMs: event.atMs,
      durationMs: startedMs === undefined ? undefined : Math.max(0, event.monotonicMs - startedMs),
      stages: closeStage(state, event.monotonicMs),
      stage: undefined,
      output: result?.output,
      quality: result?.quality,
      verification: result?.verification ?? 'unverified',
      defects: result?.defects ?? [],
      error,
    })
  }

  #lose(state: ActiveState, message: string): GenerationNotice {
    return this.#finish(state, PerformanceTracker.lose(state.record, message))
  }

  #finish(state: ActiveState, record: GenerationRecord): GenerationNotice {
    const outcome = record.status as GenerationOutcome
    state.record = record
    this.#active.delete(record.id)
    this.#progressed.delete(record.id)
    this.#endedTotal[outcome] += 1
    this.#windows.add(record, record.endedAtMs ?? record.lastEventAtMs)
    return this.#note(state, outcome)
  }

  #makeRoom(): void {
    if (this.#active.size < this.#maxActive) return
    let silent: ActiveState | undefined
    for (const state of this.#active.values()) {
      if (!silent || state.record.lastEventAtMs < silent.record.lastEventAtMs) silent = state
    }
    if (silent)
      this.#lose(
        silent,
        `More than ${this.#maxActive} generations were under way; this one was silent for longest`,
      )
  }

  #note(state: ActiveState, change: GenerationNotice['change']): GenerationNotice {
    this.#changed.set(state.record.id, state.record)
    return { change, record: state.record }
  }
}

function sha256(text: string): string {
  return loadCrypto().createHash('sha256').update(text).digest('hex')
}

/** A generation that reports more stages than this keeps the last ones. */
const maxStages = 64

function closeStage(state: ActiveState, monotonicMs: number): readonly GenerationStage[] {
  const { stages } = state.record
  const open = stages.at(-1)
  if (!open || open.durationMs !== undefined || state.stageMonotonicMs === undefined) return stages
  const durationMs = Math.max(0, monotonicMs - state.stageMonotonicMs)
  const steps = state.record.completedSteps
  return [...stages.slice(0, -1), { ...open, durationMs, ...(steps !== undefined && { steps }) }]
}

/** A record that has not ended, as status shows it. */
export function describeActive(record: GenerationRecord, nowMs: number): ActiveGeneration {
  const { completedSteps, totalSteps } = record
  return {
    id: record.id,
    status: record.status === 'queued' ? 'queued' : 'running',
    model: record.request.model,
    stage: record.stage,
    progress: completedSteps === undefined || !totalSteps ? null : Math.min(1, completedSteps / totalSteps),
    completedSteps,
    totalSteps,
    queuedAtMs: record.queuedAtMs,
    elapsedMs: Math.max(0, nowMs - (record.startedAtMs ?? record.queuedAtMs)),
  }
}
