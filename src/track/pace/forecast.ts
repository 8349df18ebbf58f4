import type { GenerationRecord } from '../../model/generation.ts'
import type { Expected, PaceBook } from './pace-book.ts'
import type { RunPace } from './run-pace.ts'

/** Standard deviations on either side that hold 80 % of a normal distribution. */
const z80 = 1.2816
const none: Expected = { lowMs: 0, midMs: 0, highMs: 0 }

/**
 * What is left of a running generation: the steps that are left at its own pace, or at that of runs like it, and what
 * followed the stage in those. The interval is to hold four of five. `undefined` where too little is known.
 *
 * @param sinceStartMs - how long it has run, monotonic. @param inStageMs - how long it is in its stage.
 */
export function remainingOf(
  record: GenerationRecord,
  pace: RunPace,
  book: PaceBook,
  times: { readonly sinceStartMs: number; readonly inStageMs: number; readonly sinceStepMs: number },
): Expected | undefined {
  const { stage, totalSteps } = record
  if (totalSteps !== undefined && totalSteps > 0) {
    const steps = stepsLeft(record, pace, book, totalSteps, times.sinceStepMs)
    const after = stage === undefined ? none : book.after(record, stage)
    if (steps && after) return sumOf(steps, after)
  }
  if (stage !== undefined) {
    const rest = book.left(record, stage, times.inStageMs)
    const after = book.after(record, stage)
    if (rest && after) return sumOf(rest, after)
  }
  return book.left(record, undefined, times.sinceStartMs)
}

function stepsLeft(
  record: GenerationRecord,
  pace: RunPace,
  book: PaceBook,
  totalSteps: number,
  sinceStepMs: number,
): Expected | undefined {
  const left = Math.max(0, totalSteps - pace.steps)
  if (left === 0) return none
  const own = pace.step
  const learned = book.step(record, record.stage ?? '')
  // The time since the last step is a part of the next one.
  const minus = (ms: number) => Math.max(0, ms - sinceStepMs)
  if (!own) {
    if (!learned) return undefined
    return {
      lowMs: minus(learned.lowMs * left),
      midMs: minus(learned.midMs * left),
      highMs: minus(learned.highMs * left),
    }
  }
  // The mean of the steps so far is off by s/√n, the sum of those to come by s·√m: independent errors.
  const spread = own.meanMs * own.variation * z80 * Math.sqrt(left + left ** 2 / own.count)
  const mid = own.meanMs * left
  return { lowMs: minus(mid - spread), midMs: minus(mid), highMs: minus(mid + spread) }
}

/** Of two independent parts, the distances from the middle add up as squares. */
function sumOf(a: Expected, b: Expected): Expected {
  const midMs = a.midMs + b.midMs
  return {
    lowMs: Math.max(0, midMs - Math.hypot(a.midMs - a.lowMs, b.midMs - b.lowMs)),
    midMs,
    highMs: midMs + Math.hypot(a.highMs - a.midMs, b.highMs - b.midMs),
  }
}

/**
 * When each queued generation will begin: they are taken in their order, each by the first worker that is free. There are
 * as many workers as run something now, and at least `leastWorkers`. `undefined` from the first one on of which it cannot
 * be told how long it, or one before it, will take.
 *
 * @param running - what is left of each that runs. @param queued - how long each takes, in the order of the queue.
 */
export function waitsOf(
  running: readonly (Expected | undefined)[],
  queued: readonly (Expected | undefined)[],
  leastWorkers = 1,
): readonly (Expected | undefined)[] {
  const at = (key: keyof Expected) => {
    const unknown = Number.NaN
    const free = running.map((left) => left?.[key] ?? unknown)
    while (free.length < leastWorkers) free.push(0)
    return queued.map((needed) => {
      // One that cannot be foretold makes all that follow unknown.
      const first = free.reduce(
        (least, value, index) => (value < (free[least] ?? unknown) ? index : least),
        0,
      )
      const startMs = free.some(Number.isNaN) ? unknown : (free[first] ?? unknown)
      free[first] = startMs + (needed?.[key] ?? unknown)
      return startMs
    })
  }
  const [low, mid, high] = [at('lowMs'), at('midMs'), at('highMs')]
  return queued.map((_, index) => {
    const [lowMs, midMs, highMs] = [
      low[index] ?? Number.NaN,
      mid[index] ?? Number.NaN,
      high[index] ?? Number.NaN,
    ]
    return Number.isNaN(lowMs + midMs + highMs) ? undefined : { lowMs, midMs, highMs }
  })
}
