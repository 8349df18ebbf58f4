/**
 * Records of ended generations as a service of four nodes and eight models makes them in 30 days, the same for the
 * same seed, in the order of their requests: about 30 fields and 800 bytes of JSON each, with the prompt stored. Words
 * of prompts follow Zipf's law over a vocabulary of 5,000; durations are log-normal about the median of their model;
 * 90 % succeed, and most of these are verified. What the store must answer is counted on the side.
 */
import { createHash } from 'node:crypto'
import type { GenerationOutcome, GenerationRecord, GenerationResult } from '../src/model/generation.ts'
import { IdMaker, type Random, seededRandom } from '../src/system/random.ts'

const dayMs = 86_400_000
const hourMs = 3600_000
const vocabularySize = 5000
/** Nobody searches for the words that every prompt has. */
const commonWords = 100

/** Models by how often they are asked for, with the median of their duration. */
const models = [
  { name: 'wan2.2-t2v-14b', share: 0.3, medianMs: 190_000, steps: 30 },
  { name: 'wan2.2-ti2v-5b', share: 0.2, medianMs: 75_000, steps: 30 },
  { name: 'hunyuan-video-1.5', share: 0.15, medianMs: 240_000, steps: 50 },
  { name: 'ltx-video-13b', share: 0.12, medianMs: 38_000, steps: 40 },
  { name: 'cogvideox-5b', share: 0.09, medianMs: 160_000, steps: 50 },
  { name: 'mochi-1', share: 0.07, medianMs: 310_000, steps: 64 },
  { name: 'svd-xt', share: 0.04, medianMs: 52_000, steps: 25 },
  { name: 'animatediff-v3', share: 0.03, medianMs: 44_000, steps: 25 },
] as const

const outcomes: readonly (readonly [GenerationOutcome, share: number])[] = [
  ['succeeded', 0.9],
  ['failed', 0.05],
  ['cancelled', 0.025],
  ['timed_out', 0.012],
  ['rejected', 0.01],
  ['lost', 0.003],
]

const errors = [
  ['gpu_out_of_memory', 'CUDA out of memory. Tried to allocate 4.50 GiB'],
  ['network', 'connect ECONNREFUSED 10.0.4.12:8188'],
  ['nan_output', 'Latents hold NaN after step 17'],
  ['content_filter', 'The prompt was refused by the safety checker'],
  ['worker_crash', 'Worker exited with SIGKILL'],
] as const

const sizes = [
  [1280, 720],
  [832, 480],
  [720, 1280],
  [1920, 1080],
] as const

export interface GenerationOptions {
  readonly seed: number
  readonly endMs: number
  readonly count: number
}

class RecordMaker {
  readonly #random: Random
  readonly #ids: IdMaker
  /** Most frequent first. */
  readonly #words: readonly string[]
  readonly #ranks: ReadonlyMap<string, number>
  /** Of the Zipf distribution: the share of the words up to each. */
  readonly #cumulated: Float64Array

