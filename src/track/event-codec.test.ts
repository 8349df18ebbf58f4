import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { manualClock } from '../../test/support/manual-clock.ts'
import {
  type GenerationRequest,
  type GenerationResult,
  generationOutcomes,
  verifications,
} from '../model/generation.ts'
import { seededRandom } from '../system/random.ts'
import { readEvent } from './event-reader.ts'
import type { GenerationEvent } from './generation-event.ts'
import { RecordReader, RecordWriter, recordMemory } from './record-codec.ts'
import { type GenerationHandle, GenerationRecorder } from './recorder.ts'

/** What a recorder wrote, as the engine reads it: records of at most `recordSlots`, one after the other. */
function channel(recordSlots = 16_384) {
  const memory = recordMemory(new ArrayBuffer(recordSlots * 8))
  const writer = new RecordWriter(memory, { hasNames: true })
  const reader = new RecordReader(memory)
  const events: GenerationEvent[] = []
  let cut = 0
  let isFull = false
  let dropped = 0
  const sink = {
    countDropped() {
      dropped += 1
    },
    open(isProgress: boolean) {
      if (isProgress && isFull) return undefined
      writer.begin(0, recordSlots)
      return writer
    },
    commit() {
      expect(writer.at).toBeLessThanOrEqual(recordSlots)
      if (writer.isCut) cut += 1
      reader.begin(0)
      events.push(readEvent(reader, writer.at))
      expect(reader.at).toBe(writer.at)
    },
  }
  const clock = manualClock()
  const recorder = new GenerationRecorder({ sink, clock, random: seededRandom(1) })
  return {
    clock,
    recorder,
    events,
    cutCount: () => cut,
    droppedCount: () => dropped,
    /** When there is little room, progress is not taken. */
    setFull(value: boolean) {
      isFull = value
    },
  }
}

const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined })
const amount = fc.double({ min: 0, noNaN: true, noDefaultInfinity: true })
// As JSON does, a record takes no notice of the sign of zero.
const finite = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0)
const text = (maxLength: number) => fc.string({ unit: 'grapheme', maxLength })
const names = <T>(value: fc.Arbitrary<T>) => fc.dictionary(text(20), value, { maxKeys: 8 })
const facts = {
  durationSeconds: maybe(amount),
  width: maybe(amount),
  height: maybe(amount),
  fps: maybe(amount),
  frames: maybe(amount),
}

const anyRequest: fc.Arbitrary<GenerationRequest> = fc.record({
  ...facts,
  model: maybe(text(60)),
  modelVersion: maybe(text(60)),
  engine: maybe(text(60)),
  provider: maybe(text(60)),
  prompt: maybe(text(2000)),
  steps: maybe(amount),
  seed: maybe(finite),
  gpus: maybe(fc.array(fc.nat(63), { minLength: 1, maxLength: 8 })),
  parameters: maybe(names(fc.oneof(text(60), finite, fc.boolean()))),
  tags: maybe(names(text(60))),
  requestId: maybe(text(60)),
  attempt: maybe(fc.integer({ min: 1, max: 9 })),
  queued: maybe(fc.boolean()),
})

const anyResult: fc.Arbitrary<GenerationResult> = fc.record({
  output: maybe(
    fc.record({ ...facts, path: maybe(text(300).map((path) => `/${path}`)), sizeBytes: maybe(fc.nat()) }),
  ),
  quality: maybe(names(finite)),
  verification: maybe(fc.constantFrom(...verifications)),
  defects: maybe(fc.array(text(30), { minLength: 1, maxLength: 8 })),
  resources: maybe(fc.record({ peakVramBytes: maybe(fc.nat()), energyJoules: maybe(amount) })),
  cost: maybe(amount),
})

/** As it should arrive: nothing that was undefined, nothing empty, no `queued` that says what is so anyway. */
function told(value: object): object {
  const entries = Object.entries(value)
    .filter(([name, entry]) => entry !== undefined && !(name === 'queued' && entry === false))
    .map(
      ([name, entry]) =>
        [name, typeof entry === 'object' && !Array.isArray(entry) ? told(entry) : entry] as const,
    )
  return Object.fromEntries(
    entries.filter(([, entry]) => typeof entry !== 'object' || Object.keys(entry).length > 0),
  )
}

