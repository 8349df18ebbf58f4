import { type GenerationRecord, isEnded } from '../../model/generation.ts'
import { resolutionClass, videoFacts } from '../../model/video-scale.ts'
import { dayMs } from '../../system/clock.ts'
import { WindowTally } from '../../track/window-tally.ts'
import { BoundedGroups, cutText } from './bounded-groups.ts'
import { figuresOf, GroupTally } from './figures.ts'
import type {
  ReportDefect,
  ReportExample,
  ReportFailure,
  ReportGroup,
  ReportGroupKey,
  ReportSlow,
  ReportSpan,
  ReportStep,
} from './report.ts'

const maxGroups = { model: 50, modelAndResolution: 100, node: 100, failures: 50, defects: 50 }
const maxSlowest = 10
const maxMessageLength = 300
const maxSteps = 60
const minuteMs = 60_000
const yearMs = 365 * dayMs
const stepsMs = [1, 5, 15, 60, 360].map((minutes) => minutes * minuteMs)
const longStepsMs = [1, 7, 30].map((days) => days * dayMs)

/** The shortest step that divides a span into no more than 60, and one for parts of steps at its bounds. */
function stepOf({ fromMs, toMs }: ReportSpan): number {
  const leastMs = (toMs - fromMs) / maxSteps
  const step = [...stepsMs, ...longStepsMs].find((candidate) => candidate >= leastMs)
  return step ?? Math.ceil(leastMs / yearMs) * yearMs
}

interface Counted {
  count: number
  example: ReportExample
}

/** What is told of a span beyond its totals: when, by what, and why not. */
export class SpanDetails {
  readonly #span: ReportSpan
  readonly #stepMs: number
  readonly #steps = new Map<number, WindowTally>()
  readonly #byModel: BoundedGroups<GroupTally>
  readonly #byModelAndResolution: BoundedGroups<GroupTally>
  readonly #byNode: BoundedGroups<GroupTally>
  readonly #failures = new BoundedGroups<Counted>(maxGroups.failures, noneCounted)
  readonly #defects = new BoundedGroups<Counted>(maxGroups.defects, noneCounted)
  #slowest: readonly ReportSlow[] = []

  /** @param currency - ISO 4217 code. */
  constructor(span: ReportSpan, currency: string) {
    this.#span = span
    this.#stepMs = stepOf(span)
    const groups = (most: number) => new BoundedGroups(most, () => new GroupTally(currency))
    this.#byModel = groups(maxGroups.model)
    this.#byModelAndResolution = groups(maxGroups.modelAndResolution)
    this.#byNode = groups(maxGroups.node)
  }

  /** @param endedAtMs - of the record, in the span. */
  add(record: GenerationRecord, endedAtMs: number): void {
    const { model = '' } = record.request
    const resolution = resolutionClass(videoFacts(record)) ?? ''
    const step = Math.floor(endedAtMs / this.#stepMs)
    const tally = this.#steps.get(step) ?? new WindowTally()
    this.#steps.set(step, tally)
    tally.add(record)
    this.#byModel.of(model).add(record)
    this.#byModelAndResolution.of(model, resolution).add(record)
    this.#byNode.of(record.node).add(record)
    this.#addFailure(record)
    if (record.status === 'succeeded')
      for (const type of new Set(record.defects)) count(this.#defects.of(type), record)
    this.#addSlow(record, endedAtMs, resolution)
  }

  summarize() {
    const coveredMs = this.#span.toMs - this.#span.fromMs
    const groups = (tallies: BoundedGroups<GroupTally>, ...keys: readonly ReportGroupKey[]) =>
      tallies.entries
        .map(({ names, value }): ReportGroup => {
          const group = Object.fromEntries(keys.map((key, index) => [key, names[index] ?? '']))
          return { group, ...value.summarize(coveredMs) }
        })
        .sort((a, b) => b.ended - a.ended)
    return {
      stepMs: this.#stepMs,
      series: this.#series(),
      byModel: groups(this.#byModel, 'model'),
      byModelAndResolution: groups(this.#byModelAndResolution, 'model', 'resolution'),
      byNode: groups(this.#byNode, 'node'),
      failures: mostFirst(
        this.#failures.entries.map(({ names: [outcome = '', errorClass = ''], value }) => ({
          outcome: outcome as ReportFailure['outcome'],
          errorClass,
          ...value,
        })),
      ),
      defects: mostFirst(
        this.#defects.entries.map(({ names: [type = ''], value }): ReportDefect => ({ type, ...value })),
      ),
      slowest: this.#slowest,
    }
  }

  #addFailure(record: GenerationRecord): void {
    const { status, error } = record
    if (status === 'succeeded' || status === 'cancelled') return
    count(this.#failures.of(status, error?.errorClass ?? 'unclassified'), record)
  }

  #addSlow(record: GenerationRecord, endedAtMs: number, resolution: string): void {
    const { durationMs, status, queueMs = null } = record
    if (durationMs === undefined || !isEnded(status)) return
    if (this.#slowest.length >= maxSlowest && durationMs <= (this.#slowest.at(-1)?.durationMs ?? 0)) return
    const slow = {
      id: cutText(record.id),
      status,
      model: cutText(record.request.model ?? ''),
      resolution,
      node: cutText(record.node),
      endedAtMs,
      durationMs,
      queueMs,
    }
    this.#slowest = [...this.#slowest, slow].sort((a, b) => b.durationMs - a.durationMs).slice(0, maxSlowest)
  }

  #series(): ReportStep[] {
    const { fromMs, toMs } = this.#span
    const first = Math.floor(fromMs / this.#stepMs)
    const last = Math.ceil(toMs / this.#stepMs) - 1
    return Array.from({ length: last - first + 1 }, (_, index) => {
      const timestampMs = (first + index) * this.#stepMs
      const coveredMs = Math.min(toMs, timestampMs + this.#stepMs) - Math.max(fromMs, timestampMs)
      const figures = figuresOf(this.#steps.get(first + index) ?? new WindowTally(), coveredMs)
      return { timestampMs, coveredMs, ...figures }
    })
  }
}

function noneCounted(): Counted {
  return { count: 0, example: { id: '', message: null } }
}

/** Records come newest request first: the first of a group is its example. */
function count(counted: Counted, { id, error }: GenerationRecord): void {
  if (counted.count++ > 0) return
  counted.example = { id: cutText(id), message: error ? cutText(error.message, maxMessageLength) : null }
}

function mostFirst<T extends { readonly count: number }>(items: readonly T[]): T[] {
  return items.toSorted((a, b) => b.count - a.count)
}
