/** What was spent on what: ended generations flow in, sums by outcome and verification flow out. */
import {
  type GenerationOutcome,
  type GenerationRecord,
  generationOutcomes,
  isEnded,
  type Verification,
  verifications,
} from '../../model/generation.ts'
import { ExactSum } from './exact-sum.ts'
import { contentSecondsOf, isAmount } from './price-book.ts'

/** A sum over generations, and of how many of them it is known: unknown is not zero. */
interface SpentAmount {
  readonly total: number
  readonly known: number
}

/** What a set of generations used. */
export interface SpendingLine {
  readonly generations: number
  /** In the currency of the whole. */
  readonly cost: SpentAmount
  readonly gpuSeconds: SpentAmount
  readonly energyJoules: SpentAmount
  /** Length of the content produced, seconds. */
  readonly contentSeconds: SpentAmount
}

/** What was spent. Sums hold what is known; each says of how many generations. */
export interface Spending {
  /** ISO 4217 code. A cost in another currency is not known in this one. */
  readonly currency: string
  readonly total: SpendingLine
  readonly byOutcome: Readonly<Record<GenerationOutcome, SpendingLine>>
  readonly byVerification: Readonly<Record<Verification, SpendingLine>>
  /** Of what did not succeed, or turned out defective. */
  readonly wasted: SpendingLine
  /** Of what succeeded and did not turn out defective. */
  readonly usable: SpendingLine
  /**
   * All that is known to be spent, the wasted part too, for each second of usable content of which it is known. `null`
   * when either is not.
   */
  readonly perUsableSecond: {
    readonly cost: number | null
    readonly gpuSeconds: number | null
    readonly energyJoules: number | null
  }
}

const quantities = ['cost', 'gpuSeconds', 'energyJoules', 'contentSeconds'] as const
type Quantity = (typeof quantities)[number]

/** What one generation used; what is not known is left out. */
export function usedBy(
  record: GenerationRecord,
  currency: string,
): Readonly<Record<Quantity, number | undefined>> {
  const { cost, resources } = record
  return {
    cost: cost?.currency === currency ? amountOf(cost.amount) : undefined,
    gpuSeconds: amountOf(resources?.gpuSeconds),
    energyJoules: amountOf(resources?.energyJoules),
    contentSeconds: amountOf(contentSecondsOf(record)),
  }
}

function amountOf(value: number | undefined): number | undefined {
  return isAmount(value) ? value : undefined
}

/** True when nobody can use what an ended generation made: what it used was wasted. */
export function isWasted({ status, verification }: GenerationRecord): boolean {
  return status !== 'succeeded' || verification === 'defective'
}

interface Cell {
  readonly isWasted: boolean
  readonly outcome: GenerationOutcome
  readonly verification: Verification
  generations: number
  readonly sums: Readonly<Record<Quantity, { readonly total: ExactSum; known: number }>>
  /** Content of those of which the quantity is known, seconds. */
  readonly secondsWith: Readonly<Record<Quantity, ExactSum>>
}

/** Adds up what ended generations used. Its memory does not grow with their number. */
export class SpendingTotals {
  readonly #currency: string
  readonly #cells = new Map<string, Cell>()

  /** @param currency - ISO 4217 code. */
  constructor(currency: string) {
    this.#currency = currency
  }

  /**
   * Adds an ended generation; others are ignored.
   *
   * @param before - what was added for it before its true end became known; it is taken back.
   */
  add(record: GenerationRecord, before?: GenerationRecord): void {
    if (before) this.#count(before, -1)
    this.#count(record, 1)
  }

  summarize(): Spending {
    const cells = [...this.#cells.values()]
    const lineOf = (has: (cell: Cell) => boolean) => addUp(cells.filter(has))
    const total = lineOf(() => true)
    const usable = lineOf((cell) => !cell.isWasted)
    const perSecond = (quantity: Quantity) => {
      // Content of which it is not known what it took must not make the rest cheaper.
      const seconds = cells.reduce(
        (sum, cell) => sum + (cell.isWasted ? 0 : cell.secondsWith[quantity].value),
        0,
      )
      return total[quantity].known > 0 && seconds > 0 ? total[quantity].total / seconds : null
    }
    return {
      currency: this.#currency,
      total,
      byOutcome: byName(generationOutcomes, (name) => lineOf(({ outcome }) => outcome === name)),
      byVerification: byName(verifications, (name) => lineOf(({ verification }) => verification === name)),
      wasted: lineOf((cell) => cell.isWasted),
      usable,
      perUsableSecond: {
        cost: perSecond('cost'),
        gpuSeconds: perSecond('gpuSeconds'),
        energyJoules: perSecond('energyJoules'),
      },
    }
  }

  #count(record: GenerationRecord, sign: 1 | -1): void {
    if (!isEnded(record.status)) return
    const cell = this.#cellOf(record, record.status)
    const used = usedBy(record, this.#currency)
    cell.generations += sign
    for (const quantity of quantities) {
      const value = used[quantity]
      if (value === undefined) continue
      cell.sums[quantity].total.add(sign * value)
      cell.sums[quantity].known += sign
      cell.secondsWith[quantity].add(sign * (used.contentSeconds ?? 0))
    }
  }

  #cellOf(record: GenerationRecord, outcome: GenerationOutcome): Cell {
    const { verification } = record
    const key = `${outcome} ${verification}`
    const cell = this.#cells.get(key) ?? {
      isWasted: isWasted(record),
      outcome,
      verification,
      generations: 0,
      sums: byName(quantities, () => ({ total: new ExactSum(), known: 0 })),
      secondsWith: byName(quantities, () => new ExactSum()),
    }
    this.#cells.set(key, cell)
    return cell
  }
}

function addUp(cells: readonly Cell[]): SpendingLine {
  const generations = cells.reduce((sum, cell) => sum + cell.generations, 0)
  const amounts = byName(quantities, (quantity): SpentAmount => {
    const total = new ExactSum()
    let known = 0
    for (const { sums } of cells) {
      total.add(sums[quantity].total.value)
      known += sums[quantity].known
    }
    return { total: known > 0 ? Math.max(0, total.value) : 0, known }
  })
  return { generations, ...amounts }
}

function byName<Name extends string, T>(names: readonly Name[], of: (name: Name) => T): Record<Name, T> {
  return Object.fromEntries(names.map((name) => [name, of(name)])) as Record<Name, T>
}