describe('an event', () => {
  test('has the output path in its short form too, absolute where the caller is; a URL stays', () => {
    const { recorder, events } = channel()
    const pathOf = (result: GenerationResult) => {
      recorder.startGeneration().complete(result)
      const end = events.at(-1)
      return end?.type === 'end' ? end.result?.output?.path : undefined
    }
    expect(pathOf({ outputPath: 'a.mp4' })).toBe(join(process.cwd(), 'a.mp4'))
    expect(pathOf({ outputPath: 'a.mp4', output: { sizeBytes: 1 } })).toBe(join(process.cwd(), 'a.mp4'))
    expect(pathOf({ outputPath: 'a.mp4', output: { path: '/b.mp4' } })).toBe('/b.mp4')
    expect(pathOf({ outputPath: 's3://bucket/a.mp4' })).toBe('s3://bucket/a.mp4')
    expect(pathOf({ outputPath: 7 as unknown as string })).toBeUndefined()
  })

  test('arrives as it was told, whatever it holds', () => {
    const { recorder, events } = channel()
    fc.assert(
      fc.property(anyRequest, anyResult, (request, result) => {
        events.length = 0
        recorder.startGeneration(request).complete(result)
        const [start, end] = events
        if (start?.type !== 'start' || end?.type !== 'end') throw new Error('not a start and an end')
        expect(start.request).toEqual(told(request))
        expect(end.result ?? {}).toEqual(told(result))
        expect(end).toMatchObject({ id: start.id, outcome: 'succeeded' })
      }),
    )
  })

  test('of each kind tells which generation it is of, when it was, and what happened', async () => {
    const { clock, recorder, events } = channel()
    const handle = recorder.startGeneration({ queued: true })
    await clock.advance(5)
    handle.begin()
    handle.stage('denoise')
    handle.progress(3)
    handle.progress(4, 30)
    handle.fail(Object.assign(new Error('no memory'), { code: 'E1' }), { errorClass: 'mine' })
    const { id } = handle
    const stamp = { id, atMs: clock.nowMs(), monotonicMs: clock.monotonicMs() }
    expect(events).toEqual([
      {
        type: 'start',
        id,
        atMs: clock.nowMs() - 5,
        monotonicMs: clock.monotonicMs() - 5,
        request: { queued: true },
      },
      { type: 'begin', ...stamp },
      { type: 'stage', ...stamp, name: 'denoise' },
      { type: 'progress', ...stamp, completedSteps: 3 },
      { type: 'progress', ...stamp, completedSteps: 4, totalSteps: 30 },
      {
        type: 'end',
        ...stamp,
        outcome: 'failed',
        error: { message: 'no memory', code: 'E1', errorClass: 'mine' },
      },
    ])
  })

  test('is kept whatever the caller gave, without what is of the wrong type, and with texts cut', () => {
    const { recorder, events, cutCount } = channel()
    fc.assert(
      fc.property(
        fc.anything({ withProxy: false, withNullPrototype: true } as object),
        fc.anything(),
        (request, result) => {
          events.length = 0
          const handle = recorder.startGeneration(request as GenerationRequest)
          handle.stage(request as string)
          handle.progress(request as number, result as number)
          handle.complete(result as GenerationResult)
          expect(events[0]).toMatchObject({ type: 'start', id: handle.id })
          expect(events.at(-1)).toMatchObject({ type: 'end', id: handle.id, outcome: 'succeeded' })
        },
      ),
    )
    events.length = 0
    const hostile = {
      model: 7,
      width: 'wide',
      tags: { a: 1, b: 'x' },
      prompt: 'p'.repeat(1e6),
      seed: null,
      fps: -1,
    }
    recorder.startGeneration(hostile as unknown as GenerationRequest)
    expect(events).toMatchObject([{ request: { tags: { b: 'x' }, prompt: 'p'.repeat(16_384) } }])
    const [start] = events
    expect(Object.keys(start?.type === 'start' ? start.request : {}).sort()).toEqual(['prompt', 'tags'])
    expect(cutCount()).toBeGreaterThan(0)
  })

  test('loses no more than the field whose getter throws', () => {
    const { recorder, events, cutCount } = channel()
    const request = {
      model: 'wan',
      get width(): number {
        throw new Error('no')
      },
      tags: { tenant: 'a' },
    }
    recorder.startGeneration(request).complete({
      quality: { sharpness: 0.5 },
      get output(): never {
        throw new Error('no')
      },
    })
    expect(events).toMatchObject([
      { request: { model: 'wan', tags: { tenant: 'a' } } },
      { result: { quality: { sharpness: 0.5 } } },
    ])
    expect(cutCount()).toBe(2)
  })

  test('that is too long is cut to a record, and says so', () => {
    const { recorder, events, cutCount } = channel(256)
    const tags = Object.fromEntries(
      Array.from({ length: 100 }, (_, index) => [`tag ${index}`, 'é'.repeat(99)]),
    )
    recorder.startGeneration({ model: 'wan', tags, prompt: 'ö'.repeat(5000) })
    expect(cutCount()).toBe(1)
    expect(events).toMatchObject([{ request: { model: 'wan', tags: { 'tag 0': 'é'.repeat(99) } } }])
  })

  test('names any number of things: those past what is remembered are told in full', () => {
    const { recorder, events } = channel()
    for (let count = 0; count < 10_000; count++) recorder.startGeneration({ model: `model ${count}` })
    recorder.startGeneration({ model: 'model 5' })
    recorder.startGeneration({ model: 'model 9999' })
    const models = events.map((event) => event.type === 'start' && event.request.model)
    expect(models.slice(0, 10_000)).toEqual(Array.from({ length: 10_000 }, (_, count) => `model ${count}`))
    expect(models.slice(-2)).toEqual(['model 5', 'model 9999'])
  })
})

