import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { GenerationRecord } from '../../model/generation.ts'
import { type Random, seededRandom } from '../../system/random.ts'
import { waitsOf } from './forecast.ts'
import { Pacer } from './pacer.ts'
import { defaultStallSettings } from './stall.ts'

const request = { model: 'wan', width: 1280, height: 720, fps: 24, frames: 121 }
const totalSteps = 30

/** One run as it will be, in milliseconds. */
interface Run {
  readonly loadMs: number
  readonly stepsMs: readonly number[]
  readonly decodeMs: number
}

/** Normal, by Box and Muller (1958). */
function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next())
}

/** Steps about a second and a half, alike in a run and different between runs; the first takes five times as long. */
function drawRun(random: Random, slowdown = 1): Run {
  const typical = 1500 * slowdown * Math.exp(0.15 * normal(random))
  const step = (index: number) => typical * Math.exp(0.1 * normal(random)) * (index === 0 ? 5 : 1)
  return {
    loadMs: 8000 * Math.exp(0.4 * normal(random)),
    stepsMs: Array.from({ length: totalSteps }, (_, index) => step(index)),
    decodeMs: 40_000 * slowdown * Math.exp(0.2 * normal(random)),
  }
}

function running(id: string, more: Partial<GenerationRecord>): GenerationRecord {
  return {
    id,
    node: 'n',
    status: 'running',
    request,
    attempt: 1,
    queuedAtMs: 0,
    startedAtMs: 0,
    stages: [],
    lastEventAtMs: 0,
    verification: 'unverified',
    defects: [],
    ...more,
  }
}

interface Moment {
  readonly record: GenerationRecord
  /** Since the run began. */
  readonly atMs: number
}

/** Tells the pacer of a run as it goes, and the caller of each moment before and after something happens. */
function play(
  pacer: Pacer,
  id: string,
  run: Run,
  at: (moment: Moment) => void = () => undefined,
  before: (moment: Moment) => void = () => undefined,
): number {
  let nowMs = 0
  let record = running(id, {})
  const stage = (name: string) => {
    before({ record, atMs: nowMs })
    const stages = [...record.stages, { name, startedAtMs: nowMs }]
    record = { ...record, stages, stage: name, completedSteps: undefined, totalSteps: undefined }
    pacer.enterStage(id, nowMs, nowMs)
    at({ record, atMs: nowMs })
  }
  const close = (durationMs: number, steps?: number) => {
    const last = record.stages.at(-1)
    if (!last) return
    record = {
      ...record,
      stages: [...record.stages.slice(0, -1), { ...last, durationMs, ...(steps && { steps }) }],
    }
  }
  pacer.begin(id, 0, 0)
  stage('load')
  nowMs += run.loadMs
  close(run.loadMs)
  stage('denoise')
  const denoiseMs = run.stepsMs.reduce((sum, ms) => sum + ms, 0)
  for (const [index, ms] of run.stepsMs.entries()) {
    nowMs += ms
    before({ record, atMs: nowMs })
    record = { ...record, completedSteps: index + 1, totalSteps }
    pacer.progress(id, index + 1, nowMs, nowMs)
    at({ record, atMs: nowMs })
  }
  close(denoiseMs, totalSteps)
  stage('decode')
  nowMs += run.decodeMs
  before({ record, atMs: nowMs })
  close(run.decodeMs)
  pacer.end({ ...record, status: 'succeeded', durationMs: nowMs, endedAtMs: nowMs })
  return nowMs
}

function learned(seed: number, runs = 40): { pacer: Pacer; random: Random } {
  const random = seededRandom(seed)
  const pacer = new Pacer(defaultStallSettings)
  for (let index = 0; index < runs; index++) play(pacer, `past ${index}`, drawRun(random))
  return { pacer, random }
}

