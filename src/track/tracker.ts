/**
 * The engine's side of tracking: generation events flow in; records to store, notices of changes, performance
 * summaries and samples flow out. It is a state machine over the time stamps of the events: it reads no clock,
 * and never decides whether an output is good.
 */
import { type GenerationOutcome, type GenerationRecord, noOutcomes } from '../model/generation.ts'
import type { Histogram, Sample } from '../model/sample.ts'
import type { ActiveGeneration, GenerationNotice, PerformanceSummary } from '../model/status.ts'
import type { GenerationEnd, GenerationEvent } from './generation-event.ts'
import {
  begin,
  endRecord,
  enterStage,
  type GenerationState,
  isOpenEnded,
  loseRecord,
  progress,
  reconcileRecord,
  startState,
} from './lifecycle.ts'
import { ScaleMetrics } from './scale-metrics.ts'
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

/** Progress alone is stored at most this often for a generation. */
const progressStoreIntervalMs = 1000
const defaultMaxActive = 10_000
/** Timed out or lost ones whose true end may still be reported: the last of them are remembered. */
const maxOpenEnded = 1000

/** Follows every generation from start to end. */
export class PerformanceTracker {
  readonly #node: string
  readonly #storePrompts: boolean
  readonly #maxActive: number
  readonly #windows: PerformanceWindows
  readonly #scale = new ScaleMetrics()
  readonly #active = new Map<string, GenerationState>()
  readonly #openEnded = new Map<string, GenerationState>()
  readonly #changed = new Map<string, GenerationRecord>()
  readonly #progressed = new Set<string>()
  readonly #endedTotal = noOutcomes()
  readonly #reconciledTotal = { lost: 0, timed_out: 0 }
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
    if (!state) return this.#late(event)
    state.record = { ...state.record, lastEventAtMs: event.atMs }
    if (event.type === 'end') return this.#finish(state, endRecord(state, event))
    const began = begin(state, event)
    if (event.type === 'stage') {
      enterStage(state, event)
      return this.#note(state, 'stage')
    }
    if (event.type === 'progress') {
      progress(state, event)
      this.#progressed.add(event.id)
      return { change: 'progress', record: state.record }
    }
    return began ? this.#note(state, 'running') : undefined
  }

  /**
   * The true end of a generation that is recorded as lost or timed out.
   *
   * @param record - as it is stored.
   * @param endedAtMs - Unix milliseconds, where it is known.
   * @returns undefined for a record that is neither.
   */
  reconcile(
    record: GenerationRecord,
    end: GenerationEnd,
    nowMs: number,
    endedAtMs?: number,
  ): GenerationNotice | undefined {
    const known = this.#openEnded.get(record.id)?.record ?? record
    if (!isOpenEnded(known)) return undefined
    return this.#reconciled(known, reconcileRecord(known, end, endedAtMs), nowMs)
  }

  /** Adds an ended generation of the past to the windows. */
  restore(record: GenerationRecord, nowMs: number): void {
    this.#windows.add(record, nowMs)
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
    const totals = {
      ended: this.#endedTotal,
      reconciled: this.#reconciledTotal,
      ignored: this.#ignoredEvents,
    }
    return [...trackingSamples(this.summarize(nowMs), totals), ...this.#scale.samples()]
  }

  /** Distributions of ended generations since the start. */
  histograms(): readonly Histogram[] {
    return this.#scale.histograms()
  }

  #start(event: Extract<GenerationEvent, { type: 'start' }>): GenerationNotice | undefined {
    if (this.#active.has(event.id)) {
      this.#ignoredEvents += 1
      return undefined
    }
    const state = startState(event, { node: this.#node, storePrompts: this.#storePrompts })
    this.#makeRoom()
    this.#active.set(event.id, state)
    return this.#note(state, state.record.status === 'queued' ? 'queued' : 'running')
  }

  /** An event of a generation that is not under way: the true end of one that timed out, or nothing. */
  #late(event: GenerationEvent): GenerationNotice | undefined {
    const state = this.#openEnded.get(event.id)
    if (!state || event.type !== 'end' || isOpenEnded({ ...state.record, status: event.outcome })) {
      this.#ignoredEvents += 1
      return undefined
    }
    const { record } = state
    const truth = { ...endRecord(state, event), reconciledFrom: reconciledFrom(record) }
    return this.#reconciled(record, { ...truth, lastEventAtMs: event.atMs }, event.atMs)
  }

  #reconciled(before: GenerationRecord, record: GenerationRecord, nowMs: number): GenerationNotice {
    this.#openEnded.delete(record.id)
    this.#windows.remove(before, nowMs)
    this.#windows.add(record, nowMs)
    this.#scale.add(record)
    const from = reconciledFrom(before)
    if (from) this.#reconciledTotal[from] += 1
    this.#changed.set(record.id, record)
    return { change: record.status as GenerationOutcome, record }
  }

  #finish(state: GenerationState, record: GenerationRecord): GenerationNotice {
    const outcome = record.status as GenerationOutcome
    state.record = record
    this.#active.delete(record.id)
    this.#progressed.delete(record.id)
    this.#endedTotal[outcome] += 1
    this.#windows.add(record, record.endedAtMs ?? record.lastEventAtMs)
    this.#scale.add(record)
    if (isOpenEnded(record)) this.#remember(state)
    return this.#note(state, outcome)
  }

  #remember(state: GenerationState): void {
    const [oldest] = this.#openEnded.keys()
    if (oldest !== undefined && this.#openEnded.size >= maxOpenEnded) this.#openEnded.delete(oldest)
    this.#openEnded.set(state.record.id, state)
  }

  #lose(state: GenerationState, message: string): GenerationNotice {
    return this.#finish(state, loseRecord(state.record, message))
  }

  #makeRoom(): void {
    if (this.#active.size < this.#maxActive) return
    let silent: GenerationState | undefined
    for (const state of this.#active.values()) {
      if (!silent || state.record.lastEventAtMs < silent.record.lastEventAtMs) silent = state
    }
    if (silent)
      this.#lose(
        silent,
        `More than ${this.#maxActive} generations were under way; this one was silent for longest`,
      )
  }

  #note(state: GenerationState, change: GenerationNotice['change']): GenerationNotice {
    this.#changed.set(state.record.id, state.record)
    return { change, record: state.record }
  }
}

function reconciledFrom({ status }: GenerationRecord): 'lost' | 'timed_out' | undefined {
  return status === 'lost' || status === 'timed_out' ? status : undefined
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
