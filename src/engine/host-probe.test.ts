import { once } from 'node:events'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { Worker } from 'node:worker_threads'
import { afterEach, describe, expect, test } from 'vitest'
import { manualClock } from '../../test/support/manual-clock.ts'
import { systemClock } from '../system/clock.ts'
import { delayBucketOf } from './delay-buckets.ts'
import { HostPulse, probeReader } from './host-probe.ts'
import { createProbe, number, numbersOf, type SharedProbe, word, wordsOf } from './shared-probe.ts'

describe('the reader', () => {
  const clock = manualClock()

  function beat(probe: SharedProbe, figures: { active: number; idle: number; delaysMs?: number[] }): void {
    const words = wordsOf(probe)
    const numbers = numbersOf(probe)
    words[word.beatMs] = clock.monotonicMs()
    numbers[number.activeMs] = figures.active
    numbers[number.idleMs] = figures.idle
    numbers[number.heapLimitBytes] = 2 ** 32
    numbers[number.heapUsedBytes] = 2 ** 31 + 1
    for (const ms of figures.delaysMs ?? []) {
      const bucket = word.delays + delayBucketOf(ms * 1000)
      words[bucket] = (words[bucket] ?? 0) + 1
      numbers[number.delaySumMs] = (numbers[number.delaySumMs] ?? 0) + ms
      words[word.delayMaxUs] = Math.max(words[word.delayMaxUs] ?? 0, ms * 1000)
    }
  }

  test('gives the delays and the utilization since the reading before, each once', () => {
    const probe = createProbe()
    const read = probeReader(probe, clock)
    beat(probe, { active: 100, idle: 900, delaysMs: [1, 1, 1, 1, 1, 1, 1, 1, 1, 31] })
    const first = read()
    expect(first).toMatchObject({ eventLoopDelayMaxMs: 31, eventLoopUtilization: 0.1 })
    expect(first.eventLoopDelay?.meanMs).toBeCloseTo(4)
    expect(first.eventLoopDelay?.p50Ms).toBeCloseTo(1, 1)
    expect(first.eventLoopDelay?.p90Ms).toBeCloseTo(1, 1)
    expect(first.eventLoopDelay?.p99Ms).toBeGreaterThan(30)
    expect(first.eventLoopDelay?.p99Ms).toBeLessThanOrEqual(31)
    expect(first.heap).toMatchObject({ usedBytes: 2 ** 31 + 1, limitBytes: 2 ** 32 })
    beat(probe, { active: 300, idle: 1700, delaysMs: [2] })
    expect(read()).toMatchObject({ eventLoopUtilization: 0.2, eventLoopDelay: { meanMs: 2 } })
    const { eventLoopDelay, eventLoopUtilization } = read()
    expect([eventLoopDelay, eventLoopUtilization]).toEqual([undefined, undefined])
  })

  test('counts a loop whose beat is overdue as busy, once', async () => {
    const probe = createProbe()
    const read = probeReader(probe, clock)
    beat(probe, { active: 100, idle: 900 })
    read()
    await clock.advance(2500)
    expect(read()).toMatchObject({ eventLoopDelayMaxMs: 2000, eventLoopUtilization: 1 })
    // The loop says that it was busy for these 2 s, and idle for 1 s since.
    await clock.advance(1000)
    beat(probe, { active: 2100, idle: 1900 })
    expect(read()).toMatchObject({ eventLoopDelayMaxMs: 0, eventLoopUtilization: 0 })
  })

  test('counts on past the words that wrap', () => {
    const probe = createProbe()
    const words = wordsOf(probe)
    const bucket = word.delays + delayBucketOf(5000)
    const read = probeReader(probe, clock)
    words[bucket] = 2 ** 31 - 1
    read()
    words[bucket] = (words[bucket] ?? 0) + 2
    words[word.delayMaxUs] = 5000
    expect(read().eventLoopDelay?.p50Ms).toBeCloseTo(5, 0)
  })

  test('knows of no heap before the first beat', () => {
    expect(probeReader(createProbe(), clock)().heap).toBeUndefined()
  })
})

