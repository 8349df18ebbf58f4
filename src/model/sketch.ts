const relativeAccuracy = 0.01
const gamma = (1 + relativeAccuracy) / (1 - relativeAccuracy)
const logGamma = Math.log(gamma)
const smallest = 0.001
/** Of milliseconds: 31 years. */
export const maxSketched = 1e12
const lastBucket = bucketOf(maxSketched)

/**
 * How many values fell into each of a row of buckets whose widths grow with their values, so that any quantile is
 * known within 1 %. It is a DDSketch with the logarithmic mapping (Masson, Rim, Lee: "DDSketch", PVLDB 12(12), 2019,
 * sections 2.1 and 2.2). Sketches are added and subtracted bucket by bucket, exactly; `@datadog/sketches-js` cannot
 * subtract. It is made for durations in milliseconds, and takes any values from a thousandth up.
 *
 * Bucket 0 holds what is below a thousandth and counts as 0; bucket `n` the values in (γⁿ⁻¹, γⁿ] thousandths.
 */
export class Sketch {
  /** The bucket of the first count. */
  #first = 0
  /** Of every bucket from the first used to the last. */
  readonly #counts: number[] = []

  /**
   * Adds a value, or takes one back that was added.
   *
   * @param value - from 0 to `maxSketched`.
   */
  add(value: number, sign: 1 | -1 = 1): void {
    this.addToBucket(bucketOf(value), sign)
  }

  /**
   * The value with the rank `floor(quantile × (count - 1))` of the sorted values, within 1 %.
   *
   * @param quantiles - each in [0, 1].
   * @returns in the order of `quantiles`; `null` for an empty sketch.
   */
  quantiles(quantiles: readonly number[]): readonly (number | null)[] {
    const count = this.#counts.reduce((sum, inBucket) => sum + inBucket, 0)
    return quantiles.map((quantile) => {
      const rank = quantile * (count - 1)
      let seen = 0
      const index = this.#counts.findIndex((inBucket) => {
        seen += inBucket
        return seen > rank
      })
      return count === 0 || index < 0 ? null : valueIn(this.#first + index)
    })
  }

  /** For each bucket with a count, ascending, its distance from the one before (the first from 0) and its count. */
  toNumbers(): number[] {
    const numbers: number[] = []
    let previous = 0
    for (const [index, count] of this.#counts.entries()) {
      if (count === 0) continue
      const bucket = this.#first + index
      numbers.push(bucket - previous, count)
      previous = bucket
    }
    return numbers
  }

  /** Writes `toNumbers` as varints. */
  writeTo(writer: { varint(value: number): void }): void {
    let previous = 0
    for (let index = 0; index < this.#counts.length; index++) {
      const count = this.#counts[index] as number
      if (count <= 0) continue
      writer.varint(this.#first + index - previous)
      writer.varint(count)
      previous = this.#first + index
    }
  }

  /** Adds another, or takes one back that was added. */
  merge(other: Sketch, sign: 1 | -1 = 1): void {
    for (const [index, count] of other.#counts.entries())
      if (count !== 0) this.addToBucket(other.#first + index, count * sign)
  }

  /** Adds a sketch in its form of numbers, from `start` on. */
  addNumbers(numbers: readonly number[], start = 0): void {
    let bucket = 0
    for (let index = start; index + 1 < numbers.length; index += 2) {
      bucket += numbers[index] ?? 0
      // Only damage can be beyond: it must not take memory without bound.
      if (bucket > lastBucket) return
      this.addToBucket(bucket, numbers[index + 1] ?? 0)
    }
  }

  /** As `add`, of values whose bucket is known. */
  addToBucket(bucket: number, count: number): void {
    const counts = this.#counts
    if (counts.length === 0) this.#first = bucket
    for (; bucket < this.#first; this.#first--) counts.unshift(0)
    const index = bucket - this.#first
    while (counts.length <= index) counts.push(0)
    counts[index] = (counts[index] ?? 0) + count
  }
}

/** @param value - from 0 to `maxSketched`. */
export function bucketOf(value: number): number {
  if (value < smallest) return 0
  return Math.max(1, Math.ceil(Math.log(value / smallest) / logGamma))
}

/** The value from which nothing in the bucket is further off than 1 %. */
function valueIn(bucket: number): number {
  return bucket === 0 ? 0 : (smallest * 2 * gamma ** bucket) / (gamma + 1)
}
