import type { OpenTick } from './open-tick.ts'

/** Open ticks turned by a quarter: the values of a series, one after the other. */
export class ColumnSource {
  /** Ascending, each once. */
  readonly times: Float64Array
  /** Ascending. */
  readonly seriesIds: Uint32Array
  readonly #ticks: readonly OpenTick[]
  readonly #layouts: readonly OpenTick['layout'][]
  /** For each tick, the place of its time in `times`. */
  readonly #timeIndices: Uint32Array
  readonly #values: Float64Array
  readonly #present: Uint8Array

  /** @param ticks - of one node, in the order they were written; at least one. */
  constructor(ticks: readonly OpenTick[]) {
    const isSorted = ticks.every((tick, index) => index === 0 || isAfter(tick, ticks[index - 1] as OpenTick))
    this.#ticks = isSorted
      ? ticks
      : [...ticks].sort((a, b) => a.timestampMs - b.timestampMs || a.sequence - b.sequence)
    const times = [...new Set(this.#ticks.map(({ timestampMs }) => timestampMs))]
    this.times = Float64Array.from(times)
    let index = -1
    this.#timeIndices = Uint32Array.from(this.#ticks, ({ timestampMs }) => {
      if (times[index] !== timestampMs) index += 1
      return index
    })
    this.#layouts = [...new Set(ticks.map(({ layout }) => layout))]
    const seriesIds = new Set(this.#layouts.flatMap((layout) => [...layout.seriesIds]))
    this.seriesIds = Uint32Array.from(seriesIds).sort()
    this.#values = new Float64Array(times.length)
    this.#present = new Uint8Array(times.length)
  }

  has(seriesId: number): boolean {
    return this.#layouts.some(({ places }) => places.has(seriesId))
  }

  /**
   * Of values at one time, the last that was written counts. The answer is valid until the next question.
   *
   * @returns `present` as in `ColumnEncoder.encode`.
   */
  column(seriesId: number): {
    readonly values: Float64Array
    readonly count: number
    readonly present?: Uint8Array
  } {
    const values = this.#values
    const present = this.#present.fill(0)
    let count = 0
    let beforeIndex = -1
    let layout: OpenTick['layout'] | undefined
    let place: number | undefined
    for (let index = 0; index < this.#ticks.length; index++) {
      const tick = this.#ticks[index] as OpenTick
      if (tick.layout !== layout) {
        layout = tick.layout
        place = layout.places.get(seriesId)
      }
      if (place === undefined) continue
      const timeIndex = this.#timeIndices[index] as number
      if (timeIndex !== beforeIndex) count += 1
      values[count - 1] = tick.values[place] as number
      present[timeIndex] = 1
      beforeIndex = timeIndex
    }
    return count === this.times.length ? { values, count } : { values, count, present }
  }
}

function isAfter(tick: OpenTick, before: OpenTick): boolean {
  return (
    tick.timestampMs > before.timestampMs ||
    (tick.timestampMs === before.timestampMs && tick.sequence > before.sequence)
  )
}
