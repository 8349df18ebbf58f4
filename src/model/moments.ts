/** How many values there were, their mean, and their variance (of the sample; 0 for one value). */
export type Moments = readonly [count: number, mean: number, variance: number]

const meanDigits = 8
const varianceDigits = 5

/**
 * The moments of values that come one by one, without the cancellation of sums of squares: Welford ("Note on a method for
 * calculating corrected sums of squares and products", Technometrics 4(3), 1962), and for two sets Chan, Golub and
 * LeVeque ("Updating formulae and a pairwise algorithm for computing sample variances", COMPSTAT 1982). A value is taken
 * back by the same formula solved for the state before it.
 */
export class MomentsTally {
  #count = 0
  #mean = 0
  /** Sum of the squared distances from the mean. */
  #squares = 0

  get count(): number {
    return this.#count
  }

  /** Adds a finite value, or takes back one that was added. */
  add(value: number, sign: 1 | -1 = 1): void {
    const count = this.#count + sign
    if (count <= 0) {
      this.#count = this.#mean = this.#squares = 0
      return
    }
    const distance = value - this.#mean
    this.#mean += (sign * distance) / count
    this.#squares = Math.max(0, this.#squares + sign * distance * (value - this.#mean))
    this.#count = count
  }

  merge(other: MomentsTally): void {
    if (other.#count === 0) return
    const count = this.#count + other.#count
    const distance = other.#mean - this.#mean
    this.#mean += (distance * other.#count) / count
    this.#squares += other.#squares + (distance ** 2 * this.#count * other.#count) / count
    this.#count = count
  }

  /** Rounded to what is told of them: 8 digits of the mean, 5 of the variance. `undefined` without a value. */
  moments(): Moments | undefined {
    if (this.#count === 0) return undefined
    const variance = this.#count < 2 ? 0 : this.#squares / (this.#count - 1)
    return [this.#count, rounded(this.#mean, meanDigits), rounded(variance, varianceDigits)]
  }
}

/** The nearest number of so many significant digits: short as JSON. */
export function rounded(value: number, digits: number): number {
  return Number(value.toPrecision(digits))
}
