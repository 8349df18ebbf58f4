/**
 * How the host's own event loop fares, seen from the engine's thread. The host's side is a timer that marks the
 * time in shared memory; the engine's side reads the marks, so that a block is visible while it lasts.
 */
import { monitorEventLoopDelay, performance } from 'node:perf_hooks'
import type { RuntimeReading } from '../collect/sources/runtime.ts'
import type { Clock, Timer } from '../system/clock.ts'

/**
 * Shared words: 0 the worst delay since the last reading, in microseconds; 1 the last beat, in milliseconds; 2 what
 * the host listens to, a bit for each event (a word, not a message: what happens next must not be missed); 3 the
 * utilization of the event loop between the last two beats, in millionths.
 */
export type SharedProbe = SharedArrayBuffer

const delayUs = 0
const beatMs = 1
const listening = 2
const utilizationPpm = 3
const beatIntervalMs = 500
/** How often the host's thread wakes to be measured. A block much shorter than this may go unseen. */
const delayResolutionMs = 100

export function createProbe(): SharedProbe {
  return new SharedArrayBuffer(16)
}

/** The host listens to the event with this number, from now on. */
export function listenTo(probe: SharedProbe, event: number): void {
  Atomics.or(new Int32Array(probe), listening, 1 << event)
}

/** The host no longer listens to it. */
export function ignore(probe: SharedProbe, event: number): void {
  Atomics.and(new Int32Array(probe), listening, ~(1 << event))
}

/** Whether the host listens to the event with this number. */
export function isListenedTo(probe: SharedProbe, event: number): boolean {
  return (Atomics.load(new Int32Array(probe), listening) & (1 << event)) !== 0
}

/** Milliseconds as an Int32 that wraps: only differences are used. */
function wrapMs(monotonicMs: number): number {
  return Math.floor(monotonicMs) | 0
}

/** The host's side: beats until stopped. `onBeat` runs with each beat, for chores of the host's thread. */
export class HostPulse {
  readonly #words: Int32Array
  readonly #clock: Clock
  readonly #onBeat: () => void
  readonly #delay = monitorEventLoopDelay({ resolution: delayResolutionMs })
  #timer: Timer | undefined
  #utilization = performance.eventLoopUtilization()

  constructor(options: { probe: SharedProbe; clock: Clock; onBeat: () => void }) {
    this.#words = new Int32Array(options.probe)
    this.#clock = options.clock
    this.#onBeat = options.onBeat
  }

  start(): void {
    this.#delay.enable()
    this.#beat()
  }

  stop(): void {
    this.#timer?.cancel()
    this.#delay.disable()
  }

  #beat(): void {
    const worstUs = Math.max(0, this.#delay.max / 1000 - delayResolutionMs * 1000)
    this.#delay.reset()
    if (worstUs > Atomics.load(this.#words, delayUs)) Atomics.store(this.#words, delayUs, worstUs)
    const utilization = performance.eventLoopUtilization()
    const { utilization: busy } = performance.eventLoopUtilization(utilization, this.#utilization)
    this.#utilization = utilization
    Atomics.store(this.#words, utilizationPpm, busy * 1e6)
    Atomics.store(this.#words, beatMs, wrapMs(this.#clock.monotonicMs()))
    this.#onBeat()
    this.#timer = this.#clock.setTimer(() => this.#beat(), beatIntervalMs, { keepAlive: false })
  }
}

/** The engine's side: what the host did since the reading before. */
export function probeReader(probe: SharedProbe, clock: Clock): () => RuntimeReading {
  const words = new Int32Array(probe)
  return () => {
    const worstMs = Atomics.exchange(words, delayUs, 0) / 1000
    const overdueMs = ((wrapMs(clock.monotonicMs()) - Atomics.load(words, beatMs)) | 0) - beatIntervalMs
    return {
      eventLoopDelayMaxMs: Math.max(worstMs, overdueMs, 0),
      eventLoopUtilization: Atomics.load(words, utilizationPpm) / 1e6,
      rssBytes: process.memoryUsage.rss(),
    }
  }
}
