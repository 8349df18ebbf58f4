/** How one generation gets on: the times of its steps in the stage it is in. Monotonic milliseconds. */
export class RunPace {
  /** Of the last sign that it gets on: its begin, a stage, a step that was not there before. */
  advancedMonotonicMs: number
  /** The same as Unix milliseconds. */
  advancedAtMs: number
  /** The most steps that were told in this stage. */
  steps = 0
  #stepsBefore = 0
  /** Welford: number, mean and sum of squares of the milliseconds of a step. */
  #count = 0
  #meanMs = 0
  #squares = 0

  constructor(monotonicMs: number, atMs: number) {
    this.advancedMonotonicMs = monotonicMs
    this.advancedAtMs = atMs
  }

  /** A stage begins: steps are counted anew. */
  enterStage(monotonicMs: number, atMs: number): void {
    this.#advance(monotonicMs, atMs)
    this.steps = 0
    this.#stepsBefore = 0
    this.#count = 0
    this.#meanMs = 0
    this.#squares = 0
  }

  /** Steps were told: more than before is progress; as many, or fewer, is none. The first is not timed: it warms up. */
  progress(completedSteps: number, monotonicMs: number, atMs: number): void {
    const done = completedSteps - this.steps
    if (!(done > 0)) return
    if (this.steps > 0) this.#add(Math.max(0, monotonicMs - this.advancedMonotonicMs) / done)
    this.#stepsBefore = this.steps
    this.steps = completedSteps
    this.#advance(monotonicMs, atMs)
  }

  /** Whether the first step is still to come, or has only just. */
  get isWarmingUp(): boolean {
    return this.#stepsBefore === 0
  }

  /** Of at least three timed steps: the mean, and the standard deviation by it. */
  get step(): { readonly meanMs: number; readonly variation: number; readonly count: number } | undefined {
    if (this.#count < 3 || this.#meanMs <= 0) return undefined
    const deviation = Math.sqrt(this.#squares / (this.#count - 1))
    return { meanMs: this.#meanMs, variation: deviation / this.#meanMs, count: this.#count }
  }

  #add(stepMs: number): void {
    this.#count += 1
    const off = stepMs - this.#meanMs
    this.#meanMs += off / this.#count
    this.#squares += off * (stepMs - this.#meanMs)
  }

  #advance(monotonicMs: number, atMs: number): void {
    this.advancedMonotonicMs = Math.max(this.advancedMonotonicMs, monotonicMs)
    this.advancedAtMs = atMs
  }
}
