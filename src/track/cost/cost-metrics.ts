import { type GenerationOutcome, type GenerationRecord, isEnded } from '../../model/generation.ts'
import type { Attributes, MetricDescriptor, Sample } from '../../model/sample.ts'
import { isWasted, usedBy } from './spending.ts'

/** The metrics of what generations use. The unit of money is its ISO 4217 code, as an annotation of UCUM. */
export function costMetrics(currency: string): readonly MetricDescriptor[] {
  return [
    {
      name: 'video_generation.cost',
      kind: 'counter',
      unit: `{${currency}}`,
      description:
        'What ended generations cost since the service started, by `outcome` and `model`; what has no price is not in it.',
    },
    {
      name: 'video_generation.cost.wasted',
      kind: 'counter',
      unit: `{${currency}}`,
      description:
        'The part of the cost that nobody can use, by `outcome` and `model`: of succeeded generations, that of defective ones.',
    },
    {
      name: 'video_generation.gpu.time',
      kind: 'counter',
      unit: 's',
      description: 'GPU time of ended generations: run time by number of GPUs, by `outcome` and `model`.',
    },
    {
      name: 'video_generation.energy',
      kind: 'counter',
      unit: 'J',
      description: 'Energy that the GPUs of ended generations drew for them, by `outcome` and `model`.',
    },
  ]
}

const metricNames = {
  cost: 'video_generation.cost',
  wastedCost: 'video_generation.cost.wasted',
  gpuSeconds: 'video_generation.gpu.time',
  energyJoules: 'video_generation.energy',
} as const
type Counted = keyof typeof metricNames
const countedNames = Object.keys(metricNames) as Counted[]

/** The names of models are the caller's: those beyond this many are counted together. */
const maxModels = 50
const otherModel = 'other'

interface Series {
  readonly attributes: Attributes
  /**
   * Left out while nothing is known of it: unknown is not zero. Plain sums, since a counter must never step back: their
   * error is at most 2^-53 of the sum for each generation, 10^-7 of it after 10^9.
   */
  readonly counters: Partial<Record<Counted, number>>
}

/** Counters of what ended generations use. They only grow; their number is bounded. */
export class CostCounters {
  readonly #currency: string
  readonly #models = new Set<string>()
  readonly #series = new Map<string, Series>()

  /** @param currency - ISO 4217 code; costs in others are not counted. */
  constructor(currency: string) {
    this.#currency = currency
  }

  /**
   * Counts an ended generation; others are ignored.
   *
   * @param before - what was counted for it before its true end became known. Only what it used beyond that is counted,
   *   since counters do not shrink: no more is spent than was, and the parts of each outcome follow as far as they can.
   */
  add(record: GenerationRecord, before?: GenerationRecord): void {
    if (!isEnded(record.status)) return
    const series = this.#seriesOf(record, record.status)
    const used = countedOf(record, this.#currency)
    const counted = before && isEnded(before.status) ? countedOf(before, this.#currency) : undefined
    for (const name of countedNames) {
      const growth = (used[name] ?? Number.NaN) - (counted?.[name] ?? 0)
      if (!(growth >= 0)) continue
      series.counters[name] = (series.counters[name] ?? 0) + growth
    }
  }

  /** Every counter that is known, as samples for one tick. */
  samples(): readonly Sample[] {
    return [...this.#series.values()].flatMap(({ attributes, counters }) =>
      countedNames.flatMap((counted) => {
        const value = counters[counted]
        return value === undefined ? [] : [{ name: metricNames[counted], attributes, value }]
      }),
    )
  }

  #seriesOf(record: GenerationRecord, outcome: GenerationOutcome): Series {
    const model = this.#modelOf(record)
    const key = `${outcome} ${model ?? ''}`
    const attributes: Attributes = model === undefined ? { outcome } : { outcome, model }
    const series = this.#series.get(key) ?? { attributes, counters: {} }
    this.#series.set(key, series)
    return series
  }

  #modelOf({ request }: GenerationRecord): string | undefined {
    if (!request.model) return undefined
    const model = request.model.replace(/\p{C}/gu, '_')
    if (this.#models.has(model)) return model
    if (this.#models.size >= maxModels) return otherModel
    this.#models.add(model)
    return model
  }
}

function countedOf(record: GenerationRecord, currency: string): Partial<Record<Counted, number>> {
  const { cost, gpuSeconds, energyJoules } = usedBy(record, currency)
  const wastedCost = isWasted(record) ? cost : 0
  return { cost, gpuSeconds, energyJoules, wastedCost: cost === undefined ? undefined : wastedCost }
}