describe('a handle', () => {
  const ends: Record<string, (handle: GenerationHandle) => void> = {
    succeeded: (handle) => handle.complete(),
    failed: (handle) => handle.fail(new Error('no')),
    cancelled: (handle) => handle.cancel(),
    rejected: (handle) => handle.reject('not allowed'),
    timed_out: (handle) => handle.timeOut(),
  }

  test('ends once, but for a timeout that turns out to have ended otherwise', () => {
    for (const [first, end] of Object.entries(ends)) {
      for (const [second, endAgain] of Object.entries(ends)) {
        const { recorder, events } = channel()
        const handle = recorder.startGeneration()
        end(handle)
        endAgain(handle)
        handle.progress(1)
        endAgain(handle)
        const outcomes = events.slice(1).map((event) => event.type === 'end' && event.outcome)
        const isReconciled = first === 'timed_out' && (second === 'succeeded' || second === 'failed')
        expect(outcomes).toEqual(isReconciled ? [first, second] : [first])
      }
    }
    expect(Object.keys(ends).toSorted()).toEqual(
      generationOutcomes.filter((outcome) => outcome !== 'lost').toSorted(),
    )
  })

  test('loses its oldest progress first where there is little room: the newest waits, and what overtakes it ends the wait', () => {
    const { recorder, events, droppedCount, setFull } = channel()
    const [first, second, third] = [1, 2, 3].map(() => recorder.startGeneration())
    events.length = 0
    setFull(true)
    for (let step = 1; step <= 5; step++) first?.progress(step, 9)
    second?.progress(1)
    third?.progress(1)
    second?.complete()
    third?.stage('decode')
    setFull(false)
    recorder.flushProgress()
    recorder.flushProgress()
    expect(events).toMatchObject([
      { type: 'end', id: second?.id },
      { type: 'stage', id: third?.id },
      { type: 'progress', id: first?.id, completedSteps: 5, totalSteps: 9 },
    ])
    expect(droppedCount()).toBe(6)
  })

  test('retries as a new generation of the same request, one attempt later', () => {
    const { recorder, events } = channel()
    const first = recorder.startGeneration({ model: 'wan', tags: { a: 'b' } })
    const second = first.retry(new Error('CUDA out of memory'))
    const third = second.retry(new Error('CUDA out of memory'))
    third.complete()
    expect(new Set([first.id, second.id, third.id]).size).toBe(3)
    expect(events).toMatchObject([
      { type: 'start', id: first.id },
      { type: 'end', id: first.id, outcome: 'failed' },
      {
        type: 'start',
        id: second.id,
        request: { model: 'wan', tags: { a: 'b' }, requestId: first.id, attempt: 2 },
      },
      { type: 'end', id: second.id, outcome: 'failed' },
      { type: 'start', id: third.id, request: { requestId: first.id, attempt: 3 } },
      { type: 'end', id: third.id, outcome: 'succeeded' },
    ])
  })
})
