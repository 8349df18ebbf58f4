/**
 * The engine's side of tracking: generation events flow in; records to store, notices of changes, performance
 * summaries and samples flow out. It is a state machine over the time stamps of the events: it reads no clock,
 * and never decides whether an output is good.
 */
import {
  type GenerationOutcome,
  type GenerationRecord,
  type GenerationResult,
  isPendingCheck,
  noOutcomes,
  type OutputCheck,
  type OutputCheckResult,
} from '../model/generation.ts'
import type { PerformanceGroups } from '../model/performance-group.ts'
import type { Histogram, Sample } from '../model/sample.ts'
import type { GenerationNotice, PerformanceSummary } from '../model/status.ts'
import { describeActive } from './active-generation.ts'
import type { CostSettings } from './cost/cost-settings.ts'
import { gpuReadings } from './cost/gpu-readings.ts'
import { costOf } from './cost/price-book.ts'
import { ResourceMeter } from './cost/resource-meter.ts'
import { type ErrorClassRule, errorClassifier } from './error-class.ts'
import type { GenerationEnd, GenerationEvent } from './generation-event.ts'
import { GenerationLedger } from './ledger.ts'
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
import { withCheck } from './output-check.ts'
import { Pacer } from './pace/pacer.ts'
import { defaultStallSettings, type StallSettings } from './pace/stall.ts'
import { silenceOf, trackingSamples } from './tracking-metrics.ts'

export interface PerformanceTrackerOptions {
  /** Name of this machine, written into each record. */
  readonly node: string
  /** Unix milliseconds since when ends have been seen. */
  readonly watchedSinceMs: number
  /** Keep prompts as text, not only as a hash. @default false */
  readonly storePrompts?: boolean
  /** Prices and budgets. @default none */
  readonly costs?: CostSettings
  /** Rules for classes of errors that come before what is built in. @default none */
  readonly errorClasses?: readonly ErrorClassRule[]
  /** When a generation without progress counts as stalled. @default 4 times what is expected, at least 30 s */
  readonly stalls?: StallSettings
  /** Between two ticks, milliseconds. @default 30000 */
  readonly intervalMs?: number
  /**
   * Asked for each success that names a file and was not verified by the caller: what its record says of a check at first.
   * @default none is made
   */
  readonly admitCheck?: (record: GenerationRecord) => OutputCheck | undefined
  /** Above this many generations without an end, the one silent for longest is given up as lost. @default 10000 */
  readonly maxActive?: number
}

/** Progress alone is stored at most this often for a generation. */
const progressStoreIntervalMs = 1000
const defaultMaxActive = 10_000
const defaultIntervalMs = 30_000
/** Timed out or lost ones whose true end may still be reported: the last of them are remembered. */
const maxOpenEnded = 10_000

