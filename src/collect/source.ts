/**
 * The port of a collector source: the kernel, a driver or a runtime flows in; samples flow out, with the number of
 * readings that were unusable. A source never decides what a value means, and never guesses one: what cannot be
 * read is left out and counted, because a missing value is not zero.
 */
import type { HardwareFault } from '../model/hardware-fault.ts'
import type { MetricDescriptor, Sample } from '../model/sample.ts'

/** What one reading yielded. */
export interface SourceReading {
  readonly samples: readonly Sample[]
  /** Readings left out as unusable: odd lines, values that are no finite number, devices past the bound. */
  readonly skipped: number
  /** Faults that the hardware reported since the reading before. @default none */
  readonly faults?: readonly HardwareFault[]
  /** How it was read, where there are several ways, and why a better one was not used: for `framewatch doctor`. */
  readonly notes?: readonly string[]
  /** Metrics that are known only once they were read, as those of an exporter. @default none */
  readonly described?: readonly MetricDescriptor[]
}

/** The hardware or kernel feature is not there, which is no fault. */
export interface Absence {
  /** What was looked for, for `framewatch doctor`: `no /proc/pressure: the kernel keeps no pressure stall information`. */
  readonly absent: string
}

/** The answer of a source that works at once, without waiting. */
export type SourceAnswer = SourceReading | Absence

/** One thing that can be measured. */
export interface Source {
  /** Short and stable: `cpu`, `memory` …; an attribute of the collector's own metrics. */
  readonly name: string
  /** Every metric `read` can emit, but for those that a reading describes. */
  readonly metrics: readonly MetricDescriptor[]
  /** Least time between two readings, in milliseconds: what is costly or slow to change. @default each tick */
  readonly everyMs?: number
  /**
   * True of what starts a process for each reading: a service reads it first after one interval, so that its start is
   * quick and small.
   */
  readonly startsProcess?: boolean
  /** How long a reading may take, in milliseconds. @default that of the collector */
  readonly deadlineMs?: number
  /**
   * Measures once. What can block for long must not be done at once, on the thread of the caller.
   *
   * @throws whatever the device answers when it is there but broken; the collector turns it into health.
   */
  read(): SourceAnswer | Promise<SourceAnswer>
  /** Gives back what it holds: descriptors, child processes. It is not read after that. */
  close?(): void | Promise<void>
}

/** Of the answer of a source, and of what one knows of itself. */
export function isAbsent(answer: object): answer is Absence {
  return 'absent' in answer
}
