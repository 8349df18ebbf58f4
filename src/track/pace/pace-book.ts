import type { GenerationRecord } from '../../model/generation.ts'
import { frameCount, resolutionClass, videoFacts } from '../../model/video-scale.ts'
import { RecentValues } from './recent-values.ts'

/** What was asked, as far as it decides how long things take. */
type Workload = Pick<GenerationRecord, 'request'>

/** Milliseconds of the tenth, the half and the ninetieth of a hundred runs. */
export interface Expected {
  readonly lowMs: number
  readonly midMs: number
  readonly highMs: number
}

/** Below this many runs, those of a wider kind are asked. */
const leastRuns = 3
/** Those that were not used for longest are forgotten. */
const maxKeys = 2000
const ranks = [0.1, 0.5, 0.9]

/**
 * How long steps, stages and runs take, learned from the last 50 succeeded runs of each kind: of the same model, resolution
 * class and number of frames; where there are too few, of the same model and resolution, by frame; else of the model.
 */
export class PaceBook {
  readonly #values = new Map<string, RecentValues>()

  /** Takes a succeeded generation; others are ignored. */
  learn(record: GenerationRecord): void {
    if (record.status !== 'succeeded') return
    const add = (what: string, value: number | undefined) => {
      if (value !== undefined)
        for (const { key, unit } of kindsOf(record)) this.#of(`${key} ${what}`).add(value / unit)
    }
    add('run', record.durationMs)
    let leftMs = record.durationMs
    for (const { name, durationMs, steps } of record.stages) {
      if (durationMs === undefined) return
      leftMs = leftMs === undefined ? undefined : Math.max(0, leftMs - durationMs)
      add(`stage ${name}`, durationMs)
      if (steps) add(`step ${name}`, durationMs / steps)
      // What came after the stage, to the end of the run.
      add(`after ${name}`, leftMs)
    }
  }

  /** One step of a stage, the mean over a run. */
  step(workload: Workload, stage: string): Expected | undefined {
    return this.#expected(workload, `step ${stage}`)
  }

  stage(workload: Workload, stage: string): Expected | undefined {
    return this.#expected(workload, `stage ${stage}`)
  }

  /** From the end of a stage to the end of the run. */
  after(workload: Workload, stage: string): Expected | undefined {
    return this.#expected(workload, `after ${stage}`)
  }

  /** A whole run. */
  run(workload: Workload): Expected | undefined {
    return this.#expected(workload, 'run')
  }

  /** What is left of a run, or of a stage, of which so much is over: of those that took longer. */
  left(workload: Workload, stage: string | undefined, elapsedMs: number): Expected | undefined {
    const what = stage === undefined ? 'run' : `stage ${stage}`
    const longer = this.#expected(workload, what, elapsedMs)
    if (!longer) return undefined
    const minus = (ms: number) => Math.max(0, ms - elapsedMs)
    return { lowMs: minus(longer.lowMs), midMs: minus(longer.midMs), highMs: minus(longer.highMs) }
  }

  #expected(workload: Workload, what: string, longerThanMs = -1): Expected | undefined {
    for (const { key, unit } of kindsOf(workload)) {
      const values = this.#values.get(`${key} ${what}`)
      if (!values || values.count < leastRuns) continue
      const told = values.quantiles(ranks, (value) => value * unit > longerThanMs)
      if (!told) continue
      const [lowMs = 0, midMs = 0, highMs = 0] = told.map((value) => value * unit)
      return { lowMs, midMs, highMs }
    }
    return undefined
  }

  #of(key: string): RecentValues {
    const values = this.#values.get(key) ?? new RecentValues()
    this.#values.delete(key)
    this.#values.set(key, values)
    const [oldest] = this.#values.keys()
    if (this.#values.size > maxKeys && oldest !== undefined) this.#values.delete(oldest)
    return values
  }
}

/** The kinds a workload is of, the most alike first; `unit`: what its times are multiples of. */
function kindsOf({ request }: Workload): readonly { readonly key: string; readonly unit: number }[] {
  const frames = frameCount({ request }) ?? 0
  const model = JSON.stringify(request.model ?? '')
  const size = `${model} ${resolutionClass(videoFacts({ request })) ?? ''}`
  const byFrame = frames > 0 ? [{ key: `frame ${size}`, unit: frames }] : []
  return [{ key: `same ${size} ${frames}`, unit: 1 }, ...byFrame, { key: `model ${model}`, unit: 1 }]
}
