import type { GenerationRecord } from '../../model/generation.ts'
import { isEnded } from '../../model/generation.ts'
import type { MetricDescriptor, Sample } from '../../model/sample.ts'
import { type BudgetPeriod, periodStartMs } from './budget-period.ts'
import { ExactSum } from './exact-sum.ts'
import { matchesGlob } from './glob.ts'
import { type CostPatterns, matchesPatterns } from './price-book.ts'
import { usedBy } from './spending.ts'

/** An amount of money that a part of the generations may cost in each day, week or month. */
export interface Budget extends CostPatterns {
  readonly name: string
  /** Above zero, in the currency of the price book. */
  readonly amount: number
  readonly per: BudgetPeriod
  /** Tags that a generation must have, each with a pattern of its value. */
  readonly tags?: Readonly<Record<string, string>>
}

/** How a budget stands. */
export interface BudgetStatus {
  readonly name: string
  readonly amount: number
  readonly currency: string
  readonly per: BudgetPeriod
  /** Unix milliseconds of the start of the period. */
  readonly fromMs: number
  /** What is known to be spent since. */
  readonly spend: number
  /** Spend by amount; above 1 when it is overspent. */
  readonly ratio: number
}

/** The metrics of budgets. */
export function budgetMetrics(currency: string): readonly MetricDescriptor[] {
  return [
    {
      name: 'video_generation.budget.spend',
      kind: 'gauge',
      unit: `{${currency}}`,
      description: 'What is known to be spent of each `budget` in its day, week or month (UTC).',
    },
    {
      name: 'video_generation.budget.ratio',
      kind: 'gauge',
      unit: '1',
      description: 'Spend of each `budget` by its amount: above 1 when it is overspent.',
    },
  ]
}

/** The period before is kept for ends that come late, and one more for a clock that was wrong for a while. */
const keptPeriods = 3

interface Followed {
  readonly budget: Budget
  /** Spend by the start of the period. */
  readonly spent: Map<number, ExactSum>
}

/**
 * Follows what is spent of each budget in its period. A generation counts in the period in which it ended. Memory is
 * bounded by the number of budgets.
 */
export class Budgets {
  readonly #currency: string
  readonly #followed: readonly Followed[]

  /** @param currency - ISO 4217 code; costs in others do not count. */
  constructor(budgets: readonly Budget[], currency: string) {
    this.#currency = currency
    this.#followed = budgets.map((budget) => ({ budget, spent: new Map() }))
  }

  /**
   * Unix milliseconds from which ended generations must be added after a restart, each once; undefined without budgets.
   */
  restoreFromMs(nowMs: number): number | undefined {
    const starts = this.#followed.flatMap(({ budget }) => periodStartMs(nowMs, budget.per) ?? [])
    return starts.length === 0 ? undefined : Math.min(...starts)
  }

  /**
   * Adds an ended generation; one without a cost counts for nothing.
   *
   * @param before - what was added for it before its true end became known; it is taken back.
   */
  add(record: GenerationRecord, nowMs: number, before?: GenerationRecord): void {
    if (before) this.#spend(before, nowMs, -1)
    this.#spend(record, nowMs, 1)
  }

  /** How every budget stands at `nowMs`. */
  statuses(nowMs: number): readonly BudgetStatus[] {
    return this.#followed.flatMap(({ budget: { name, amount, per }, spent }) => {
      const fromMs = periodStartMs(nowMs, per)
      if (fromMs === undefined) return []
      const spend = Math.max(0, spent.get(fromMs)?.value ?? 0)
      return [{ name, amount, currency: this.#currency, per, fromMs, spend, ratio: spend / amount }]
    })
  }

  /** How every budget stands, as samples for one tick. */
  samples(nowMs: number): readonly Sample[] {
    return this.statuses(nowMs).flatMap(({ name, spend, ratio }) => {
      const attributes = { budget: name }
      return [
        { name: 'video_generation.budget.spend', attributes, value: spend },
        { name: 'video_generation.budget.ratio', attributes, value: ratio },
      ]
    })
  }

  #spend(record: GenerationRecord, nowMs: number, sign: 1 | -1): void {
    const { status, endedAtMs } = record
    const { cost } = usedBy(record, this.#currency)
    if (!isEnded(status) || cost === undefined || endedAtMs === undefined) return
    for (const { budget, spent } of this.#followed) {
      if (!matchesBudget(record, budget)) continue
      const startMs = periodStartMs(endedAtMs, budget.per)
      if (startMs === undefined) continue
      const sum = spent.get(startMs) ?? new ExactSum()
      spent.set(startMs, sum)
      sum.add(sign * cost)
      if (spent.size > keptPeriods) forgetFurthest(spent, periodStartMs(nowMs, budget.per) ?? startMs)
    }
  }
}

function matchesBudget(record: GenerationRecord, budget: Budget): boolean {
  const tags = record.request.tags ?? {}
  const hasTags = Object.entries(budget.tags ?? {}).every(([name, pattern]) => {
    const value = Object.hasOwn(tags, name) ? tags[name] : undefined
    return value !== undefined && matchesGlob(value, pattern)
  })
  return hasTags && matchesPatterns(record, budget)
}

function forgetFurthest(spent: Map<number, ExactSum>, fromMs: number): void {
  let furthestMs = fromMs
  for (const startMs of spent.keys())
    if (Math.abs(startMs - fromMs) > Math.abs(furthestMs - fromMs)) furthestMs = startMs
  spent.delete(furthestMs)
}
