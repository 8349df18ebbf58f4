import type { GenerationRecord } from '../../model/generation.ts'
import type { ForecastMs } from '../../model/status.ts'
import { remainingOf, waitsOf } from './forecast.ts'
import { type Expected, PaceBook } from './pace-book.ts'
import { RunPace } from './run-pace.ts'
import { type GpuActivity, type StallSettings, stallOf } from './stall.ts'

const maxForecast = 200

/** How generations under way get on, by what was learned from those before: stalls, and what is left. */
export class Pacer {
  readonly #settings: StallSettings
  readonly #book = new PaceBook()
  readonly #paces = new Map<string, RunPace>()

  constructor(settings: StallSettings) {
    this.#settings = settings
  }

  begin(id: string, monotonicMs: number, atMs: number): void {
    this.#paces.set(id, new RunPace(monotonicMs, atMs))
  }

  enterStage(id: string, monotonicMs: number, atMs: number): void {
    this.#paces.get(id)?.enterStage(monotonicMs, atMs)
  }

  progress(id: string, completedSteps: number, monotonicMs: number, atMs: number): void {
    this.#paces.get(id)?.progress(completedSteps, monotonicMs, atMs)
  }

  end(record: GenerationRecord): void {
    this.#paces.delete(record.id)
    this.#book.learn(record)
  }

  /** Takes an ended generation of the past. */
  learn(record: GenerationRecord): void {
    this.#book.learn(record)
  }

  /** Since when (Unix milliseconds) and why a generation counts as stalled; undefined while it gets on. */
  stall(
    record: GenerationRecord,
    monotonicMs: number,
    activity?: GpuActivity,
  ): { readonly sinceMs: number; readonly reason: string } | undefined {
    const pace = this.#paces.get(record.id)
    if (!pace) return undefined
    const waitedMs = monotonicMs - pace.advancedMonotonicMs
    const stall = stallOf(record, pace, this.#book, waitedMs, this.#settings, activity)
    return stall && { sinceMs: pace.advancedAtMs, reason: stall.reason }
  }

  /** What is left of a running generation at a time, Unix milliseconds. */
  remaining(record: GenerationRecord, nowMs: number): ForecastMs | undefined {
    const pace = this.#paces.get(record.id)
    if (!pace || record.status !== 'running') return undefined
    const since = (ms: number | undefined) => Math.max(0, nowMs - (ms ?? nowMs))
    const left = remainingOf(record, pace, this.#book, {
      sinceStartMs: since(record.startedAtMs),
      inStageMs: since(record.stages.at(-1)?.startedAtMs),
      sinceStepMs: since(pace.advancedAtMs),
    })
    return left && Number.isFinite(left.lowMs + left.highMs) ? forecastOf(left) : undefined
  }

  /** How long each queued generation is likely to wait, in the order of the queue; `null` where that cannot be told. */
  waits(
    running: readonly GenerationRecord[],
    queued: readonly GenerationRecord[],
    nowMs: number,
  ): readonly (ForecastMs | null)[] {
    // It is asked at each tick: where there are very many, that would take longer than it is worth.
    if (queued.length === 0 || running.length > maxForecast) return []
    const left = running.map((record) => {
      const forecast = this.remaining(record, nowMs)
      return forecast && { lowMs: forecast.low, midMs: forecast.mid, highMs: forecast.high }
    })
    const needed = queued.slice(0, maxForecast).map((record) => this.#book.run(record))
    return waitsOf(left, needed).map((wait) => (wait ? forecastOf(wait) : null))
  }
}

function forecastOf({ lowMs, midMs, highMs }: Expected): ForecastMs {
  return { low: Math.round(lowMs), mid: Math.round(midMs), high: Math.round(highMs) }
}
