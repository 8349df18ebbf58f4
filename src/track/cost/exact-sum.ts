/**
 * A sum of doubles whose error does not grow with their number: what each addition rounds away is kept beside it
 * (Neumaier, "Rundungsfehleranalyse einiger Verfahren zur Summation endlicher Summen", ZAMM 54, 1974). The error is at
 * most one rounding of the sum, 2^-53 of it, and about n²·2^-106 of the sum of the absolute values: for 10^8 addends,
 * 10^-16 of that.
 */
export class ExactSum {
  #sum = 0
  #lost = 0

  /** @param value - a finite number. */
  add(value: number): void {
    const sum = this.#sum + value
    this.#lost += Math.abs(this.#sum) >= Math.abs(value) ? this.#sum - sum + value : value - sum + this.#sum
    this.#sum = sum
  }

  get value(): number {
    return this.#sum + this.#lost
  }
}