describe('the pulse', () => {
  const probe = createProbe()
  const clock = systemClock()
  const read = probeReader(probe, clock)
  let pulse: HostPulse
  let worker: Worker | undefined
  afterEach(async () => {
    pulse.stop()
    await worker?.terminate()
  })

  /** Settles at the next beat but `count`. */
  function startPulse(count: number): Promise<void> {
    return new Promise((resolve) => {
      let beats = 0
      pulse = new HostPulse({ probe, clock, onBeat: () => beats++ === count && resolve() })
      pulse.start()
    })
  }

  const block = (ms: number) => {
    for (const endMs = clock.monotonicMs() + ms; clock.monotonicMs() < endMs; );
  }

  test('measures the delays and the heap of this thread', async () => {
    const beaten = startPulse(2)
    setTimeout(() => block(250), 200)
    await beaten
    const { eventLoopDelayMaxMs, eventLoopDelay, eventLoopUtilization, heap } = read()
    const { p50Ms = 0, p90Ms = 0, p99Ms = 0, meanMs = 0 } = eventLoopDelay ?? {}
    expect(eventLoopDelayMaxMs).toBeGreaterThan(100)
    expect([p50Ms, p90Ms, p99Ms, eventLoopDelayMaxMs].every((ms, at, all) => ms >= (all[at - 1] ?? 0))).toBe(
      true,
    )
    expect(p99Ms).toBeGreaterThan(eventLoopDelayMaxMs * 0.97)
    expect(meanMs).toBeGreaterThan(0)
    expect(eventLoopUtilization).toBeGreaterThan(0)
    expect(heap?.usedBytes).toBeGreaterThan(1e6)
    expect(heap?.limitBytes).toBeGreaterThan(heap?.usedBytes ?? 0)
    expect(heap?.externalBytes).toBeGreaterThan(0)
  })

  test('counts garbage collections by type until it is stopped', async () => {
    setFlagsFromString('--expose-gc')
    const collect: (options: { type: 'major' | 'minor' }) => void = runInNewContext('gc')
    const counts = () =>
      Object.fromEntries((read().garbageCollections ?? []).map((each) => [each.type, each]))
    const beaten = startPulse(1)
    const before = counts()
    collect({ type: 'major' })
    collect({ type: 'minor' })
    await beaten
    const after = counts()
    for (const type of ['major', 'minor']) {
      expect(after[type]?.count).toBeGreaterThan(before[type]?.count ?? Number.NaN)
      expect(after[type]?.totalMs).toBeGreaterThan(before[type]?.totalMs ?? Number.NaN)
    }
    pulse.stop()
    collect({ type: 'major' })
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
    expect(counts()['major']).toEqual(after['major'])
  })

  test('lets another thread see a block while it lasts', async () => {
    const found = new Int32Array(new SharedArrayBuffer(4))
    await startPulse(0)
    const url = (path: string) => JSON.stringify(new URL(path, import.meta.url).href)
    const code = `
      const { workerData: { probe, found }, parentPort } = require('node:worker_threads')
      Promise.all([import(${url('./host-probe.ts')}), import(${url('../system/clock.ts')})])
        .then(([{ probeReader }, { systemClock }]) => {
          const read = probeReader(probe, systemClock())
          parentPort.postMessage('ready')
          setInterval(() => Atomics.store(found, 0, read().eventLoopDelayMaxMs), 20)
        })`
    worker = new Worker(code, { eval: true, workerData: { probe, found } })
    await once(worker, 'message')
    // Blocks this thread until the other one has seen it.
    const endMs = clock.monotonicMs() + 10_000
    while (Atomics.load(found, 0) < 300 && clock.monotonicMs() < endMs);
    expect(Atomics.load(found, 0)).toBeGreaterThanOrEqual(300)
  })
})
