import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { manualClock } from '../../test/support/manual-clock.ts'
import { type GenerationOutcome, generationOutcomes, isEnded, noOutcomes } from '../model/generation.ts'
import type { Sample } from '../model/sample.ts'
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
    countDropped: () => undefined,
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

describe('a generation that hangs', () => {
  const gpu = (watts: number): readonly Sample[] => {
    const attributes = { 'hw.id': 'GPU-1', 'hw.type': 'gpu' }
    return [
      {
        name: 'hw.gpu.info',
        attributes: { ...attributes, 'hw.gpu.index': '0', 'hw.name': 'L40S' },
        value: 1,
      },
      { name: 'hw.power', attributes, value: watts },
      { name: 'hw.gpu.memory.usage', attributes, value: 40e9 },
      { name: 'hw.gpu.memory.limit', attributes, value: 48e9 },
    ]
  }

  test('is stalled from its last step on, which is told once, and no more when it gets on', async () => {
    const { clock, tracker, recorder } = setup()
    const handle = recorder.startGeneration({ model: 'wan', engine: 'diffusers' })
    handle.stage('denoise')
    const check = (watts: number) => tracker.observe(gpu(watts), clock.monotonicMs())
    for (let step = 1; step <= 10; step++) {
      await clock.advance(1500)
      handle.progress(step, 30)
      expect(check(300)).toEqual([])
    }
    const sinceMs = clock.nowMs()
    await clock.advance(14_000)
    expect(check(60)).toEqual([])
    await clock.advance(2000)
    expect(check(60)).toMatchObject([
      {
        change: 'stalled',
        record: {
          stalledSinceMs: sinceMs,
          stallReason: expect.stringContaining('GPUs hold memory and do nothing'),
        },
      },
    ])
    expect(check(60)).toEqual([])
    const stalled = () =>
      tracker.samples(clock.nowMs()).find(({ name }) => name === 'video_generation.stalled')?.value
    expect(stalled()).toBe(1)
    expect(tracker.samples(clock.nowMs())).toContainEqual({
      name: 'video_generation.silence',
      attributes: { engine: 'diffusers' },
      value: 16,
    })
    expect(tracker.takeChanges(clock.monotonicMs())).toMatchObject([{ stalledSinceMs: sinceMs }])
    handle.progress(10, 30)
    expect(stalled()).toBe(1)
    handle.progress(11, 30)
    expect(stalled()).toBe(0)
    handle.complete()
    const [record] = tracker.takeChanges(clock.monotonicMs())
    expect(record).toMatchObject({ status: 'succeeded', resources: { peakVramBytes: 40e9, gpuType: 'L40S' } })
    expect([record?.stalledSinceMs, record?.stallReason]).toEqual([undefined, undefined])
  })

  test('of a worker that never frees its memory is warned of by the third run before it fails', async () => {
    const { clock, tracker, recorder } = setup()
    const request = { model: 'wan', width: 1280, height: 720, frames: 121 }
    const left = () =>
      tracker.samples(clock.nowMs()).find(({ name }) => name === 'video_generation.vram.jobs_to_oom')
    for (const [run, peakGb] of [31.46, 35.39, 39.33, 43.27].entries()) {
      const handle = recorder.startGeneration(request)
      tracker.observe(gpu(300), clock.monotonicMs())
      await clock.advance(60_000)
      handle.complete({ resources: { peakVramBytes: peakGb * 1e9 } })
      if (run < 2) expect(left()).toBeUndefined()
      else
        expect(left()).toEqual({
          name: 'video_generation.vram.jobs_to_oom',
          attributes: { 'hw.id': 'GPU-1', model: 'wan' },
          value: 4 - run,
        })
    }
  })

  test('has a time left once its like have run, and a queue behind it has a wait', async () => {
    const { clock, tracker, recorder } = setup()
    const run = async (steps: number) => {
      const handle = recorder.startGeneration({ model: 'wan' })
      handle.stage('denoise')
      for (let step = 1; step <= steps; step++) {
        await clock.advance(1000)
        handle.progress(step, 20)
      }
      return handle
    }
    for (let past = 0; past < 4; past++) (await run(20)).complete()
    await run(10)
    recorder.startGeneration({ model: 'wan', queued: true })
    recorder.startGeneration({ model: 'wan', queued: true })
    tracker.takeChanges(clock.monotonicMs())
    await clock.advance(500)
    const [running, first, second] = tracker.summarize(clock.nowMs()).active
    expect(running?.remainingMs?.mid).toBeCloseTo(9500, -2)
    expect([first?.waitMs?.mid, second?.waitMs?.mid].map((ms) => Math.round((ms ?? 0) / 1000))).toEqual([
      10, 30,
    ])
    expect(first?.remainingMs).toBeNull()
  })
})

