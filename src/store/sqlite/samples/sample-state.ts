import type { Tier } from '../../sample-query.ts'
import type { Database } from '../database.ts'

/** Numbers that the samples of a store keep between calls, all Unix milliseconds but the first two. */
const names = [
  /** The id of the next frame: no id is ever used again. */
  'samples.nextFrame',
  /** The id of the next series, likewise. */
  'samples.nextSeries',
  /** What is older is in no answer. */
  'samples.horizon.raw',
  'samples.horizon.1m',
  'samples.horizon.10m',
  /** What is older has been summarised. */
  'samples.summarised.1m',
  'samples.summarised.10m',
  /** Raw samples up to here may be gone from the disk. */
  'samples.deleted',
] as const
type StateName = (typeof names)[number]

/** The state in the table `meta`. Read each time: a reader sees what the writer has changed. */
export class SampleState {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  get(name: StateName): number | undefined {
    const row = this.#database.get<{ value: string }>('SELECT value FROM meta WHERE key = :name', { name })
    return row && Number(row.value)
  }

  set(name: StateName, value: number): void {
    const sql = 'INSERT OR REPLACE INTO meta VALUES (:name, :value)'
    this.#database.run(sql, { name, value: String(value) })
  }

  /** Points of a tier before this time are in no answer. */
  horizon(tier: Tier): number {
    return this.get(`samples.horizon.${tier}`) ?? Number.NEGATIVE_INFINITY
  }
}
