/**
 * How the host's own runtime fares, seen from the engine's thread. The host's side is a timer that marks the time in
 * shared memory and puts figures beside it; the engine's side reads the marks, so that a block is visible while it
 * lasts. The host's side runs in a process that has other things to do: a beat, twice a second, asks only for what
 * costs microseconds (not `process.memoryUsage()`, which reads a file), and a garbage collection costs about 6 µs.
 */
import { constants, monitorEventLoopDelay, PerformanceObserver, performance } from 'node:perf_hooks'
import { getHeapStatistics } from 'node:v8'
import { garbageCollectionTypes, type RuntimeReading } from '../collect/sources/runtime.ts'
import type { Clock, Timer } from '../system/clock.ts'
import { delayBucketCount, delayBucketOf, delayQuantiles } from './delay-buckets.ts'
import { number, numbersOf, type SharedProbe, word, wordsOf } from './shared-probe.ts'

const beatIntervalMs = 500
/** How often the host's thread wakes to be measured. A block much shorter than this may go unseen. */
const delayResolutionMs = 100
/** More measurements than there are between two beats. */
const maxDelaysPerBeat = 16

/** Milliseconds as an Int32 that wraps: only differences are used. */
function wrapMs(monotonicMs: number): number {
  return Math.floor(monotonicMs) | 0
}

/** The host's side: beats until stopped. `onBeat` runs with each beat, for chores of the host's thread. */
export class HostPulse {
  readonly #words: Int32Array
  readonly #numbers: Float64Array
  readonly #clock: Clock
  readonly #onBeat: () => void
  readonly #delay = monitorEventLoopDelay({ resolution: delayResolutionMs })
  readonly #collections = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) this.#countCollection(entry)
  })
  #timer: Timer | undefined

  constructor(options: { probe: SharedProbe; clock: Clock; onBeat: () => void }) {
    this.#words = wordsOf(options.probe)
    this.#numbers = numbersOf(options.probe)
    this.#clock = options.clock
    this.#onBeat = options.onBeat
  }

  start(): void {
    this.#delay.enable()
    this.#collections.observe({ entryTypes: ['gc'] })
    this.#beat()
  }

  stop(): void {
    this.#timer?.cancel()
    this.#delay.disable()
    this.#collections.disconnect()
  }

  #beat(): void {
    this.#addDelays()
    this.#noteRuntime()
    Atomics.store(this.#words, word.beatMs, wrapMs(this.#clock.monotonicMs()))
    this.#onBeat()
    this.#timer = this.#clock.setTimer(() => this.#beat(), beatIntervalMs, { keepAlive: false })
  }

  /** What was measured since the beat before. The histogram tells no counts, but the few values in their order. */
  #addDelays(): void {
    const count = Math.min(this.#delay.count, maxDelaysPerBeat)
    if (count === 0) return
    const worstUs = delayUs(this.#delay.max)
    this.#addDelay(worstUs)
    if (count > 1) this.#addDelay(delayUs(this.#delay.min))
    // A quarter below the rank, for what is rounded on the way must not reach the next one.
    for (let rank = 2; rank < count; rank++)
      this.#addDelay(delayUs(this.#delay.percentile(((rank - 0.25) / count) * 100)))
    this.#delay.reset()
    if (worstUs > Atomics.load(this.#words, word.delayMaxUs))
      Atomics.store(this.#words, word.delayMaxUs, worstUs)
  }

  #addDelay(us: number): void {
    Atomics.add(this.#words, word.delays + delayBucketOf(us), 1)
    this.#addNumber(number.delaySumMs, us / 1000)
  }

  #noteRuntime(): void {
    const { active, idle } = performance.eventLoopUtilization()
    const heap = getHeapStatistics()
    this.#numbers[number.activeMs] = active
    this.#numbers[number.idleMs] = idle
    this.#numbers[number.heapUsedBytes] = heap.used_heap_size
    this.#numbers[number.heapLimitBytes] = heap.heap_size_limit
    this.#numbers[number.externalBytes] = heap.external_memory
  }

  #countCollection(entry: PerformanceEntry): void {
    const { detail } = entry as { detail?: { kind?: number } }
    const type = collectionTypeOf(detail?.kind)
    if (type < 0) return
    Atomics.add(this.#words, word.collections + type, 1)
    this.#addNumber(number.collectionMs + type, entry.duration)
  }

  /** Only this thread writes it. */
  #addNumber(at: number, growth: number): void {
    this.#numbers[at] = (this.#numbers[at] ?? 0) + growth
  }
}

/** What the histogram holds is the time between two measurements, in nanoseconds. */
function delayUs(betweenNs: number): number {
  return Math.max(0, betweenNs / 1000 - delayResolutionMs * 1000)
}

const collectionTypes: Readonly<Record<number, (typeof garbageCollectionTypes)[number]>> = {
  [constants.NODE_PERFORMANCE_GC_MINOR]: 'minor',
  // The other collector of young objects; not every Node knows its name.
  2: 'minor',
  [constants.NODE_PERFORMANCE_GC_MAJOR]: 'major',
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL]: 'incremental',
  [constants.NODE_PERFORMANCE_GC_WEAKCB]: 'weakcb',
}

