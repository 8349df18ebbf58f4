/** What a generation cost: a record and the price book flow in, an amount of money or nothing flows out. Pure. */
import type {
  GenerationCost,
  GenerationOutcome,
  GenerationRecord,
  GenerationRequest,
} from '../../model/generation.ts'
import { isEnded } from '../../model/generation.ts'
import { matchesGlob, specificityOf } from './glob.ts'

/** What an amount is for one of. */
export type PriceUnit = 'gpuSecond' | 'outputSecond' | 'megapixelSecond' | 'call'

/** What a price or a budget may ask of a generation, in the order in which it makes a price more specific. */
export const patternKeys = ['provider', 'model', 'gpuType', 'engine'] as const

/** Texts in which `*` stands for anything. What is left out is not asked; what is asked must be known. */
export type CostPatterns = { readonly [key in (typeof patternKeys)[number]]?: string }

/** One price. */
export interface Price extends CostPatterns {
  readonly name: string
  readonly unit: PriceUnit
  /** Money for one unit. */
  readonly amount: number
  /** Unix milliseconds of the first moment it holds. @default always did */
  readonly fromMs?: number
  /** Unix milliseconds of the first moment it no longer holds. @default always will */
  readonly untilMs?: number
  /**
   * The outcomes that are charged; others cost nothing. Left out: GPU time is charged whatever came of it; of the rest,
   * succeeded generations are, failed, cancelled and rejected ones are not, and of timed out and lost ones it is not known.
   */
  readonly charges?: readonly GenerationOutcome[]
}

/** Prices in the order in which they were configured. */
export interface PriceBook {
  /** ISO 4217 code. */
  readonly currency: string
  readonly prices: readonly Price[]
}

/** True when the generation has all that the patterns ask. */
export function matchesPatterns(record: GenerationRecord, patterns: CostPatterns): boolean {
  const { provider, model, engine } = record.request
  const facts = { provider, model, engine, gpuType: record.resources?.gpuType }
  return patternKeys.every((key) => {
    const pattern = patterns[key]
    const fact = facts[key]
    return pattern === undefined || (fact !== undefined && matchesGlob(fact, pattern))
  })
}

/**
 * The price of a generation: of those that match it and hold at its end, the most specific. Two prices are compared by
 * provider first, then by model, GPU type and engine: an exact text beats a pattern, a pattern the one with fewer
 * characters that are no star, and any pattern none. Of equals, the first.
 */
export function priceOf(record: GenerationRecord, { prices }: PriceBook): Price | undefined {
  const endMs = record.endedAtMs
  if (endMs === undefined) return undefined
  let best: Price | undefined
  for (const price of prices) {
    const holds = (price.fromMs ?? -Infinity) <= endMs && endMs < (price.untilMs ?? Infinity)
    if (!holds || !matchesPatterns(record, price)) continue
    if (!best || isMoreSpecific(price, best)) best = price
  }
  return best
}

function isMoreSpecific(a: CostPatterns, b: CostPatterns): boolean {
  for (const key of patternKeys) {
    const [ours, theirs] = [specificityOf(a[key]), specificityOf(b[key])]
    if (ours !== theirs) return ours > theirs
  }
  return false
}

/**
 * What an ended generation cost. What the provider reported stands before any price. Amounts are not rounded to
 * cents: at most six operations make one, so that it is within 2^-50 of itself of what its factors say.
 *
 * @param record - with its `resources`.
 * @param reportedCost - what the provider charged; only a number from 0 to 10^15 counts.
 * @returns undefined when it has not ended, no price is its own, or what that price multiplies is not known: unknown is
 *   not zero. Zero when its price does not charge how it ended.
 */
export function costOf(
  record: GenerationRecord,
  book: PriceBook,
  reportedCost?: number,
): GenerationCost | undefined {
  if (!isEnded(record.status)) return undefined
  const { currency } = book
  if (isAmount(reportedCost)) return { amount: reportedCost, currency, basis: 'reported' }
  const price = priceOf(record, book)
  if (!price) return undefined
  const units = unitsOf(record, price, record.status)
  if (units === undefined) return undefined
  const amount = units * price.amount
  return isAmount(amount) ? { amount, currency, basis: price.name } : undefined
}

const maxAmount = 1e15

/** True for a number that can be added up: more than 10^15 is a mistake, beside which all else would vanish. */
export function isAmount(value: number | undefined): value is number {
  return value !== undefined && value >= 0 && value <= maxAmount
}

function unitsOf(record: GenerationRecord, price: Price, outcome: GenerationOutcome): number | undefined {
  const { unit, charges } = price
  if (charges) return charges.includes(outcome) ? quantityOf(record, unit) : 0
  if (unit === 'gpuSecond' || outcome === 'succeeded') return quantityOf(record, unit)
  // The provider may well go on, and bill: what was given up here is not known to be free.
  return outcome === 'timed_out' || outcome === 'lost' ? undefined : 0
}

function quantityOf(record: GenerationRecord, unit: PriceUnit): number | undefined {
  if (unit === 'call') return 1
  if (unit === 'gpuSecond') return gpuSecondsOf(record)
  const contentSeconds = contentSecondsOf(record)
  if (unit === 'outputSecond' || contentSeconds === undefined) return contentSeconds
  const megapixels = outputFact(record, megapixelsIn)
  return megapixels === undefined ? undefined : megapixels * contentSeconds
}

/** What never ran used no GPU; whether a lost generation ran is not known. */
function gpuSecondsOf({ resources, startedAtMs, status }: GenerationRecord): number | undefined {
  if (resources?.gpuSeconds !== undefined) return resources.gpuSeconds
  return startedAtMs === undefined && status !== 'lost' ? 0 : undefined
}

/**
 * Seconds of content that a generation produced: as its output says, or its frames by its frame rate. A succeeded
 * generation whose output does not say is taken to have made what was requested; of others that is not known.
 */
export function contentSecondsOf(record: GenerationRecord): number | undefined {
  return outputFact(record, secondsIn)
}

type Facts = Pick<GenerationRequest, 'durationSeconds' | 'frames' | 'fps' | 'width' | 'height'>

function outputFact(
  { output, request, status }: GenerationRecord,
  factIn: (facts: Facts) => number | undefined,
): number | undefined {
  return (output && factIn(output)) ?? (status === 'succeeded' ? factIn(request) : undefined)
}

function secondsIn({ durationSeconds, frames, fps }: Facts): number | undefined {
  if (isPositive(durationSeconds)) return durationSeconds
  return isPositive(frames) && isPositive(fps) ? frames / fps : undefined
}

function megapixelsIn({ width, height }: Facts): number | undefined {
  return isPositive(width) && isPositive(height) ? (width * height) / 1e6 : undefined
}

/** A file of no length or size says that its facts are not known, not that it cost nothing. */
function isPositive(value: number | undefined): value is number {
  return value !== undefined && Number.isFinite(value) && value > 0
}
