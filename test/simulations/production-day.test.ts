/** A day of a large fleet's worth of generations, in simulated time: what is counted is right, and memory stays bounded. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { type GenerationOutcome, noOutcomes } from '../../src/model/generation.ts'
import { dayMs } from '../../src/system/clock.ts'
import { type Random, seededRandom } from '../../src/system/random.ts'
import type { GenerationEvent } from '../../src/track/generation-event.ts'
import { PerformanceTracker } from '../../src/track/tracker.ts'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

const generations = 1_000_000
const startMs = 1_790_000_000_000
const models = ['wan2.2-t2v-14b', 'ltx-2', 'hunyuan-video-1.5', 'cogvideox-5b']
const sizes = [
  [832, 480],
  [1280, 720],
  [1920, 1080],
] as const

function pick<T>(random: Random, values: readonly T[]): T {
  return values[Math.floor(random.next() * values.length)] as T
}

function outcomeOf(random: Random): GenerationOutcome {
  const draw = random.next()
  if (draw < 0.93) return 'succeeded'
  if (draw < 0.97) return 'failed'
  if (draw < 0.985) return 'cancelled'
  return draw < 0.99 ? 'rejected' : 'timed_out'
}

/** The events of the day in the order of their times; at most some hundred generations are under way at once. */
function* productionDay(random: Random): Generator<GenerationEvent> {
  const running: { at: number; event: GenerationEvent }[] = []
  for (let index = 0; index < generations; index++) {
    const at = Math.floor((index / generations) * dayMs)
    for (let next = running[0]; next && next.at <= at; next = running[0]) {
      running.shift()
      yield next.event
    }
    const id = `gen_${index}`
    const [width, height] = pick(random, sizes)
    const request = { model: pick(random, models), engine: 'comfyui', width, height, fps: 24, frames: 121 }
    yield { type: 'start', id, atMs: startMs + at, monotonicMs: at, request: { ...request, queued: true } }
    yield { type: 'stage', id, atMs: startMs + at, monotonicMs: at, name: 'denoise' }
    const end = at + Math.floor(5000 * Math.exp(random.next() * 1.5))
    const outcome = outcomeOf(random)
    const event = { type: 'end', id, atMs: startMs + end, monotonicMs: end, outcome } as const
    const place = running.findLastIndex((other) => other.at <= end) + 1
    running.splice(place, 0, { at: end, event })
  }
  for (const { event } of running) yield event
}

test('a day of a million generations takes memory for what is under way and for the windows, not for all of them', () => {
  const tracker = new PerformanceTracker({ node: 'n', watchedSinceMs: startMs })
  const ended = noOutcomes()
  const heaps: number[] = []
  let events = 0
  let lastMs = startMs
  for (const event of productionDay(seededRandom(11))) {
    tracker.apply(event)
    lastMs = event.atMs
    if (event.type === 'end') ended[event.outcome] += 1
    events += 1
    if (events % 1000 === 0) tracker.takeChanges(event.monotonicMs)
    if (events % 300_000 === 0) {
      collectGarbage()
      heaps.push(process.memoryUsage().heapUsed / 1e6)
    }
  }
  const total = tracker.samples(lastMs).filter(({ name }) => name === 'video_generation.count')
  expect(Object.fromEntries(total.map(({ attributes, value }) => [attributes['outcome'], value]))).toEqual(
    ended,
  )
  expect(Object.values(ended).reduce((sum, count) => sum + count, 0)).toBe(generations)
  expect(tracker.summarize(lastMs)).toMatchObject({ runningCount: 0, queuedCount: 0 })
  const counted = Object.values(tracker.summarize(lastMs).windows.last24h.byOutcome).reduce(
    (sum, n) => sum + n,
    0,
  )
  // The window begins at a multiple of ten minutes: of this day it holds at least all but that.
  expect(counted).toBeGreaterThan(generations * (1 - 10 / 1440) - 1000)
  // Windows fill, and some thousand that timed out are remembered; a million records would be a gigabyte.
  const [early = 0] = heaps
  expect(Math.max(...heaps) - early).toBeLessThan(20)
}, 120_000)