test('progress that comes with a stage, before either is stored, is stored as it is', async () => {
  const { clock, tracker, recorder } = setup()
  const handle = recorder.startGeneration()
  tracker.takeChanges(clock.monotonicMs())
  await clock.advance(300)
  handle.stage('denoise')
  handle.progress(10, 10)
  expect(tracker.takeChanges(clock.monotonicMs())).toMatchObject([{ stage: 'denoise', completedSteps: 10 }])
  await clock.advance(300)
  handle.stage('decode')
  handle.complete()
  expect(tracker.takeChanges(clock.monotonicMs())[0]?.stages).toMatchObject([
    { name: 'denoise', steps: 10 },
    {},
  ])
})

describe('a generation whose end was not seen', () => {
  test('that timed out and completes after all counts as what it was, in every window', async () => {
    const { clock, tracker, recorder } = setup()
    const handle = recorder.startGeneration({ model: 'wan' })
    await clock.advance(10_000)
    handle.timeOut('gave up after 10 s')
    await clock.advance(5000)
    handle.complete({ quality: { sharpness: 0.5 } })
    expect(tracker.takeChanges(clock.monotonicMs())).toMatchObject([
      {
        status: 'succeeded',
        durationMs: 15_000,
        reconciledFrom: 'timed_out',
        quality: { sharpness: 0.5 },
        error: undefined,
      },
    ])
    expect(tracker.summarize(clock.nowMs()).windows.last5m).toMatchObject({
      byOutcome: { succeeded: 1, timed_out: 0 },
      successRate: 1,
    })
    expect(tracker.groups(clock.nowMs()).groups.map(({ byOutcome }) => byOutcome)).toEqual([{ succeeded: 1 }])
    const counts = tracker.samples(clock.nowMs()).filter(({ name }) => name === 'video_generation.reconciled')
    expect(counts.map(({ attributes, value }) => [attributes['from'], value])).toEqual([
      ['lost', 0],
      ['timed_out', 1],
    ])
    handle.complete()
    expect(tracker.takeChanges(clock.monotonicMs())).toEqual([])
  })

  test('that is recorded as lost is reconciled from its record, with the time where it is known', async () => {
    const { clock, tracker, recorder } = setup()
    const handle = recorder.startGeneration()
    await clock.advance(1000)
    tracker.loseAll('stopped', clock.monotonicMs())
    const [lost] = tracker.takeChanges(clock.monotonicMs())
    if (!lost) throw new Error('nothing was lost')
    await clock.advance(60_000)
    const after = new PerformanceTracker({ node: 'gpu-1', watchedSinceMs: clock.nowMs() })
    after.restore(lost, clock.nowMs())
    const endedAtMs = (lost.startedAtMs ?? 0) + 42_000
    const notice = after.reconcile(lost, { outcome: 'succeeded' }, clock.nowMs(), endedAtMs)
    expect(notice?.record).toMatchObject({
      id: handle.id,
      status: 'succeeded',
      reconciledFrom: 'lost',
      endedAtMs,
      durationMs: 42_000,
    })
    expect(after.summarize(clock.nowMs()).windows.last5m.byOutcome).toMatchObject({ succeeded: 1, lost: 0 })
    expect(after.groups(clock.nowMs()).groups).toMatchObject([
      { name: { node: 'gpu-1' }, byOutcome: { succeeded: 1 }, run: { p50: expect.closeTo(42, 0) } },
    ])
    if (notice) expect(after.reconcile(notice.record, { outcome: 'failed' }, clock.nowMs())).toBeUndefined()
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
      outcome: fc.constantFrom(...generationOutcomes),
    }),
  )
  fc.assert(
    fc.property(fc.array(anyEvent, { maxLength: 60 }), (events) => {
      const tracker = new PerformanceTracker({ node: 'n', watchedSinceMs: 0 })
      // What a reader of the same events would count: the first end, and for open ones the true end that follows.
      const outcomes = new Map<string, GenerationOutcome | 'live'>()
      const ended = noOutcomes()
      for (const event of events) {
        tracker.apply(event)
        const known = outcomes.get(event.id)
        if (event.type === 'start' && known !== 'live') outcomes.set(event.id, 'live')
        if (event.type !== 'end' || known === undefined) continue
        const isOpen = known === 'timed_out' || known === 'lost'
        const isTrueEnd = event.outcome !== 'timed_out' && event.outcome !== 'lost'
        if (known !== 'live' && !(isOpen && isTrueEnd)) continue
        if (known !== 'live') ended[known] -= 1
        ended[event.outcome] += 1
        outcomes.set(event.id, event.outcome)
      }
      const liveCount = [...outcomes.values()].filter((outcome) => outcome === 'live').length
      const summary = tracker.summarize(1e6)
      expect(summary.runningCount + summary.queuedCount).toBe(liveCount)
      expect(summary.windows.last24h.byOutcome).toEqual(ended)
      for (const record of tracker.takeChanges(1e6)) {
        expect(record.durationMs ?? 0).toBeGreaterThanOrEqual(0)
        expect(record.queueMs ?? 0).toBeGreaterThanOrEqual(0)
        expect(isEnded(record.status)).toBe(record.endedAtMs !== undefined)
      }
    }),
  )
})