describe('the time that is left', () => {
  test('is inside the interval four times of five', () => {
    const { pacer, random } = learned(1)
    let inside = 0
    let told = 0
    for (let index = 0; index < 300; index++) {
      const moments: { atMs: number; low: number; high: number }[] = []
      const endMs = play(pacer, `run ${index}`, drawRun(random), ({ record, atMs }) => {
        const left = pacer.remaining(record, atMs)
        if (left && record.stage === 'denoise') moments.push({ atMs, low: left.low, high: left.high })
      })
      for (const { atMs, low, high } of moments) {
        told += 1
        if (endMs - atMs >= low && endMs - atMs <= high) inside += 1
      }
    }
    expect(told).toBeGreaterThan(300 * 25)
    expect(inside / told).toBeGreaterThan(0.75)
    expect(inside / told).toBeLessThan(0.9)
  })

  test('is not told before anything like it has run', () => {
    const pacer = new Pacer(defaultStallSettings)
    pacer.begin('g', 0, 0)
    expect(pacer.remaining(running('g', {}), 0)).toBeUndefined()
    expect(pacer.remaining(running('unknown', {}), 0)).toBeUndefined()
  })

  test('is known of another length by frame, and of another size by the model', () => {
    const { pacer } = learned(2)
    const left = (more: object) => {
      pacer.begin('g', 0, 0)
      pacer.enterStage('g', 0, 0)
      const record = running('g', {
        request: { ...request, ...more },
        stage: 'denoise',
        stages: [{ name: 'denoise', startedAtMs: 0 }],
        totalSteps,
      })
      return pacer.remaining(record, 0)?.mid ?? Number.NaN
    }
    const alike = left({})
    expect(left({ frames: 242 }) / alike).toBeCloseTo(2, 1)
    expect(left({ width: 832, height: 480, frames: 242 }) / alike).toBeCloseTo(1, 1)
    expect(left({ model: 'other' })).toBeNaN()
  })
})

describe('a stall', () => {
  test('is not seen in ten thousand healthy runs, with long decodes and twice as slow as before', () => {
    const { pacer, random } = learned(3)
    let seen = 0
    let checks = 0
    for (let index = 0; index < 10_000; index++) {
      const run = drawRun(random, index % 10 === 0 ? 2 : 1)
      // Just before anything happens, the wait is longest.
      play(pacer, 'g', run, undefined, ({ record, atMs }) => {
        checks += 1
        if (pacer.stall(record, atMs)) seen += 1
      })
    }
    expect(checks).toBe(10_000 * (totalSteps + 4))
    expect(seen).toBe(0)
  })

  test('of a hang at any step is seen within four times what a step takes, and half a minute', () => {
    const { pacer, random } = learned(4)
    for (let index = 0; index < 300; index++) {
      const run = drawRun(random)
      const hangAt = 2 + Math.floor(random.next() * (totalSteps - 2))
      let hung: Moment | undefined
      play(pacer, 'past', run, (moment) => {
        if (moment.record.completedSteps === hangAt) hung = moment
      })
      if (!hung) throw new Error('it did not come so far')
      const { record, atMs } = hung
      pacer.begin('g', 0, 0)
      pacer.enterStage('g', run.loadMs, run.loadMs)
      for (let step = 1; step <= hangAt; step++)
        pacer.progress('g', step, atMs - (hangAt - step) * 1500, atMs)
      const stuck = { ...record, id: 'g' }
      expect(pacer.stall(stuck, atMs + 29_000)).toBeUndefined()
      expect(pacer.stall(stuck, atMs + 30_000 + 4 * 3000)).toMatchObject({ sinceMs: atMs })
    }
  })

  test('of a stage without steps is seen within four times what it takes; loading has three times as long', () => {
    const { pacer } = learned(7)
    const at = (stage: string, waitedMs: number) => {
      pacer.begin('g', 0, 0)
      pacer.enterStage('g', 0, 0)
      return pacer.stall(running('g', { stage, stages: [{ name: stage, startedAtMs: 0 }] }), waitedMs)
    }
    expect(at('decode', 4 * 40_000)).toBeUndefined()
    expect(at('decode', 4 * 40_000 * 1.5)?.reason).toContain('the stage "decode"')
    expect(at('load', 4 * 8000 * 2)).toBeUndefined()
    expect(at('load', 3 * 4 * 8000 * 2)).toBeDefined()
  })

  test('comes sooner when the GPUs hold memory and do nothing, later when they work, and says why', () => {
    const { pacer } = learned(5)
    const record = running('g', { stage: 'denoise', completedSteps: 10, totalSteps })
    pacer.begin('g', 0, 0)
    pacer.enterStage('g', 0, 0)
    for (let step = 1; step <= 10; step++) pacer.progress('g', step, step * 1500, step * 1500)
    const at = (waitedMs: number, activity?: 'idle' | 'busy') =>
      pacer.stall(record, 15_000 + waitedMs, activity)
    expect(at(20_000, 'idle')?.reason).toMatch(
      /^No progress for 20 s, and a step takes .*; its GPUs hold memory and do nothing$/,
    )
    expect([at(20_000), at(31_000)?.sinceMs]).toEqual([undefined, 15_000])
    expect([at(31_000, 'busy'), at(61_000, 'busy')?.sinceMs]).toEqual([undefined, 15_000])
  })

  test('waits ten minutes where nothing is known, and never sees one in what is queued', () => {
    const pacer = new Pacer(defaultStallSettings)
    pacer.begin('g', 0, 0)
    expect(pacer.stall(running('g', {}), 600_000)).toBeUndefined()
    expect(pacer.stall(running('g', {}), 600_001)).toMatchObject({
      sinceMs: 0,
      reason: 'No progress for 600 s',
    })
    expect(pacer.stall(running('g', { status: 'queued' }), 1e9)).toBeUndefined()
  })
})

