/** What users write about costs, validated: prices and budgets. Loaded only where options are read. */
import type * as zod from 'zod'
import { lazySchema, type Zod } from '../../config/lazy-schema.ts'
import { generationOutcomes } from '../../model/generation.ts'
import { budgetPeriods } from './budget-period.ts'
import type { Price, PriceUnit, patternKeys } from './price-book.ts'

/** How each unit is written, and what an amount of it is divided by: clouds quote GPU time by the hour. */
const unitKeys = {
  perGpuSecond: { unit: 'gpuSecond', divisor: 1 },
  perGpuHour: { unit: 'gpuSecond', divisor: 3600 },
  perOutputSecond: { unit: 'outputSecond', divisor: 1 },
  perMegapixelSecond: { unit: 'megapixelSecond', divisor: 1 },
  perCall: { unit: 'call', divisor: 1 },
} as const satisfies Record<string, { unit: PriceUnit; divisor: number }>

type UnitKey = keyof typeof unitKeys
const unitNames = Object.keys(unitKeys) as UnitKey[]

const maxPrices = 500
const maxBudgets = 50
const maxTags = 8

/** One price. Unknown keys are errors. */
const priceSchema = lazySchema((z) => {
  const error = 'expected an amount of money from 0 up'
  const amount = z.number({ error }).nonnegative({ error }).optional()
  const outcomesError = `expected a list of outcomes: ${generationOutcomes.join(', ')}`
  return z
    .strictObject({
      name: nameSchema(z),
      ...patterns(z),
      perGpuSecond: amount,
      perGpuHour: amount,
      perOutputSecond: amount,
      perMegapixelSecond: amount,
      perCall: amount,
      from: dateSchema(z).optional(),
      until: dateSchema(z).optional(),
      charges: z
        .array(z.enum(generationOutcomes, { error: outcomesError }), { error: outcomesError })
        .optional(),
    })
    .transform(({ from, until, name, charges, ...given }, context): Price => {
      const complain = (message: string, path: string[] = []) =>
        context.issues.push({ code: 'custom', message, path, input: given })
      const [key, ...others] = unitNames.filter((unit) => given[unit] !== undefined)
      if (key === undefined || others.length > 0) complain(`expected exactly one of ${unitNames.join(', ')}`)
      if (from !== undefined && until !== undefined && until <= from)
        complain('expected a time after `from`', ['until'])
      // "reported" is the basis of a cost that the provider told.
      if (name === 'reported') complain('expected a name other than "reported"', ['name'])
      const { unit, divisor } = unitKeys[key ?? 'perCall']
      const { provider, model, gpuType, engine } = given
      const amount = (given[key ?? 'perCall'] ?? 0) / divisor
      return { name, provider, model, gpuType, engine, unit, amount, fromMs: from, untilMs: until, charges }
    })
})

const budgetSchema = lazySchema((z) => {
  const error = 'expected an amount of money from 0.000001 up'
  const tagsError = `expected at most ${maxTags} tags, each with a text, in which \`*\` stands for anything`
  return z.strictObject({
    name: nameSchema(z),
    amount: z.number({ error }).min(1e-6, { error }),
    per: z.enum(budgetPeriods, { error: `expected one of ${budgetPeriods.join(', ')}` }),
    ...patterns(z),
    tags: z
      .record(z.string().max(200), patternSchema(z), { error: tagsError })
      .refine((tags) => Object.keys(tags).length <= maxTags, { error: tagsError })
      .optional(),
  })
})

/** Prices and budgets. No two prices have the same name, and no two budgets. */
export const costSettingsSchema = lazySchema((z) =>
  z.strictObject({
    currency: z
      .string({ error: 'expected an ISO 4217 code such as USD' })
      .regex(/^[A-Z]{3}$/, { error: 'expected an ISO 4217 code such as USD' })
      .default('USD'),
    prices: namedList(z, priceSchema(), 'price', maxPrices),
    budgets: namedList(z, budgetSchema(), 'budget', maxBudgets),
  }),
)

/** Costs as users write them. */
export type CostInput = zod.input<ReturnType<typeof costSettingsSchema>>

/** Costs with their defaults filled in. Plain data: they can cross a thread. */
export type CostSettings = zod.output<ReturnType<typeof costSettingsSchema>>

function namedList<T extends zod.ZodType<{ readonly name: string }>>(
  z: Zod,
  entry: T,
  noun: string,
  most: number,
) {
  return z
    .array(entry, { error: `expected a list of ${noun}s` })
    .max(most, { error: `expected at most ${most} ${noun}s` })
    .superRefine((entries, context) => {
      const names = new Set<string>()
      for (const [index, { name }] of entries.entries()) {
        const message = `expected a name no other ${noun} has ("${name}" is taken)`
        if (names.has(name)) context.addIssue({ code: 'custom', path: [index, 'name'], message })
        names.add(name)
      }
    })
    .default([])
}

function nameSchema(z: Zod) {
  const error = 'expected a name of 1 to 100 characters, none of them a control character'
  return z.string({ error }).regex(/^\P{C}{1,100}$/u, { error })
}

function patternSchema(z: Zod) {
  const error = 'expected a text of 1 to 200 characters, in which `*` stands for anything'
  return z.string({ error }).min(1, { error }).max(200, { error })
}

function patterns(z: Zod) {
  const pattern = patternSchema(z).optional()
  return { provider: pattern, model: pattern, gpuType: pattern, engine: pattern } satisfies Record<
    (typeof patternKeys)[number],
    unknown
  >
}

/** A day in UTC or a moment with its offset; becomes Unix milliseconds. */
function dateSchema(z: Zod) {
  const error = 'expected a date such as 2026-01-31, or a time such as 2026-01-31T12:00:00Z'
  return z
    .union([z.iso.date(), z.iso.datetime({ offset: true })], { error })
    .transform((text) => Date.parse(text))
}
