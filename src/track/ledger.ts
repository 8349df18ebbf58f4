import type { GenerationRecord } from '../model/generation.ts'
import type { PerformanceGroups } from '../model/performance-group.ts'
import type { Histogram, MetricDescriptor, Sample } from '../model/sample.ts'
import type { PerformanceSummary } from '../model/status.ts'
import { Budgets, budgetMetrics } from './cost/budgets.ts'
import { CostCounters, costMetrics } from './cost/cost-metrics.ts'
import type { CostSettings } from './cost/cost-settings.ts'
import { GroupWindow } from './groups/group-window.ts'
import { QualityWindows, qualityWindowMetrics } from './quality-windows.ts'
import { ScaleMetrics, scaleMetrics } from './scale-metrics.ts'
import { VramTrends, vramTrendMetrics } from './vram-trend.ts'
import { PerformanceWindows } from './windows.ts'

/** Every metric that the ledger emits. @param currency - ISO 4217 code. */
export function ledgerMetrics(currency: string): readonly MetricDescriptor[] {
  return [
    ...scaleMetrics,
    ...costMetrics(currency),
    ...budgetMetrics(currency),
    ...vramTrendMetrics,
    ...qualityWindowMetrics,
  ]
}

/** Of the past, the peaks of this many generations are enough to know every trend again. */
const maxRestoredPeaks = 5000

/** Everything that counts ended generations: each goes into all of it, once. */
export class GenerationLedger {
  readonly #windows: PerformanceWindows
  readonly #scale = new ScaleMetrics()
  readonly #counters: CostCounters
  readonly #budgets: Budgets
  readonly #vram = new VramTrends()
  readonly #groups = new GroupWindow()
  readonly #quality = new QualityWindows()
  #restoredPeaks: GenerationRecord[] = []

  /** @param options.watchedSinceMs - Unix milliseconds since when ends have been seen. */
  constructor(options: { readonly watchedSinceMs: number; readonly costs: CostSettings }) {
    const { currency, budgets } = options.costs
    this.#windows = new PerformanceWindows(options.watchedSinceMs)
    this.#counters = new CostCounters(currency)
    this.#budgets = new Budgets(budgets, currency)
  }

  /** @param before - as it was added before its true end became known. */
  add(record: GenerationRecord, nowMs: number, before?: GenerationRecord): void {
    this.#replace(record, nowMs, before)
    this.#scale.add(record)
    this.#counters.add(record, before)
    this.#budgets.add(record, nowMs, before)
    this.#vram.add(record)
    this.#quality.add(record, nowMs)
  }

  /** Counts again a generation whose check was still to come: it took as long and cost as much, but may be of no use. */
  addCheck(record: GenerationRecord, nowMs: number, before: GenerationRecord): void {
    this.#replace(record, nowMs, before)
    this.#scale.addCheck(record)
    this.#counters.add(record, before)
    this.#quality.add(record, nowMs)
  }

  /** Unix milliseconds from which ended generations are to be restored after a start. */
  restoreFromMs(nowMs: number): number {
    return Math.min(this.#windows.beginMs(nowMs), this.#budgets.restoreFromMs(nowMs) ?? nowMs)
  }

  /** Adds an ended generation of the past: to what is over a span of time, not to what counts since the start. */
  restore(record: GenerationRecord, nowMs: number): void {
    this.#windows.add(record, nowMs)
    this.#groups.add(record, nowMs)
    this.#budgets.add(record, nowMs)
    this.#quality.add(record, nowMs)
    if (record.resources?.peakVramBytes !== undefined && this.#restoredPeaks.length < maxRestoredPeaks)
      this.#restoredPeaks.push(record)
  }

  /** All of the past is there. */
  endRestore(): void {
    const ended = this.#restoredPeaks.toSorted((a, b) => (a.endedAtMs ?? 0) - (b.endedAtMs ?? 0))
    this.#restoredPeaks = []
    for (const record of ended) this.#vram.add(record)
  }

  windows(nowMs: number): PerformanceSummary['windows'] {
    return this.#windows.summarize(nowMs)
  }

  /** Statistics of the last hour, by model, resolution and node. */
  groups(nowMs: number): PerformanceGroups {
    return this.#groups.summarize(nowMs)
  }

  histograms(): readonly Histogram[] {
    return this.#scale.histograms()
  }

  samples(nowMs: number): readonly Sample[] {
    return [
      ...this.#scale.samples(),
      ...this.#counters.samples(),
      ...this.#budgets.samples(nowMs),
      ...this.#vram.samples(nowMs),
      ...this.#quality.samples(nowMs),
    ]
  }

  #replace(record: GenerationRecord, nowMs: number, before: GenerationRecord | undefined): void {
    if (before) {
      // As when it was added: a wall clock that stepped back since must not make it another part of the window.
      const thenMs = Math.max(nowMs, before.endedAtMs ?? nowMs)
      this.#windows.remove(before, thenMs)
      this.#groups.remove(before, thenMs)
    }
    this.#windows.add(record, nowMs)
    this.#groups.add(record, nowMs)
  }
}