/** Follows every generation from start to end. */
export class PerformanceTracker {
  readonly #node: string
  readonly #storePrompts: boolean
  readonly #maxActive: number
  readonly #costs: CostSettings
  readonly #admitCheck: PerformanceTrackerOptions['admitCheck']
  readonly #classify: ReturnType<typeof errorClassifier>
  readonly #ledger: GenerationLedger
  readonly #meter: ResourceMeter
  readonly #pacer: Pacer
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
    this.#costs = options.costs ?? { currency: 'USD', prices: [], budgets: [] }
    this.#admitCheck = options.admitCheck
    this.#classify = errorClassifier(options.errorClasses)
    this.#ledger = new GenerationLedger({ watchedSinceMs: options.watchedSinceMs, costs: this.#costs })
    this.#pacer = new Pacer(options.stalls ?? defaultStallSettings)
    this.#meter = new ResourceMeter({ intervalMs: options.intervalMs ?? defaultIntervalMs })
  }

  /** Takes one event; returns what it changed, if anything. */
  apply(event: GenerationEvent): GenerationNotice | undefined {
    if (event.type === 'start') return this.#start(event)
    const state = this.#active.get(event.id)
    if (!state) return this.#late(event)
    state.record = { ...state.record, lastEventAtMs: event.atMs }
    if (event.type === 'end') {
      const record = endRecord(state, event, this.#classify)
      return this.#finish(state, this.#settle(record, event.monotonicMs, event.result))
    }
    const began = begin(state, event)
    if (began) this.#run(state, event)
    if (event.type === 'stage') {
      enterStage(state, event)
      this.#pacer.enterStage(event.id, event.monotonicMs, event.atMs)
      this.#clearStall(state)
      return this.#note(state, 'stage')
    }
    if (event.type === 'progress') {
      const before = state.record.completedSteps ?? 0
      progress(state, event)
      this.#pacer.progress(event.id, event.completedSteps, event.monotonicMs, event.atMs)
      if (event.completedSteps > before) this.#clearStall(state)
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
    const truth = reconcileRecord(known, end, this.#classify, endedAtMs)
    return this.#reconciled(known, this.#settle(truth, Number.NaN, end.result), nowMs)
  }

  /**
   * The result of a check that was still to come.
   *
   * @param record - as it is stored.
   * @returns undefined for a record that waits for none.
   */
  check(record: GenerationRecord, result: OutputCheckResult, nowMs: number): GenerationNotice | undefined {
    if (!isPendingCheck(record)) return undefined
    const checked = withCheck(record, result)
    this.#ledger.addCheck(checked, nowMs, record)
    this.#changed.set(record.id, checked)
    return { change: 'checked', record: checked }
  }

  /** What a tick says of the GPUs: who runs on them used it, and who makes no progress may be stalled. Returns who is from now on. */
  observe(samples: readonly Sample[], monotonicMs: number): readonly GenerationNotice[] {
    this.#meter.observe(monotonicMs, gpuReadings(samples))
    return [...this.#active.values()].flatMap((state) => this.#checkStall(state, monotonicMs) ?? [])
  }

  /** Where ended generations of the past are added again after a start. */
  get ledger(): Pick<GenerationLedger, 'restoreFromMs' | 'endRestore'> {
    return this.#ledger
  }

  /** Adds an ended generation of the past. */
  restore(record: GenerationRecord, nowMs: number): void {
    this.#ledger.restore(record, nowMs)
    this.#pacer.learn(record)
  }

  /** A generation that the last run left open: there is no one to report its end. */
  loseInterrupted(record: GenerationRecord, message: string): GenerationRecord {
    return this.#settle(loseRecord(record, message), Number.NaN)
  }

  /** Ends every active generation as lost. */
  loseAll(message: string, monotonicMs: number): readonly GenerationNotice[] {
    return [...this.#active.values()].map((state) => this.#lose(state, message, monotonicMs))
  }

  /** The records that changed since the call before and are due to be stored. */
  takeChanges(monotonicMs: number): readonly GenerationRecord[] {
    for (const id of this.#progressed) {
      const state = this.#active.get(id)
      if (state && monotonicMs - state.storedMonotonicMs < progressStoreIntervalMs) continue
      if (state) this.#changed.set(id, state.record)
      this.#progressed.delete(id)
    }
    const records = [...this.#changed.values()].map((record) => {
      const state = this.#active.get(record.id)
      if (!state) return record
      state.storedMonotonicMs = monotonicMs
      // What was noted may be older than the progress since.
      return { ...state.record, remainingMs: this.#pacer.remaining(state.record, state.record.lastEventAtMs) }
    })
    this.#changed.clear()
    return records
  }

  /** Performance at `nowMs`. */
  summarize(nowMs: number): PerformanceSummary {
    const records = [...this.#active.values()].map(({ record }) => record)
    const queued = records
      .filter(({ status }) => status === 'queued')
      .sort((a, b) => a.queuedAtMs - b.queuedAtMs)
    const running = records.filter(({ status }) => status === 'running')
    const waits = this.#pacer.waits(running, queued, nowMs)
    const waitOf = new Map(queued.map(({ id }, place) => [id, waits[place] ?? null]))
    return {
      active: records.map((record) =>
        describeActive(record, nowMs, {
          remainingMs: this.#pacer.remaining(record, nowMs) ?? null,
          waitMs: waitOf.get(record.id) ?? null,
        }),
      ),
      queuedCount: queued.length,
      runningCount: running.length,
      windows: this.#ledger.windows(nowMs),
    }
  }

  /** Performance as samples, for one tick. */
  samples(nowMs: number): readonly Sample[] {
    // Counted here: what is left of each generation is forecast only for who asks.
    const records = [...this.#active.values()].map(({ record }) => record)
    const totals = {
      ended: this.#endedTotal,
      reconciled: this.#reconciledTotal,
      ignored: this.#ignoredEvents,
      silence: silenceOf(records, nowMs),
    }
    const summary = {
      runningCount: records.filter(({ status }) => status === 'running').length,
      queuedCount: records.filter(({ status }) => status === 'queued').length,
      stalledCount: records.filter(({ stalledSinceMs }) => stalledSinceMs !== undefined).length,
      windows: this.#ledger.windows(nowMs),
    }
    return [...trackingSamples(summary, totals), ...this.#ledger.samples(nowMs)]
  }

  /** Statistics of the last hour, by model, resolution and node. */
  groups(nowMs: number): PerformanceGroups {
    return this.#ledger.groups(nowMs)
  }

  /** Distributions of ended generations since the start. */
  histograms(): readonly Histogram[] {
    return this.#ledger.histograms()
  }

  #start(event: Extract<GenerationEvent, { type: 'start' }>): GenerationNotice | undefined {
    if (this.#active.has(event.id)) {
      this.#ignoredEvents += 1
      return undefined
    }
    const state = startState(event, { node: this.#node, storePrompts: this.#storePrompts })
    this.#makeRoom(event.monotonicMs)
    this.#active.set(event.id, state)
    if (state.record.status === 'running') this.#run(state, event)
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
    const truth = {
      ...endRecord(state, event, this.#classify),
      lastEventAtMs: event.atMs,
      reconciledFrom: reconciledFrom(record),
    }
    return this.#reconciled(record, this.#settle(truth, event.monotonicMs, event.result), event.atMs)
  }

  #reconciled(before: GenerationRecord, record: GenerationRecord, nowMs: number): GenerationNotice {
    this.#openEnded.delete(record.id)
    this.#ledger.add(record, nowMs, before)
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
    this.#ledger.add(record, record.endedAtMs ?? record.lastEventAtMs)
    this.#pacer.end(record)
    if (isOpenEnded(record)) this.#remember(state)
    return this.#note(state, outcome)
  }

  #remember(state: GenerationState): void {
    const [oldest] = this.#openEnded.keys()
    if (oldest !== undefined && this.#openEnded.size >= maxOpenEnded) this.#openEnded.delete(oldest)
    this.#openEnded.set(state.record.id, state)
  }

  #lose(state: GenerationState, message: string, monotonicMs: number): GenerationNotice {
    return this.#finish(state, this.#settle(loseRecord(state.record, message), monotonicMs))
  }

  /** A generation begins to run. What kind of GPU it is on is kept at once: a crash must not make its cost unknown. */
  #run(state: GenerationState, { monotonicMs, atMs }: GenerationEvent): void {
    this.#pacer.begin(state.record.id, monotonicMs, atMs)
    this.#meter.begin(state.record.id, state.record.request, monotonicMs)
    const gpuType = this.#meter.gpuTypeOf(state.record.id)
    if (gpuType !== undefined) state.record = { ...state.record, resources: { gpuType } }
  }

  #checkStall(state: GenerationState, monotonicMs: number): GenerationNotice | undefined {
    const { record } = state
    if (record.status !== 'running' || record.stalledSinceMs !== undefined) return undefined
    const stall = this.#pacer.stall(record, monotonicMs, this.#meter.activityOf(record.id))
    if (!stall) return undefined
    state.record = { ...record, stalledSinceMs: stall.sinceMs, stallReason: stall.reason }
    return this.#note(state, 'stalled')
  }

  #clearStall(state: GenerationState): void {
    if (state.record.stalledSinceMs === undefined) return
    state.record = { ...state.record, stalledSinceMs: undefined, stallReason: undefined }
    this.#changed.set(state.record.id, state.record)
  }

  /** An ended record with what it used and cost. */
  #settle(record: GenerationRecord, monotonicMs: number, result?: GenerationResult): GenerationRecord {
    const resources = this.#meter.end(record, monotonicMs, result?.resources)
    const used = { ...record, resources }
    const settled = { ...used, cost: costOf(used, this.#costs, result?.cost) }
    const isToBeChecked =
      record.status === 'succeeded' && result?.output?.path !== undefined && result.verification === undefined
    const check = isToBeChecked ? this.#admitCheck?.(settled) : undefined
    return check ? { ...settled, check } : settled
  }

  #makeRoom(monotonicMs: number): void {
    if (this.#active.size < this.#maxActive) return
    let silent: GenerationState | undefined
    for (const state of this.#active.values()) {
      if (!silent || state.record.lastEventAtMs < silent.record.lastEventAtMs) silent = state
    }
    if (silent)
      this.#lose(
        silent,
        `More than ${this.#maxActive} generations were under way; this one was silent for longest`,
        monotonicMs,
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
