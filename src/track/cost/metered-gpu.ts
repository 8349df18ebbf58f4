/** What a generation drew of one GPU so far. */
export interface Share {
  energyJoules: number
  /** Time for which that is known, milliseconds. */
  coveredMs: number
  /** Monotonic milliseconds since when nothing was added. */
  sinceMs: number
  /** Of the last tick in the run; undefined before the first. */
  watts: number | undefined
  /** The integral of time of the GPU as it was when the generation began; 0 from the first tick in it. */
  time: number
}

/**
 * The power of one GPU, divided among those that run on it. With n of them at once and power p(t) = p₀ + s·(t − t₀)
 * between two ticks, the energy of each is p₀·∫dt/n + s·∫(t − t₀)dt/n. The two integrals are kept for the GPU, since the
 * last tick, so that a generation that begins or ends costs the same however many others there are.
 */
export class MeteredGpu {
  readonly #maxGapMs: number
  readonly #shares = new Set<Share>()
  /** Monotonic milliseconds up to which the integrals go. */
  #nowMs = Number.NEGATIVE_INFINITY
  #tickMs: number | undefined
  /** ∫dt/n since the last tick, milliseconds. */
  #time = 0
  /** ∫(t − t₀)dt/n since the last tick, square milliseconds. */
  #moment = 0

  /** @param maxGapMs - longer without a tick, and the power of that time is not known. */
  constructor(maxGapMs: number) {
    this.#maxGapMs = maxGapMs
  }

  get isIdle(): boolean {
    return this.#shares.size === 0
  }

  /** One more runs on it. */
  join(monotonicMs: number): Share {
    this.#advance(monotonicMs)
    const share: Share = {
      energyJoules: 0,
      coveredMs: 0,
      sinceMs: this.#nowMs,
      watts: undefined,
      time: this.#time,
    }
    this.#shares.add(share)
    return share
  }

  /** A tick: what it draws now. */
  observe(watts: number, monotonicMs: number): void {
    this.#advance(monotonicMs)
    for (const share of this.#shares) {
      if (share.sinceMs <= monotonicMs) this.#settle(share, watts)
      // It began while the tick was being collected: what the GPU drew before is not its own.
      else share.time -= this.#time
    }
    this.#tickMs = this.#nowMs
    this.#time = 0
    this.#moment = 0
  }

  /** One that ran on it ends: its share is complete. */
  leave(share: Share, monotonicMs: number): void {
    this.#advance(monotonicMs)
    if (share.watts !== undefined) this.#settle(share, share.watts)
    this.#shares.delete(share)
  }

  #advance(monotonicMs: number): void {
    if (!(monotonicMs > this.#nowMs)) return
    const count = this.#shares.size
    if (count > 0) {
      const elapsedMs = monotonicMs - this.#nowMs
      const sinceTickMs = this.#nowMs - (this.#tickMs ?? this.#nowMs)
      this.#time += elapsedMs / count
      this.#moment += (elapsedMs * (sinceTickMs + elapsedMs / 2)) / count
    }
    this.#nowMs = monotonicMs
  }

  /** Adds what a share drew since its last tick, up to now, when the power is `watts`. */
  #settle(share: Share, watts: number): void {
    const elapsedMs = this.#nowMs - share.sinceMs
    if (elapsedMs > 0 && elapsedMs <= this.#maxGapMs) {
      const first = share.watts ?? watts
      const time = this.#time - share.time
      // Before the first tick in the run the line is flat; from then on the moment is all its own.
      const slope = (watts - first) / elapsedMs
      share.energyJoules += (first * time + slope * this.#moment) / 1000
      share.coveredMs += elapsedMs
    }
    share.sinceMs = this.#nowMs
    share.watts = watts
    share.time = 0
  }
}
