/**
 * The metrics collector: sources flow in; the samples of one tick and the health of every source flow out. Each
 * source has its own deadline and its own success and duration metrics, so one that fails or hangs stops nothing
 * else. It keeps no history, stores nothing, and never rejects.
 */
import { messageOf } from '../model/errors.ts'
import type { MetricDescriptor, Sample } from '../model/sample.ts'
import type { SourceHealth } from '../model/status.ts'
import { type Clock, withDeadline } from '../system/clock.ts'
import { Readings } from './readings.ts'
import type { Source, SourceReading } from './source.ts'

const ownMetrics = {
  up: {
    name: 'framewatch.collector.source.up',
    kind: 'gauge',
    unit: '1',
    description: '1 when the collector source could be read, 0 when it failed or timed out.',
  },
  duration: {
    name: 'framewatch.collector.source.duration',
    kind: 'gauge',
    unit: 's',
    description: 'Wall time of the last reading of the collector source.',
  },
} as const satisfies Record<string, MetricDescriptor>

export interface MetricsCollectorOptions {
  readonly clock: Clock
  /** Read in this order, concurrently. */
  readonly sources: readonly Source[]
  /** How long one source may take, in milliseconds. @default 5000 */
  readonly sourceDeadlineMs?: number
}

/** What one tick yielded. */
export interface Collection {
  readonly samples: readonly Sample[]
  /** One entry per source, in the order of the sources. */
  readonly health: readonly SourceHealth[]
}

interface SourceAnswer {
  readonly samples: readonly Sample[]
  readonly health: SourceHealth
}

type Outcome = Pick<SourceHealth, 'state' | 'skipped' | 'error'> & { readonly samples: readonly Sample[] }

/** Monotonic milliseconds of one reading; no end while it has not returned. */
interface Span {
  readonly startedMs: number
  endedMs?: number
}

/** Reads all sources of a host. */
export class MetricsCollector {
  readonly #clock: Clock
  readonly #sources: readonly Source[]
  readonly #sourceDeadlineMs: number
  readonly #pending = new Map<Source, Span>()

  constructor({ clock, sources, sourceDeadlineMs = 5000 }: MetricsCollectorOptions) {
    this.#clock = clock
    this.#sources = sources
    this.#sourceDeadlineMs = sourceDeadlineMs
  }

  /** Every metric the sources and the collector itself can emit. */
  get metrics(): readonly MetricDescriptor[] {
    return [...this.#sources.flatMap((source) => source.metrics), ...Object.values(ownMetrics)]
  }

  /**
   * Reads every source once. Call it again only when it has settled. A source that hung in an earlier tick is not
   * read again until that reading returns: hung calls must not pile up on the threads of the host.
   */
  async collect(): Promise<Collection> {
    const reads: Promise<SourceAnswer>[] = []
    for (const source of this.#sources) {
      reads.push(this.#read(source))
      // One turn lets a source that works synchronously note its end before the next one holds the thread;
      // without it, each duration would include the work of all sources after it.
      await undefined
    }
    const answers = await Promise.all(reads)
    return {
      samples: answers.flatMap(({ samples, health }) => [...samples, ...ownSamples(health)]),
      health: answers.map(({ health }) => health),
    }
  }

  async #read(source: Source): Promise<SourceAnswer> {
    const pending = this.#pending.get(source)
    const span = pending ?? { startedMs: this.#clock.monotonicMs() }
    const { samples, ...health } = pending
      ? timedOut('an earlier reading has not returned')
      : await this.#outcome(source, span)
    const durationMs = (span.endedMs ?? this.#clock.monotonicMs()) - span.startedMs
    return { samples, health: { source: source.name, durationMs, ...health } }
  }

  async #outcome(source: Source, span: Span): Promise<Outcome> {
    try {
      const answer = await withDeadline(this.#clock, this.#start(source, span), this.#sourceDeadlineMs)
      if (answer.outcome === 'timed_out') return timedOut(`no answer within ${this.#sourceDeadlineMs} ms`)
      return answer.value === 'absent' ? { state: 'absent', skipped: 0, samples: [] } : usable(answer.value)
    } catch (error) {
      return { state: 'failed', skipped: 0, error: messageOf(error), samples: [] }
    }
  }

  async #start(source: Source, span: Span): Promise<SourceReading | 'absent'> {
    this.#pending.set(source, span)
    try {
      return await source.read()
    } finally {
      span.endedMs = this.#clock.monotonicMs()
      this.#pending.delete(source)
    }
  }
}

function timedOut(error: string): Outcome {
  return { state: 'timed_out', skipped: 0, error, samples: [] }
}

/** What can be kept of a reading. One of which nothing can is a failure, not an empty success. */
function usable(reading: SourceReading): Outcome {
  const samples = reading.samples.filter(({ value }) => Number.isFinite(value))
  const skipped = reading.skipped + reading.samples.length - samples.length
  if (samples.length > 0 || skipped === 0) return { state: 'ok', skipped, samples }
  return { state: 'failed', skipped, error: 'no reading was usable', samples }
}

/** The collector's own samples on a source; none for absent hardware, which is silent. */
function ownSamples({ source, state, durationMs }: SourceHealth): readonly Sample[] {
  if (state === 'absent') return []
  const readings = new Readings()
  readings.add(ownMetrics.up, state === 'ok' ? 1 : 0, { source })
  readings.add(ownMetrics.duration, durationMs / 1000, { source })
  return readings.samples
}
