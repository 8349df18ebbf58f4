import {
  type GenerationOutcome,
  generationOutcomes,
  isEnded,
  noOutcomes,
  outcomeRates,
} from '../../model/generation.ts'
import { bucketOf, maxSketched, Sketch } from '../../model/sketch.ts'
import { ByteReader, type ByteWriter } from '../frame/bytes.ts'
import type { GenerationAggregate } from '../store.ts'
import type { GenerationColumns } from './generation-columns.ts'

/** The counts of a tally, in the order in which they are stored; `timedUs` is a sum of durations in microseconds. */
const countNames = [...generationOutcomes, 'verified', 'defective', 'timed', 'timedUs'] as const
type CountName = (typeof countNames)[number]

/** What a tally counts of a record that has ended. */
export interface Countable {
  readonly outcome: GenerationOutcome
  readonly verification: GenerationColumns['verification']
  readonly durationUs: number
  /** Of its duration in a sketch; undefined when that is not known, or is none. */
  readonly bucket: number | undefined
}

/** @returns undefined for a record that has not ended. */
export function countableOf({ status, verification, durationMs }: GenerationColumns): Countable | undefined {
  if (!isEnded(status)) return undefined
  const isTimed = durationMs !== null && durationMs >= 0 && durationMs <= maxSketched
  if (!isTimed) return { outcome: status, verification, durationUs: 0, bucket: undefined }
  return {
    outcome: status,
    verification,
    durationUs: Math.round(durationMs * 1000),
    bucket: bucketOf(durationMs),
  }
}

/**
 * Counts of ended generations, and the durations of those that succeeded. Adding and subtracting are exact: lengths
 * are summed in whole microseconds.
 */
export class GenerationTally {
  readonly #counts: Record<CountName, number> = {
    ...noOutcomes(),
    verified: 0,
    defective: 0,
    timed: 0,
    timedUs: 0,
  }
  readonly #durations = new Sketch()

  get isEmpty(): boolean {
    return countNames.every((name) => this.#counts[name] === 0)
  }

  /** Adds a record that has ended, or takes it back. */
  add({ outcome, verification, durationUs, bucket }: Countable, sign: 1 | -1): void {
    const counts = this.#counts
    counts[outcome] += sign
    if (outcome !== 'succeeded') return
    if (verification === 'verified') counts.verified += sign
    if (verification === 'defective') counts.defective += sign
    if (bucket === undefined) return
    counts.timed += sign
    counts.timedUs += sign * durationUs
    this.#durations.addToBucket(bucket, sign)
  }

  /** Writes varints of the counts, then of the sketch. */
  writeTo(writer: ByteWriter): void {
    // What is taken back twice is gone: a number below zero has no varint.
    for (const name of countNames) writer.varint(Math.max(0, this.#counts[name]))
    this.#durations.writeTo(writer)
  }

  /**
   * Adds a tally in its form of bytes.
   *
   * @throws FramewatchError `STORE_DAMAGED`.
   */
  addEncoded(bytes: Uint8Array): void {
    const reader = new ByteReader(bytes)
    const numbers: number[] = []
    while (reader.left > 0) numbers.push(reader.varint())
    for (const [index, name] of countNames.entries()) this.#counts[name] += numbers[index] ?? 0
    this.#durations.addNumbers(numbers, countNames.length)
  }

  summarize(quantiles: readonly number[]): Omit<GenerationAggregate, 'timestampMs' | 'group'> {
    const { verified, defective, timed, timedUs } = this.#counts
    const byOutcome = Object.fromEntries(
      generationOutcomes.map((outcome) => [outcome, this.#counts[outcome]]),
    ) as Record<GenerationOutcome, number>
    return {
      byOutcome,
      verified,
      defective,
      ...outcomeRates({ byOutcome, verified }),
      duration: {
        count: timed,
        meanMs: timed === 0 ? null : timedUs / 1000 / timed,
        quantilesMs: this.#durations.quantiles(quantiles),
      },
    }
  }
}
