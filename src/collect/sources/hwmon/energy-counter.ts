/**
 * Makes a counter that only grows of one that starts again at zero past a range. It must be read at least once per
 * range: the counter of a processor at full power lasts for minutes.
 */
export class EnergyCounter {
  #before: number | undefined
  #passed = 0

  /**
   * @param raw - what the counter says now; `NaN` leaves it as it was.
   * @param range - the greatest value that the counter has.
   * @returns what was counted since the counter was at zero, before the first reading.
   */
  add(raw: number, range: number): number {
    if (!Number.isFinite(raw)) return Number.NaN
    const before = this.#before ?? 0
    // One that fell by less than half its range did not pass it between two readings, but was set back.
    if (raw < before) this.#passed += before - raw > range / 2 ? Math.max(range, before) : before
    this.#before = raw
    return this.#passed + raw
  }
}
