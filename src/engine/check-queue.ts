import { isAbsolute } from 'node:path'
import type { GenerationRecord, OutputCheck } from '../model/generation.ts'
import type { MetricDescriptor, Sample } from '../model/sample.ts'
import { notChecked } from '../track/output-check.ts'
import type { QualitySettings } from './quality-options.ts'

/** The metrics of the queue of checks. */
export const checkQueueMetrics: readonly MetricDescriptor[] = [
  {
    name: 'video_generation.check.active',
    kind: 'gauge',
    unit: '{video}',
    description: 'Outputs that wait for their check or are being checked, by `state` (waiting, running).',
  },
  {
    name: 'video_generation.check.wait',
    kind: 'gauge',
    unit: 's',
    description:
      'Time since the end of the generation whose output waits longest for its check; 0 when none waits.',
  },
  {
    name: 'video_generation.check.skipped',
    kind: 'counter',
    unit: '{video}',
    description:
      'Outputs that were not opened since the service started, by `reason`: queue_full, not_a_file (a URL), outside_roots, failed (the checker did not work).',
  },
]

const skipReasons = ['queue_full', 'not_a_file', 'outside_roots', 'failed'] as const
type SkipReason = (typeof skipReasons)[number]

/** An output that waits. Only what leads to its record is kept. */
interface Waiting {
  readonly id: string
  readonly endedAtMs: number
}

type QueueSettings = Pick<QualitySettings, 'enabled' | 'maxQueue'>

/** Outputs that wait for their check, bounded; the one whose generation ended first is the next. */
export class CheckQueue {
  readonly #settings: QueueSettings
  readonly #warn: (text: string) => void
  /** The next one last. */
  readonly #waiting: Waiting[] = []
  readonly #skipped: Record<SkipReason, number> = {
    queue_full: 0,
    not_a_file: 0,
    outside_roots: 0,
    failed: 0,
  }
  #isOverrun = false

  /** @param warn - is told once when the queue is full, and again only after it was half empty. */
  constructor(settings: QueueSettings, warn: (text: string) => void) {
    this.#settings = settings
    this.#warn = warn
  }

  get isEnabled(): boolean {
    return this.#settings.enabled
  }

  /**
   * Takes in the output of a success, if it can be checked and there is room.
   *
   * @returns what its record is to say of a check; undefined when there is none to be made.
   */
  admit({ id, output, endedAtMs = 0 }: GenerationRecord): OutputCheck | undefined {
    if (!this.#settings.enabled) return undefined
    if (output?.path === undefined || !isAbsolute(output.path)) {
      this.skip('not_a_file')
      return undefined
    }
    const { maxQueue } = this.#settings
    if (this.#waiting.length >= maxQueue) {
      this.skip('queue_full')
      this.#warnOfOverrun()
      return notChecked(`${maxQueue} other outputs waited for their checks (\`quality.maxQueue\`)`, endedAtMs)
    }
    this.#waiting.splice(this.#placeOf(endedAtMs), 0, { id, endedAtMs })
    return { verdict: 'pending' }
  }

  /** The id of the one that waits longest, which then waits no more. */
  next(): string | undefined {
    const next = this.#waiting.pop()
    if (this.#waiting.length <= this.#settings.maxQueue / 2) this.#isOverrun = false
    return next?.id
  }

  /** Counts one that is not opened. */
  skip(reason: SkipReason): void {
    this.#skipped[reason] += 1
  }

  /** For one tick; none when nothing is checked. @param running - checks under way. */
  samples(running: number, nowMs: number): readonly Sample[] {
    if (!this.#settings.enabled) return []
    const oldest = this.#waiting.at(-1)
    const waitMs = oldest ? Math.max(0, nowMs - oldest.endedAtMs) : 0
    const name = 'video_generation.check.active'
    return [
      { name, attributes: { state: 'waiting' }, value: this.#waiting.length },
      { name, attributes: { state: 'running' }, value: running },
      { name: 'video_generation.check.wait', attributes: {}, value: waitMs / 1000 },
      ...skipReasons.map((reason) => ({
        name: 'video_generation.check.skipped',
        attributes: { reason },
        value: this.#skipped[reason],
      })),
    ]
  }

  /** After all that ended later. Most that come are the latest. */
  #placeOf(endedAtMs: number): number {
    let [low, high] = [0, this.#waiting.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#waiting[middle]?.endedAtMs ?? 0) > endedAtMs) low = middle + 1
      else high = middle
    }
    return low
  }

  #warnOfOverrun(): void {
    if (this.#isOverrun) return
    this.#isOverrun = true
    this.#warn(
      `${this.#settings.maxQueue} outputs wait for their checks: newer ones stay unverified until there is room. More \`quality.concurrency\` makes checks faster`,
    )
  }
}
