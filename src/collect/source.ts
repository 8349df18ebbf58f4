/**
 * The port of a collector source: the kernel, a driver or a runtime flows in; samples flow out, with the number of
 * readings that were unusable. A source never decides what a value means, and never guesses one: what cannot be
 * read is left out and counted, because a missing value is not zero.
 */
import type { MetricDescriptor, Sample } from '../model/sample.ts'

/** What one reading yielded. */
export interface SourceReading {
  readonly samples: readonly Sample[]
  /** Readings left out as unusable: odd lines, values that are no finite number, devices past the bound. */
  readonly skipped: number
}

/** One thing that can be measured. */
export interface Source {
  /** Short and stable: `cpu`, `memory` …; an attribute of the collector's own metrics. */
  readonly name: string
  /** Every metric `read` can emit. */
  readonly metrics: readonly MetricDescriptor[]
  /**
   * Measures once.
   *
   * @returns `absent` when the hardware or kernel feature is not there, which is no fault.
   * @throws whatever the device answers when it is there but broken; the collector turns it into health.
   */
  read(): Promise<SourceReading | 'absent'>
}
