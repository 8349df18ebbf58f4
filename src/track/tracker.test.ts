import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { manualClock } from '../../test/support/manual-clock.ts'
import { isEnded } from '../model/generation.ts'
import { seededRandom } from '../system/random.ts'
import { readEvent } from './event-reader.ts'
import type { GenerationEvent } from './generation-event.ts'
import { RecordReader, RecordWriter, recordMemory } from './record-codec.ts'
import { GenerationRecorder } from './recorder.ts'
import { PerformanceTracker } from './tracker.ts'

function setup(options: Partial<ConstructorParameters<typeof PerformanceTracker>[0]> = {}) {
  const clock = manualClock()
  const tracker = new PerformanceTracker({ node: 'gpu-1', watchedSinceMs: clock.nowMs(), ...options })
  const events: GenerationEvent[] = []
  const recordSlots = 16_384
  const memory = recordMemory(new ArrayBuffer(recordSlots * 8))
  const writer = new RecordWriter(memory, { hasNames: true })
  const reader = new RecordReader(memory)
  const sink = {
    open() {
      writer.begin(0, recordSlots)
      return writer
    },
    commit() {
      reader.begin(0)
      const event = readEvent(reader, writer.at)
      events.push(event)
      tracker.apply(event)
    },
  }
  const recorder = new GenerationRecorder({ sink, clock, random: seededRandom(1) })
  return { clock, tracker, recorder, events }
}

describe('a generation', () => {
  test('is followed through queue, stages and steps to its end', async () => {
    const { clock, tracker, recorder } = setup()
    const handle = recorder.startGeneration({
      model: 'wan',
      width: 640,
      height: 360,
      queued: true,
      prompt: 'a red boat',
    })
    expect(tracker.summarize(clock.nowMs()).queuedCount).toBe(1)
    await clock.advance(2000)
    handle.stage('load')
    await clock.advance(500)
    handle.stage('denoise')
    handle.progress(3, 12)
    expect(tracker.summarize(clock.nowMs())).toMatchObject({
      runningCount: 1,
      active: [{ stage: 'denoise', progress: 0.25, elapsedMs: 500 }],
    })
    await clock.advance(1500)
    handle.complete({ output: { path: '/tmp/a.mp4', sizeBytes: 10 }, quality: { sharpness: 0.75 } })
    expect(tracker.takeChanges(clock.nowMs())).toMatchObject([
      {
        id: handle.id,
        node: 'gpu-1',
        status: 'succeeded',
        queueMs: 2000,
        durationMs: 2000,
        stages: [
          { name: 'load', durationMs: 500 },
          { name: 'denoise', durationMs: 1500 },
        ],
        output: { path: '/tmp/a.mp4', sizeBytes: 10 },
        verification: 'unverified',
      },
    ])
    expect(tracker.summarize(clock.nowMs())).toMatchObject({ runningCount: 0, queuedCount: 0 })
  })

  test('keeps of its prompt a hash, and the text only when asked', () => {
    const hashed = setup()
    hashed.recorder.startGeneration({ prompt: 'abc' })
    const [record] = hashed.tracker.takeChanges(0)
    expect(record?.promptHash).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
    expect(JSON.stringify(record)).not.toContain('"abc"')
    const stored = setup({ storePrompts: true })
    stored.recorder.startGeneration({ prompt: 'abc' })
    expect(stored.tracker.takeChanges(0)[0]?.prompt).toBe('abc')
  })

  test('ends once: what comes after its end is ignored', () => {
    const { tracker, recorder, clock } = setup()
    const handle = recorder.startGeneration()
    handle.fail(new Error('first'))
    handle.complete()
    handle.progress(1)
    handle.cancel()
    expect(tracker.takeChanges(clock.nowMs())).toMatchObject([
      { status: 'failed', error: { message: 'first' } },
    ])
  })

  test('measures its duration on the monotonic clock when the wall clock steps', async () => {
    const { clock, tracker, recorder } = setup()
    const handle = recorder.startGeneration()
    await clock.advance(1000)
    clock.stepWall(-3_600_000)
    await clock.advance(1000)
    handle.complete()
    expect(tracker.takeChanges(clock.nowMs())[0]?.durationMs).toBe(2000)
  })

  test('stores progress at most once a second, and its end at once', async () => {
    const { clock, tracker, recorder } = setup()
    const handle = recorder.startGeneration()
    expect(tracker.takeChanges(clock.nowMs())).toHaveLength(1)
    handle.progress(1, 10)
    expect(tracker.takeChanges(clock.nowMs())).toHaveLength(0)
    await clock.advance(1000)
    expect(tracker.takeChanges(clock.nowMs())).toMatchObject([{ completedSteps: 1 }])
    handle.complete()
    expect(tracker.takeChanges(clock.nowMs())).toMatchObject([{ status: 'succeeded' }])
  })

  test('is lost, not dropped, when too many are under way', async () => {
    const { clock, tracker, recorder } = setup({ maxActive: 2 })
    const [first, second] = [recorder.startGeneration(), recorder.startGeneration()]
    await clock.advance(10)
    first?.progress(1)
    recorder.startGeneration()
    const lost = tracker.takeChanges(clock.nowMs()).filter((record) => record.status === 'lost')
    expect(lost.map((record) => record.id)).toEqual([second?.id])
  })

  test('fails with the messages of the causes, whatever was thrown', () => {
    const { tracker, recorder } = setup()
    recorder.startGeneration().fail(new Error('model failed', { cause: new Error('CUDA out of memory') }))
    recorder.startGeneration().fail(new Error('write failed: ENOSPC', { cause: new Error('ENOSPC') }))
    recorder.startGeneration().fail(undefined)
    recorder.startGeneration().fail({
      toString: () => {
        throw new Error('no')
      },
    })
    expect(tracker.takeChanges(0).map((record) => record.error)).toMatchObject([
      { errorClass: 'gpu_out_of_memory', message: 'model failed: CUDA out of memory' },
      { errorClass: 'disk_full', message: 'write failed: ENOSPC' },
      { errorClass: 'unknown' },
      { errorClass: 'unknown' },
    ])
  })
})

