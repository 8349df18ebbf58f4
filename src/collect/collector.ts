/**
 * The metrics collector: sources flow in; the samples of one tick and the health of every source flow out. Each
 * source has its own schedule, its own deadline and its own success and duration metrics, so one that fails or hangs
 * stops nothing else. It keeps no history, stores nothing, and never rejects.
 */
import { messageOf } from '../model/errors.ts'
import type { HardwareFault } from '../model/hardware-fault.ts'
import type { MetricDescriptor, Sample } from '../model/sample.ts'
import type { SourceHealth } from '../model/status.ts'
import { type Clock, withDeadline } from '../system/clock.ts'
import { CounterGuard } from './counter-guard.ts'
import { Readings } from './readings.ts'
import { isDue } from './schedule.ts'
import { isAbsent, type Source, type SourceAnswer, type SourceReading } from './source.ts'

const ownMetrics = {
  success: {
    name: 'framewatch.collector.success',
    kind: 'gauge',
    unit: '1',
    description: '1 when the last reading of the collector source succeeded, 0 when it failed or timed out.',
  },
  duration: {
    name: 'framewatch.collector.duration',
    kind: 'gauge',
    unit: 's',
    description: 'Wall time of the last reading of the collector source.',
  },
  skipped: {
    name: 'framewatch.collector.skipped',
    kind: 'gauge',
    unit: '{reading}',
    description:
      'Values that the last reading of the collector source left out as unusable; no series when none were.',
  },
} as const satisfies Record<string, MetricDescriptor>

export interface MetricsCollectorOptions {
  readonly clock: Clock
  /** Read in this order, concurrently. */
  readonly sources: readonly Source[]
  /** How long a source that has no deadline of its own may take, in milliseconds. @default 5000 */
  readonly sourceDeadlineMs?: number
  /**
   * How long a tick waits for its sources, in milliseconds. What answers later, within its deadline, is part of the
   * next tick: a slow source must not hold back the others. @default as long as the deadlines
   */
  readonly patienceMs?: number
  /** Whether sources that start processes are first read after their interval, not at once. @default false */
  readonly defersProcesses?: boolean
}

/** What one tick yielded. */
export interface Collection {
  readonly samples: readonly Sample[]
  /** One entry per source, in the order of the sources; of one that was not due, that of its last reading. */
  readonly health: readonly SourceHealth[]
  readonly faults: readonly HardwareFault[]
}

/** Of a source that has not answered since the start. */
const unread = 'it has not answered yet'

type Outcome = Pick<SourceHealth, 'state' | 'skipped' | 'error' | 'reason' | 'notes'> & {
  readonly reading?: SourceReading
}

/** What is known of one source. */
interface Followed {
  readonly source: Source
  readonly attributes: { readonly source: string }
  /** Monotonic milliseconds; undefined before the first reading, unless that is put off. */
  startedMs: number | undefined
  /** That of the reading under way, or of the last one. */
  endedMs: number
  isPending: boolean
  /** What came of a reading that the tick it began in did not wait for. */
  late: Outcome | undefined
  health: SourceHealth
  /** By the last reading that did so. */
  described: readonly MetricDescriptor[]
}

/** Reads all sources of a host. */
export class MetricsCollector {
  readonly #clock: Clock
  readonly #followed: readonly Followed[]
  readonly #sourceDeadlineMs: number
  readonly #patienceMs: number
  readonly #guard: CounterGuard

