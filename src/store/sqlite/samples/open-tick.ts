/** Which series the values of a tick belong to, in order. Ticks that are alike share one. */
export interface Layout {
  readonly id: number
  readonly seriesIds: Uint32Array
  /** CRC-32 of the ids, 4 bytes each. */
  readonly checksum: number
  /** The place of each series; of one that is there twice, the later. */
  readonly places: ReadonlyMap<number, number>
}

/** A tick that is in no frame yet. */
export interface OpenTick {
  readonly sequence: number
  readonly timestampMs: number
  readonly node: string
  readonly layout: Layout
  /** Finite. */
  readonly values: Float64Array
}
