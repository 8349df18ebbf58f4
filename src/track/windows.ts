import type { GenerationRecord } from '../model/generation.ts'
import { type PerformanceSummary, type PerformanceWindow, performanceWindows } from '../model/status.ts'
import { SlidingWindow } from './sliding-window.ts'
import { WindowTally } from './window-tally.ts'

/** Each window is told to a part of this many; a day's to ten minutes. */
const parts = { default: 60, last24h: 144 }

type WindowName = keyof typeof performanceWindows
const windowNames = Object.keys(performanceWindows) as WindowName[]

/** Ended generations of the last minute to the last day. */
export class PerformanceWindows {
  readonly #windows: Readonly<Record<WindowName, SlidingWindow<WindowTally>>>
  #watchedSinceMs: number

  /** @param watchedSinceMs - Unix milliseconds since when ends have been seen; bounds throughput denominators. */
  constructor(watchedSinceMs: number) {
    this.#watchedSinceMs = watchedSinceMs
    this.#windows = recordOf(
      (name) =>
        new SlidingWindow(
          performanceWindows[name] * 1000,
          name === 'last24h' ? parts.last24h : parts.default,
          () => new WindowTally(),
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
    // What ended before this began to watch was watched by one before it.
    this.#watchedSinceMs = Math.min(this.#watchedSinceMs, endedAtMs)
    for (const name of windowNames) this.#windows[name].add(record, endedAtMs, nowMs, sign)
  }

  #summarize(name: WindowName, nowMs: number): PerformanceWindow {
    const window = this.#windows[name]
    const beginMs = window.beginMs(nowMs)
    const coveredMs = nowMs - Math.max(beginMs, this.#watchedSinceMs)
    return window.tally(nowMs).summarize(performanceWindows[name], coveredMs)
  }
}

function recordOf<T>(make: (name: WindowName) => T): Record<WindowName, T> {
  return Object.fromEntries(windowNames.map((name) => [name, make(name)])) as Record<WindowName, T>
}
