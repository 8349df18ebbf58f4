import type { Attributes, MetricDescriptor, Sample } from '../model/sample.ts'
import type { SourceReading } from './source.ts'

const noAttributes: Attributes = {}

/** More devices of one kind than any host we know of has: the bound on how many series a source can make. */
const maxDevices = 128

/** Gathers the samples of one reading. What is no finite number is counted as skipped, never stored. */
export class Readings implements SourceReading {
  readonly #samples: Sample[] = []
  #skipped = 0

  get samples(): readonly Sample[] {
    return this.#samples
  }

  get skipped(): number {
    return this.#skipped
  }

  /** @param value - in the unit of `metric`; `NaN` for what could not be read. */
  add(metric: MetricDescriptor, value: number, attributes: Attributes = noAttributes): void {
    if (Number.isFinite(value)) this.#samples.push({ name: metric.name, attributes, value })
    else this.#skipped += 1
  }

  /** Adds what not every kernel or device tells: `NaN` is no fault then. */
  addIfThere(metric: MetricDescriptor, value: number, attributes: Attributes = noAttributes): void {
    if (Number.isFinite(value)) this.#samples.push({ name: metric.name, attributes, value })
  }

  /** Counts readings that were left out. */
  skip(count = 1): void {
    this.#skipped += count
  }

  /** The first `maxDevices` of the devices found; the rest are counted as skipped. */
  bounded<T>(devices: readonly T[]): readonly T[] {
    this.skip(Math.max(0, devices.length - maxDevices))
    return devices.slice(0, maxDevices)
  }
}