  constructor(options: MetricsCollectorOptions) {
    const { clock, sources, sourceDeadlineMs = 5000, patienceMs = Infinity, defersProcesses } = options
    this.#clock = clock
    this.#sourceDeadlineMs = sourceDeadlineMs
    this.#patienceMs = patienceMs
    this.#guard = new CounterGuard(sources.flatMap(({ metrics }) => metrics))
    this.#followed = sources.map((source) => ({
      source,
      attributes: { source: source.name },
      startedMs: defersProcesses && source.startsProcess ? clock.monotonicMs() : undefined,
      endedMs: 0,
      isPending: false,
      late: undefined,
      health: { source: source.name, state: 'absent', durationMs: 0, skipped: 0, reason: unread },
      described: [],
    }))
  }

  /** Every metric the sources and the collector itself can emit, as far as it is known by now. */
  get metrics(): readonly MetricDescriptor[] {
    const ofSources = this.#followed.flatMap(({ source, described }) => [...source.metrics, ...described])
    return [...ofSources, ...Object.values(ownMetrics)]
  }

  /**
   * Reads every source that is due once. Call it again only when it has settled. A source that hangs is not read again
   * until that reading returns: hung calls must not pile up on the threads of the host.
   */
  async collect(): Promise<Collection> {
    // In the order of the sources, whoever answers first: the store is quick with ticks of one and the same order.
    const byPlace: (SourceReading | undefined)[] = []
    const waited: Promise<void>[] = []
    for (const [place, followed] of this.#followed.entries()) {
      const keep = (outcome: Outcome | undefined) => {
        if (outcome) byPlace[place] = this.#note(followed, outcome)
      }
      const outcome = this.#next(followed)
      if (outcome instanceof Promise) waited.push(outcome.then(keep))
      else keep(outcome)
    }
    await Promise.all(waited)
    const readings = byPlace.filter((reading) => reading !== undefined)
    this.#guard.tick()
    const samples: Sample[] = []
    for (const reading of readings)
      for (const sample of reading.samples) samples.push(this.#guard.apply(sample))
    const own = new Readings()
    for (const followed of this.#followed) addOwnSamples(own, followed)
    samples.push(...own.samples)
    return {
      samples,
      health: this.#followed.map(({ health }) => health),
      faults: readings.flatMap(({ faults = [] }) => faults),
    }
  }

  /** Gives back what the sources hold. Never rejects. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#followed.map(async ({ source }) => source.close?.()))
  }

  /** What this tick has of a source; undefined when nothing is due, or nothing came of it yet. */
  #next(followed: Followed): Outcome | undefined | Promise<Outcome | undefined> {
    const { source, startedMs, isPending, late } = followed
    followed.late = undefined
    if (late !== undefined) return late
    const elapsedMs = this.#clock.monotonicMs() - (startedMs ?? Number.NEGATIVE_INFINITY)
    if (!isPending) return isDue(elapsedMs, source.everyMs ?? 0) ? this.#start(followed) : undefined
    return elapsedMs >= this.#deadlineOf(source) ? timedOut('an earlier reading has not returned') : undefined
  }

  #deadlineOf({ deadlineMs = this.#sourceDeadlineMs }: Source): number {
    return deadlineMs
  }

  /** A source that answers at once costs no promise and no timer. */
  #start(followed: Followed): Outcome | Promise<Outcome | undefined> {
    followed.startedMs = this.#clock.monotonicMs()
    try {
      const answer = followed.source.read()
      if (answer instanceof Promise) return this.#wait(followed, answer)
      followed.endedMs = this.#clock.monotonicMs()
      return usable(answer)
    } catch (error) {
      followed.endedMs = this.#clock.monotonicMs()
      return failed(error)
    }
  }

  async #wait(followed: Followed, answer: Promise<SourceAnswer>): Promise<Outcome | undefined> {
    followed.isPending = true
    const settled = answer.then(usable, failed).then((outcome) => {
      followed.endedMs = this.#clock.monotonicMs()
      followed.isPending = false
      return outcome
    })
    const deadlineMs = this.#deadlineOf(followed.source)
    const timely = await withDeadline(this.#clock, settled, Math.min(deadlineMs, this.#patienceMs))
    if (timely.outcome === 'done') return timely.value
    if (deadlineMs <= this.#patienceMs) return timedOut(`no answer within ${deadlineMs} ms`)
    void settled.then((outcome) => {
      const { startedMs = 0, endedMs } = followed
      if (endedMs - startedMs < deadlineMs) followed.late = outcome
    })
    return undefined
  }

  #note(followed: Followed, { reading, ...outcome }: Outcome): SourceReading | undefined {
    const { source, startedMs = 0, isPending, endedMs } = followed
    const durationMs = (isPending ? this.#clock.monotonicMs() : endedMs) - startedMs
    followed.health = { source: source.name, durationMs, ...outcome }
    followed.described = reading?.described ?? followed.described
    return reading
  }
}

function timedOut(error: string): Outcome {
  return { state: 'timed_out', skipped: 0, error }
}

function failed(error: unknown): Outcome {
  return { state: 'failed', skipped: 0, error: messageOf(error) }
}

/** What can be kept of an answer. A reading of which nothing can is a failure, not an empty success. */
function usable(answer: SourceAnswer): Outcome {
  if (isAbsent(answer)) return { state: 'absent', skipped: 0, reason: answer.absent }
  const isWhole = answer.samples.every(({ value }) => Number.isFinite(value))
  const samples = isWhole ? answer.samples : answer.samples.filter(({ value }) => Number.isFinite(value))
  const skipped = answer.skipped + answer.samples.length - samples.length
  const told = { skipped, reading: { ...answer, samples }, ...(answer.notes && { notes: answer.notes }) }
  if (samples.length > 0 || skipped === 0) return { state: 'ok', ...told }
  return { state: 'failed', error: 'no reading was usable', ...told }
}

/** The collector's own samples on a source; none for absent hardware, which is silent. */
function addOwnSamples(own: Readings, { attributes, health }: Followed): void {
  if (health.state === 'absent') return
  own.add(ownMetrics.success, health.state === 'ok' ? 1 : 0, attributes)
  own.add(ownMetrics.duration, health.durationMs / 1000, attributes)
  if (health.skipped > 0) own.add(ownMetrics.skipped, health.skipped, attributes)
}
