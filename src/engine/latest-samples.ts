import type { LatestValue, SampleSource } from '../alert/sample-source.ts'
import { type Attributes, matchesAttributes, rememberingAttributesKey, type Tick } from '../model/sample.ts'

/** A series that has been silent for this long is forgotten. */
const memoryMs = 3_600_000

/** The newest value of every series, as rules see it: one consistent view, changed only by a tick. */
export class LatestSamples implements SampleSource {
  readonly #keyOf = rememberingAttributesKey()
  readonly #metrics = new Map<string, Map<string, LatestValue>>()

  update({ timestampMs, samples }: Tick): void {
    for (const { name, attributes, value } of samples) {
      const series = this.#metrics.get(name) ?? new Map<string, LatestValue>()
      this.#metrics.set(name, series)
      series.set(this.#keyOf(attributes), { attributes, value, timestampMs })
    }
    this.#forget(timestampMs - memoryMs)
  }

  select(metric: string, attributes: Attributes): readonly LatestValue[] {
    const series = this.#metrics.get(metric)
    return series
      ? [...series.values()].filter((latest) => matchesAttributes(latest.attributes, attributes))
      : []
  }

  #forget(beforeMs: number): void {
    for (const series of this.#metrics.values()) {
      for (const [key, { timestampMs }] of series) if (timestampMs < beforeMs) series.delete(key)
    }
  }
}
