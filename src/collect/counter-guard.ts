import { type MetricDescriptor, rememberingAttributesKey, type Sample } from '../model/sample.ts'

/**
 * Below this share of its last value a counter has started again; above it, it stepped back. A counter that starts
 * again is near zero one tick later; kernels and drivers that add up per-CPU parts let a sum step back a little.
 */
export const restartShare = 0.5
/** A series that has been silent for this many ticks is forgotten. */
const memoryTicks = 600

interface Kept {
  value: number
  tick: number
}

/**
 * Keeps counters from stepping back. To whoever computes a rate, each step back is a restart, and all that was counted
 * before it is counted again: so a counter that steps back a little stays at its greatest value until it has passed
 * it, and only one that falls to less than half has started again.
 */
export class CounterGuard {
  readonly #counters = new Map<string, Map<string, Kept>>()
  readonly #keyOf = rememberingAttributesKey()
  #tick = 0

  constructor(metrics: readonly MetricDescriptor[]) {
    for (const { name, kind } of metrics) if (kind === 'counter') this.#counters.set(name, new Map())
  }

  /** A new tick begins. */
  tick(): void {
    this.#tick += 1
    if (this.#tick % memoryTicks !== 0) return
    for (const series of this.#counters.values())
      for (const [key, { tick }] of series) if (this.#tick - tick > memoryTicks) series.delete(key)
  }

  /** The sample, or the one that should take its place. */
  apply(sample: Sample): Sample {
    const series = this.#counters.get(sample.name)
    if (series === undefined) return sample
    const key = this.#keyOf(sample.attributes)
    const kept = series.get(key)
    if (kept === undefined) {
      series.set(key, { value: sample.value, tick: this.#tick })
      return sample
    }
    kept.tick = this.#tick
    if (sample.value < kept.value && sample.value >= kept.value * restartShare)
      return { ...sample, value: kept.value }
    kept.value = sample.value
    return sample
  }
}
