import type { GenerationRecord } from '../model/generation.ts'
import { type PerformanceSummary, type PerformanceWindow, performanceWindows } from '../model/status.ts'
import { WindowTally } from './window-tally.ts'

/** Each window is told to a part of this many; a day's to ten minutes. */
const parts = { default: 60, last24h: 144 }

/**
 * Ended generations of a window that slides with wall time, in parts of equal length that are aligned to multiples of it since
 * the Unix epoch. The window is the current part and as many before it as make up its length, so it begins exactly where
 * a part does. Memory is bounded by the number of parts, not of generations.
 */
class SlidingWindow {
  readonly #partMs: number
  readonly #partCount: number
  readonly #tallies = new Map<number, WindowTally>()

  constructor(windowMs: number, partCount: number) {
    this.#partMs = windowMs / partCount
    this.#partCount = partCount
  }

  /** Adds an ended generation at its end, or takes it back; ignored when that is not in the window at `nowMs`. */
  add(record: GenerationRecord, endedAtMs: number, nowMs: number, sign: 1 | -1): void {
    const current = Math.floor(nowMs / this.#partMs)
    // What the wall clock calls the future is now: it must not lie in wait there.
    const part = Math.min(current, Math.floor(endedAtMs / this.#partMs))
    if (part <= current - this.#partCount) return
    let tally = this.#tallies.get(part)
    if (!tally) {
      this.#forget(current)
      tally = new WindowTally()
      this.#tallies.set(part, tally)
    }
    tally.add(record, sign)
  }

  /** Unix milliseconds of the beginning of the window at `nowMs`. */
  beginMs(nowMs: number): number {
    return (Math.floor(nowMs / this.#partMs) - this.#partCount + 1) * this.#partMs
  }

  tally(nowMs: number): WindowTally {
    const current = Math.floor(nowMs / this.#partMs)
    const total = new WindowTally()
    for (const [part, tally] of this.#tallies)
      if (part > current - this.#partCount && part <= current) total.merge(tally)
    return total
  }

  /** Unix milliseconds of the oldest part that is kept. */
  get oldestMs(): number {
    return Math.min(...this.#tallies.keys()) * this.#partMs
  }

  #forget(current: number): void {
    for (const part of this.#tallies.keys())
      if (part <= current - this.#partCount || part > current) this.#tallies.delete(part)
  }
}

type WindowName = keyof typeof performanceWindows
const windowNames = Object.keys(performanceWindows) as WindowName[]

/** Ended generations of the last minute to the last day. */
export class PerformanceWindows {
  readonly #windows: Readonly<Record<WindowName, SlidingWindow>>
  readonly #watchedSinceMs: number

  /** @param watchedSinceMs - Unix milliseconds since when ends have been seen; bounds throughput denominators. */
  constructor(watchedSinceMs: number) {
    this.#watchedSinceMs = watchedSinceMs
    this.#windows = recordOf(
      (name) =>
        new SlidingWindow(
          performanceWindows[name] * 1000,
          name === 'last24h' ? parts.last24h : parts.default,
        ),
    )
  }

  /** Adds an ended generation at its end; others, and those older than a window at `nowMs`, are not in it. */
  add(record: GenerationRecord, nowMs: number): void {
    this.#addTo(record, nowMs, 1)
  }

  /** Takes back one that was added, as it was. */
  remove(record: GenerationRecord, nowMs: number): void {
    this.#addTo(record, nowMs, -1)
  }

  /** Unix milliseconds of the beginning of the longest window at `nowMs`. */
  beginMs(nowMs: number): number {
    return this.#windows.last24h.beginMs(nowMs)
  }

  /** What ended in each window. */
  summarize(nowMs: number): PerformanceSummary['windows'] {
    return recordOf((name) => this.#summarize(name, nowMs))
  }

  #addTo(record: GenerationRecord, nowMs: number, sign: 1 | -1): void {
    const { endedAtMs } = record
    if (endedAtMs === undefined) return
    for (const name of windowNames) this.#windows[name].add(record, endedAtMs, nowMs, sign)
  }

  #summarize(name: WindowName, nowMs: number): PerformanceWindow {
    const window = this.#windows[name]
    const beginMs = window.beginMs(nowMs)
    const watchedSinceMs = Math.min(this.#watchedSinceMs, window.oldestMs)
    const coveredMs = nowMs - Math.max(beginMs, watchedSinceMs)
    return window.tally(nowMs).summarize(performanceWindows[name], coveredMs)
  }
}

function recordOf<T>(make: (name: WindowName) => T): Record<WindowName, T> {
  return Object.fromEntries(windowNames.map((name) => [name, make(name)])) as Record<WindowName, T>
}