/** @returns the place of its type; -1 for a kind that no Node has yet. */
function collectionTypeOf(kind = -1): number {
  const type = collectionTypes[kind]
  return type === undefined ? -1 : garbageCollectionTypes.indexOf(type)
}

/** The engine's side: what the host did since the reading before. */
export function probeReader(probe: SharedProbe, clock: Clock): () => RuntimeReading {
  const words = wordsOf(probe)
  const numbers = numbersOf(probe)
  const readNumber = (at: number) => numbers[at] ?? 0
  const readDelays = delayReader(words, readNumber)
  const readUtilization = utilizationReader(readNumber)
  return () => {
    const worstMs = Atomics.exchange(words, word.delayMaxUs, 0) / 1000
    const sinceBeatMs = (wrapMs(clock.monotonicMs()) - Atomics.load(words, word.beatMs)) | 0
    const overdueMs = Math.max(0, sinceBeatMs - beatIntervalMs)
    const eventLoopDelayMaxMs = Math.max(worstMs, overdueMs)
    const eventLoopDelay = readDelays(eventLoopDelayMaxMs)
    const eventLoopUtilization = readUtilization(overdueMs)
    const heap = readHeap(readNumber)
    return {
      eventLoopDelayMaxMs,
      ...(eventLoopDelay && { eventLoopDelay }),
      ...(eventLoopUtilization !== undefined && { eventLoopUtilization }),
      rssBytes: process.memoryUsage.rss(),
      ...(heap && { heap }),
      garbageCollections: garbageCollectionTypes.map((type, index) => ({
        type,
        count: Atomics.load(words, word.collections + index) >>> 0,
        totalMs: readNumber(number.collectionMs + index),
      })),
    }
  }
}

/** Undefined before the first beat. */
function readHeap(readNumber: (at: number) => number): RuntimeReading['heap'] {
  const limitBytes = readNumber(number.heapLimitBytes)
  if (limitBytes === 0) return undefined
  return {
    usedBytes: readNumber(number.heapUsedBytes),
    limitBytes,
    externalBytes: readNumber(number.externalBytes),
  }
}

function delayReader(words: Int32Array, readNumber: (at: number) => number) {
  const counted = new Int32Array(delayBucketCount)
  let sumBeforeMs = 0
  return (maxMs: number): RuntimeReading['eventLoopDelay'] => {
    let total = 0
    const counts = counted.map((before, bucket) => {
      const now = Atomics.load(words, word.delays + bucket)
      counted[bucket] = now
      const growth = (now - before) | 0
      total += growth
      return growth
    })
    const sumMs = readNumber(number.delaySumMs)
    const meanMs = (sumMs - sumBeforeMs) / total
    sumBeforeMs = sumMs
    const [p50Us, p90Us, p99Us] = delayQuantiles(counts, [0.5, 0.9, 0.99]) ?? []
    if (p50Us === undefined || p90Us === undefined || p99Us === undefined) return undefined
    // The middle of the bucket of the worst one may be past it.
    const ms = (us: number) => Math.min(us / 1000, maxMs)
    return { meanMs, p50Ms: ms(p50Us), p90Ms: ms(p90Us), p99Ms: ms(p99Us) }
  }
}

function utilizationReader(readNumber: (at: number) => number) {
  let before = { activeMs: 0, idleMs: 0 }
  /** A loop whose beat is overdue has been busy since, though it could not say so yet. */
  return (overdueMs: number): number | undefined => {
    const now = { activeMs: readNumber(number.activeMs) + overdueMs, idleMs: readNumber(number.idleMs) }
    const activeMs = Math.max(0, now.activeMs - before.activeMs)
    const idleMs = Math.max(0, now.idleMs - before.idleMs)
    before = now
    return activeMs + idleMs > 0 ? activeMs / (activeMs + idleMs) : undefined
  }
}