test('for any interleaving of events, doubled, reordered or missing, the counts add up', () => {
  const stamp = {
    atMs: fc.integer({ min: 0, max: 1e6 }),
    monotonicMs: fc.integer({ min: 0, max: 1e6 }),
    id: fc.constantFrom('a', 'b', 'c', 'd'),
  }
  const anyEvent: fc.Arbitrary<GenerationEvent> = fc.oneof(
    fc.record({
      ...stamp,
      type: fc.constant('start' as const),
      request: fc.record({ queued: fc.boolean() }),
    }),
    fc.record({ ...stamp, type: fc.constant('begin' as const) }),
    fc.record({ ...stamp, type: fc.constant('stage' as const), name: fc.string() }),
    fc.record({ ...stamp, type: fc.constant('progress' as const), completedSteps: fc.nat() }),
    fc.record({
      ...stamp,
      type: fc.constant('end' as const),
      outcome: fc.constantFrom('succeeded' as const, 'failed' as const, 'cancelled' as const),
    }),
  )
  fc.assert(
    fc.property(fc.array(anyEvent, { maxLength: 60 }), (events) => {
      const tracker = new PerformanceTracker({ node: 'n', watchedSinceMs: 0 })
      const live = new Set<string>()
      const ended = { succeeded: 0, failed: 0, cancelled: 0 }
      for (const event of events) {
        tracker.apply(event)
        if (event.type === 'start') live.add(event.id)
        if (event.type === 'end' && live.delete(event.id)) ended[event.outcome as keyof typeof ended] += 1
      }
      const summary = tracker.summarize(1e6)
      expect(summary.runningCount + summary.queuedCount).toBe(live.size)
      expect(summary.windows.last24h.byOutcome).toMatchObject(ended)
      for (const record of tracker.takeChanges(1e6)) {
        expect(record.durationMs ?? 0).toBeGreaterThanOrEqual(0)
        expect(record.queueMs ?? 0).toBeGreaterThanOrEqual(0)
        expect(isEnded(record.status)).toBe(record.endedAtMs !== undefined)
      }
    }),
  )
})