  constructor(seed: number) {
    this.#random = seededRandom(seed)
    this.#ids = new IdMaker('gen', this.#random)
    const syllables = ['ba', 'ce', 'di', 'fo', 'gu', 'la', 'me', 'ni', 'ro', 'su', 'ta', 've', 'zi']
    const words = new Set<string>()
    while (words.size < vocabularySize)
      words.add(Array.from({ length: 2 + Math.floor(3 * this.#next()) }, () => this.#one(syllables)).join(''))
    this.#words = [...words]
    this.#ranks = new Map(this.#words.map((word, rank) => [word, rank]))
    let sum = 0
    this.#cumulated = Float64Array.from(this.#words, (_, rank) => {
      sum += 1 / (rank + 1)
      return sum
    }).map((share) => share / sum)
  }

  make(queuedAtMs: number): GenerationRecord {
    const model = this.#weighted(models, ({ share }) => share)
    const [status] = this.#weighted(outcomes, ([, share]) => share)
    const ran = status !== 'rejected'
    const durationMs = this.#durationOf(status, model.medianMs)
    const queueMs = ran ? round(-4000 * Math.log(1 - this.#next())) : 0
    const startedAtMs = Math.round(queuedAtMs + queueMs)
    const endedAtMs = Math.round(startedAtMs + durationMs)
    const prompt = this.#prompt()
    const fps = this.#one([16, 24])
    const frames = this.#one([81, 97, 121])
    const [width, height] = this.#one(sizes)
    const succeeded = status === 'succeeded'
    return {
      id: this.#ids.next(queuedAtMs),
      node: `gpu-node-${1 + Math.floor(4 * this.#next())}`,
      status,
      request: {
        model: model.name,
        engine: this.#one(['comfyui', 'diffusers']),
        width,
        height,
        fps,
        frames,
        steps: model.steps,
        seed: Math.floor(2 ** 32 * this.#next()),
        tags: { tenant: `tenant-${Math.floor(40 * this.#next() ** 2)}` },
      },
      attempt: this.#next() < 0.04 ? 2 : 1,
      promptHash: createHash('sha256').update(prompt).digest('hex'),
      prompt,
      queuedAtMs,
      ...(ran && { startedAtMs, queueMs }),
      ...(ran && status !== 'lost' && { durationMs }),
      endedAtMs,
      stages: [],
      ...(succeeded && { completedSteps: model.steps }),
      totalSteps: model.steps,
      lastEventAtMs: endedAtMs,
      ...(succeeded && this.#result(frames / fps)),
      ...(!succeeded && { verification: 'unverified' as const, defects: [] }),
      ...(!succeeded && status !== 'cancelled' && { error: this.#error() }),
    } as GenerationRecord
  }

  #next(): number {
    return this.#random.next()
  }

  #one<T>(values: readonly T[]): T {
    return values[Math.floor(values.length * this.#next())] as T
  }

  #weighted<T>(values: readonly T[], shareOf: (value: T) => number): T {
    let left = this.#next()
    for (const value of values) {
      left -= shareOf(value)
      if (left < 0) return value
    }
    return values[0] as T
  }

  #prompt(): string {
    return Array.from({ length: 8 + Math.floor(13 * this.#next()) }, () => this.#word()).join(' ')
  }

  #word(): string {
    const wanted = this.#next()
    let [from, to] = [0, vocabularySize - 1]
    while (from < to) {
      const middle = (from + to) >> 1
      if ((this.#cumulated[middle] ?? 1) < wanted) from = middle + 1
      else to = middle
    }
    return this.#words[from] ?? ''
  }

  /** Whether a prompt could be looked for by this word. */
  isTelling(word: string): boolean {
    return (this.#ranks.get(word) ?? 0) >= commonWords
  }

  /** Failures come early, or at the end of patience. */
  #durationOf(status: GenerationOutcome, medianMs: number): number {
    if (status === 'rejected') return 0
    if (status === 'timed_out') return 900_000
    const normal = Math.sqrt(-2 * Math.log(1 - this.#next())) * Math.cos(2 * Math.PI * this.#next())
    return round(medianMs * Math.exp(0.45 * normal) * (status === 'succeeded' ? 1 : this.#next()))
  }

  #error() {
    const [errorClass, message] = this.#one(errors)
    return { errorClass, message }
  }

  #result(durationSeconds: number): GenerationResult {
    const isDefective = this.#next() < 0.03
    const name = Math.floor(36 ** 8 * this.#next()).toString(36)
    return {
      output: {
        path: `/outputs/${name}.mp4`,
        sizeBytes: Math.floor(6e6 * (0.5 + this.#next())),
        durationSeconds: round(durationSeconds),
      },
      quality: {
        sharpness: round(0.6 + 0.4 * this.#next()),
        flicker: round(0.9 + 0.1 * this.#next()),
        motion: round(this.#next()),
      },
      verification: isDefective ? 'defective' : this.#next() < 0.97 ? 'verified' : 'unverified',
      defects: isDefective ? [this.#one(['frozen', 'black', 'flicker'])] : [],
    }
  }
}

/** To thousandths, as the monotonic clock and our scores are. */
function round(value: number): number {
  return Math.round(value * 1000) / 1000
}

/** What the store will be asked, and must answer; filled as the records are made. */
export class GenerationTally {
  /** The last whole hour ends here, exclusive: windows of whole hours. */
  readonly lastHourMs: number
  readonly byHour = new Map<number, { errors: number; counted: number }>()
  readonly durationsByModel = new Map<string, number[]>()
  readonly ids: string[] = []
  readonly searches: string[] = []
  readonly newestFailures: GenerationRecord[] = []

  constructor(endMs: number) {
    this.lastHourMs = Math.floor(endMs / hourMs) * hourMs
  }

  add(record: GenerationRecord): void {
    const { status, endedAtMs = 0, durationMs, request } = record
    const isError = status === 'failed' || status === 'timed_out' || status === 'lost'
    const isRecent = endedAtMs >= this.lastHourMs - 7 * dayMs && endedAtMs < this.lastHourMs
    if (isRecent && (isError || status === 'succeeded')) {
      const hour = Math.floor(endedAtMs / hourMs) * hourMs
      const counts = this.byHour.get(hour) ?? { errors: 0, counted: 0 }
      this.byHour.set(hour, counts)
      counts.counted += 1
      if (isError) counts.errors += 1
    }
    if (isRecent && endedAtMs >= this.lastHourMs - dayMs && status === 'succeeded') {
      const durations = this.durationsByModel.get(request.model ?? '') ?? []
      this.durationsByModel.set(request.model ?? '', durations)
      durations.push(durationMs ?? 0)
    }
    if (isError) this.newestFailures.push(record)
    if (this.newestFailures.length > 100) this.newestFailures.splice(0, 50)
  }
}

/** Made one after another, never all in memory; what has been made is in the tally. */
export function* makeGenerations(
  { seed, endMs, count }: GenerationOptions,
  tally: GenerationTally,
): Generator<GenerationRecord> {
  const maker = new RecordMaker(seed)
  const stepMs = (30 * dayMs) / count
  const remembered = Math.max(1, Math.floor(count / 100))
  for (let index = 0; index < count; index++) {
    const record = maker.make(Math.floor(endMs - 30 * dayMs + index * stepMs))
    tally.add(record)
    if (index % remembered === 0) {
      tally.ids.push(record.id)
      const [first, second] = record.prompt?.split(' ').filter((word) => maker.isTelling(word)) ?? []
      if (first && second) tally.searches.push(`${first} ${second}`)
    }
    yield record
  }
}
