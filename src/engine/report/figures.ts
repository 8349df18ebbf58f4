import { type GenerationRecord, isEnded } from '../../model/generation.ts'
import { isWasted, type Spending, SpendingTotals } from '../../track/cost/spending.ts'
import { WindowTally } from '../../track/window-tally.ts'
import type { ReportAttempts, ReportFigures, ReportGroup } from './report.ts'

const minutesPerHour = 60
const mostAttempts = 10

/** A tally as the figures of a report. */
export function figuresOf(tally: WindowTally, coveredMs: number): ReportFigures {
  const { windowSeconds: _, qualityMeans: __, ...window } = tally.summarize(coveredMs / 1000, coveredMs)
  const { videosPerMinute, contentSecondsPerMinute, ...figures } = window
  const { byOutcome, verified, defective } = figures
  return {
    ...figures,
    ended: Object.values(byOutcome).reduce((sum, count) => sum + count, 0),
    unverified: byOutcome.succeeded - verified - defective,
    videosPerHour: videosPerMinute * minutesPerHour,
    contentSecondsPerHour: contentSecondsPerMinute * minutesPerHour,
  }
}

/** What ended in a group, and what it used. */
export class GroupTally {
  readonly #tally = new WindowTally()
  readonly #spending: SpendingTotals

  /** @param currency - ISO 4217 code. */
  constructor(currency: string) {
    this.#spending = new SpendingTotals(currency)
  }

  add(record: GenerationRecord): void {
    this.#tally.add(record)
    this.#spending.add(record)
  }

  summarize(coveredMs: number): Omit<ReportGroup, 'group'> {
    const { total, perUsableSecond } = this.#spending.summarize()
    const figures = figuresOf(this.#tally, coveredMs)
    return { ...figures, spent: total, costPerUsableSecond: perUsableSecond.cost }
  }
}

/** What is told of a span as a whole. */
export class SpanTotals {
  readonly #tally = new WindowTally()
  readonly #turnaround = new WindowTally()
  readonly #spending: SpendingTotals
  readonly #attempts = Array.from({ length: mostAttempts }, () => ({ ended: 0, succeeded: 0 }))

  /** @param currency - ISO 4217 code. */
  constructor(currency: string) {
    this.#spending = new SpendingTotals(currency)
  }

  /** Adds an ended generation. */
  add(record: GenerationRecord): void {
    if (!isEnded(record.status)) return
    this.#tally.add(record)
    this.#spending.add(record)
    const { durationMs, queueMs = 0 } = record
    if (!isWasted(record) && durationMs !== undefined)
      this.#turnaround.add({ ...record, durationMs: queueMs + durationMs })
    const counts = this.#attempts[Math.max(1, Math.min(mostAttempts, Math.floor(record.attempt))) - 1]
    if (!counts) return
    counts.ended++
    if (record.status === 'succeeded') counts.succeeded++
  }

  summarize(coveredMs: number) {
    const spending = this.#spending.summarize()
    return {
      totals: figuresOf(this.#tally, coveredMs),
      turnaround: this.#turnaround.summarize(coveredMs / 1000, coveredMs).duration,
      spending,
      costPerUsableVideo: costPerUsableVideo(spending),
      attempts: this.#summarizeAttempts(),
    }
  }

  #summarizeAttempts(): ReportAttempts {
    const byNumber = this.#attempts.map((counts, index) => ({ attempt: index + 1, ...counts }))
    const all = byNumber.reduce((sum, { ended }) => sum + ended, 0)
    const first = byNumber[0]?.ended ?? 0
    return {
      first,
      retries: all - first,
      perRequest: first === 0 ? null : all / first,
      byNumber: byNumber.filter(({ ended }) => ended > 0),
    }
  }
}

function costPerUsableVideo({ total, usable }: Spending): number | null {
  // Videos of which it is not known what they cost must not make the rest cheaper.
  return usable.cost.known === 0 ? null : total.cost.total / usable.cost.known
}
