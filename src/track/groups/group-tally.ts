import {
  type GenerationOutcome,
  type GenerationRecord,
  generationOutcomes,
  isEnded,
  isPendingCheck,
  noOutcomes,
} from '../../model/generation.ts'
import { MomentsTally, rounded } from '../../model/moments.ts'
import type { GroupName, KnownSum, PerformanceGroup, TimeStatistics } from '../../model/performance-group.ts'
import { maxSketched, Sketch } from '../../model/sketch.ts'
import { videoSpeed } from '../../model/video-scale.ts'

/** The names of quality scores, and of currencies, are the caller's. */
const maxScores = 32
const maxScoreNameChars = 64
const maxCurrencies = 4
const digits = 5
/** Less cannot be told from it. */
const shortestSeconds = 1e-6

/** A distribution of times that can be taken back. */
class TimeTally {
  readonly #log = new MomentsTally()
  readonly #sketch = new Sketch()
  readonly #addedSeconds: number

  /** @param addedSeconds - added to each time before its logarithm is taken, so that small ones count alike. */
  constructor(addedSeconds = 0) {
    this.#addedSeconds = addedSeconds
  }

  get count(): number {
    return this.#log.count
  }

  add(seconds: number | undefined, sign: 1 | -1): void {
    if (seconds === undefined || !(seconds >= 0 && seconds * 1000 <= maxSketched)) return
    this.#log.add(Math.log(Math.max(shortestSeconds, seconds + this.#addedSeconds)), sign)
    this.#sketch.add(seconds * 1000, sign)
  }

  merge(other: TimeTally): void {
    if (other.count === 0) return
    this.#log.merge(other.#log)
    this.#sketch.merge(other.#sketch)
  }

  statistics(): TimeStatistics | undefined {
    const log = this.#log.moments()
    if (!log) return undefined
    const [p50 = 0, p95 = 0] = this.#sketch
      .quantiles([0.5, 0.95])
      .map((ms) => rounded((ms ?? 0) / 1000, digits))
    return { log, p50, p95 }
  }
}

/** A sum that can be taken back. */
class SumTally {
  #total = 0
  #known = 0

  add(value: number | undefined, sign: 1 | -1): void {
    if (value === undefined || !(value >= 0 && Number.isFinite(value))) return
    this.#known += sign
    this.#total = this.#known > 0 ? this.#total + sign * value : 0
  }

  merge(other: SumTally): void {
    this.#known += other.#known
    this.#total += other.#total
  }

  sum(): KnownSum | undefined {
    return this.#known > 0 ? { total: rounded(this.#total, 8), known: this.#known } : undefined
  }
}

/** Ended generations of one group. Its size does not grow with their number. */
export class GroupTally {
  readonly name: GroupName
  readonly #byOutcome: Record<GenerationOutcome, number> = noOutcomes()
  readonly #run = new TimeTally()
  readonly #queue = new TimeTally(1)
  readonly #step = new TimeTally()
  readonly #quality = new Map<string, MomentsTally>()
  readonly #cost = new Map<string, SumTally>()
  readonly #gpuSeconds = new SumTally()
  #verified = 0
  #defective = 0
  #pending = 0

  constructor(name: GroupName) {
    this.name = name
  }

  /** Adds an ended generation, or takes back one that was added; others are ignored. */
  add(record: GenerationRecord, sign: 1 | -1 = 1): void {
    const { status, verification, queueMs, durationMs, cost, resources, quality = {} } = record
    if (!isEnded(status)) return
    this.#byOutcome[status] += sign
    this.#queue.add(queueMs === undefined ? undefined : queueMs / 1000, sign)
    this.#gpuSeconds.add(resources?.gpuSeconds, sign)
    if (cost) madeIn(this.#cost, cost.currency, maxCurrencies, newSum)?.add(cost.amount, sign)
    if (status !== 'succeeded') return
    if (verification === 'verified') this.#verified += sign
    if (verification === 'defective') this.#defective += sign
    if (isPendingCheck(record)) this.#pending += sign
    this.#run.add(durationMs === undefined ? undefined : durationMs / 1000, sign)
    this.#step.add(videoSpeed(record).secondsPerStep, sign)
    for (const [score, value] of Object.entries(quality))
      if (Number.isFinite(value)) this.#score(score)?.add(value, sign)
  }

  merge(other: GroupTally): void {
    for (const outcome of generationOutcomes) this.#byOutcome[outcome] += other.#byOutcome[outcome]
    this.#verified += other.#verified
    this.#defective += other.#defective
    this.#pending += other.#pending
    this.#run.merge(other.#run)
    this.#queue.merge(other.#queue)
    this.#step.merge(other.#step)
    this.#gpuSeconds.merge(other.#gpuSeconds)
    for (const [score, moments] of other.#quality) this.#score(score)?.merge(moments)
    for (const [currency, sum] of other.#cost) madeIn(this.#cost, currency, maxCurrencies, newSum)?.merge(sum)
  }

  /** Ended generations. */
  get count(): number {
    return generationOutcomes.reduce((sum, outcome) => sum + this.#byOutcome[outcome], 0)
  }

  summarize(): PerformanceGroup {
    const run = this.#run.statistics()
    const queue = this.#queue.statistics()
    const step = this.#step.statistics()
    const gpuSeconds = this.#gpuSeconds.sum()
    const quality = knownOf(this.#quality, (tally) => tally.moments())
    const cost = knownOf(this.#cost, (tally) => tally.sum())
    return {
      name: this.name,
      byOutcome: Object.fromEntries(Object.entries(this.#byOutcome).filter(([, count]) => count > 0)),
      verified: Math.max(0, this.#verified),
      defective: Math.max(0, this.#defective),
      ...(this.#pending > 0 && { pending: this.#pending }),
      ...(run && { run }),
      ...(queue && { queue }),
      ...(step && { step }),
      ...(quality && { quality }),
      ...(cost && { cost }),
      ...(gpuSeconds && { gpuSeconds }),
    }
  }

  #score(name: string): MomentsTally | undefined {
    return madeIn(this.#quality, name.slice(0, maxScoreNameChars), maxScores, newMoments)
  }
}

const newSum = () => new SumTally()
const newMoments = () => new MomentsTally()

/** The entry of a map that holds at most so many; undefined for one too many. */
function madeIn<T>(map: Map<string, T>, key: string, most: number, make: () => T): T | undefined {
  const known = map.get(key)
  if (known || map.size >= most) return known
  const made = make()
  map.set(key, made)
  return made
}

function knownOf<T, S>(map: ReadonlyMap<string, T>, of: (tally: T) => S | undefined) {
  const known = [...map].flatMap(([name, tally]) => {
    const value = of(tally)
    return value === undefined ? [] : [[name, value] as const]
  })
  return known.length === 0 ? undefined : (Object.fromEntries(known) as Readonly<Record<string, S>>)
}