test('whatever is told, in whatever order, nothing throws and no time is negative', () => {
  const step = fc.record({
    what: fc.constantFrom('begin', 'stage', 'progress', 'end'),
    steps: fc.oneof(fc.nat(40), fc.double()),
    monotonicMs: fc.integer({ min: -1e6, max: 1e6 }),
    atMs: fc.integer({ min: -1e9, max: 1e9 }),
    totalSteps: fc.option(fc.double(), { nil: undefined }),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const { pacer } = learned(6, 4)
      for (const { what, steps: completed, monotonicMs, atMs, totalSteps: total } of steps) {
        if (what === 'begin') pacer.begin('g', monotonicMs, atMs)
        if (what === 'stage') pacer.enterStage('g', monotonicMs, atMs)
        if (what === 'progress') pacer.progress('g', completed, monotonicMs, atMs)
        const record = running('g', {
          stage: 'denoise',
          completedSteps: completed,
          totalSteps: total,
          startedAtMs: atMs,
        })
        if (what === 'end') pacer.end({ ...record, status: 'succeeded', durationMs: monotonicMs })
        const left = pacer.remaining(record, atMs + 1000)
        for (const ms of Object.values(left ?? {})) expect(ms).toBeGreaterThanOrEqual(0)
        pacer.stall(record, monotonicMs)
      }
    }),
    { numRuns: 300 },
  )
})

test('a queue is forecast as workers become free, in its order', () => {
  const exactly = (ms: number) => ({ lowMs: ms, midMs: ms, highMs: ms })
  const mids = (waits: ReturnType<typeof waitsOf>) => waits.map((wait) => wait?.midMs)
  const [short, long] = [exactly(10), exactly(100)]
  expect(mids(waitsOf([exactly(5), exactly(30)], [short, short, long, short]))).toEqual([5, 15, 25, 30])
  expect(mids(waitsOf([], [short, short]))).toEqual([0, 10])
  expect(mids(waitsOf([undefined], [short]))).toEqual([undefined])
  expect(mids(waitsOf([exactly(5)], [undefined, short]))).toEqual([5, undefined])
  const [wait] = waitsOf([{ lowMs: 1, midMs: 2, highMs: 3 }], [short])
  expect(wait).toEqual({ lowMs: 1, midMs: 2, highMs: 3 })
})
