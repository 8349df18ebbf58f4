import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse as parseYaml } from 'yaml'
import { parseOptions } from '../../config/validate.ts'
import { type CostInput, type CostSettings, costSettingsSchema } from './cost-settings.ts'

function parse(input: unknown): CostSettings {
  return parseOptions(costSettingsSchema(), input, { label: 'costs' })
}

describe('costs in the configuration', () => {
  test('nothing given is a price book in dollars without prices or budgets', () => {
    expect(parse({})).toEqual({ currency: 'USD', prices: [], budgets: [] })
  })

  test('a price per GPU-hour is the 3600th part per GPU-second', () => {
    const { prices } = parse({ prices: [{ name: 'h100', gpuType: '*H100*', perGpuHour: 3.6 }] })
    expect(prices).toMatchObject([{ name: 'h100', gpuType: '*H100*', unit: 'gpuSecond', amount: 0.001 }])
  })

  test.each([
    ['perGpuSecond', 'gpuSecond'],
    ['perOutputSecond', 'outputSecond'],
    ['perMegapixelSecond', 'megapixelSecond'],
    ['perCall', 'call'],
  ])('%s is kept as it is', (key, unit) => {
    expect(parse({ prices: [{ name: 'p', [key]: 0.25 }] }).prices).toMatchObject([{ unit, amount: 0.25 }])
  })

  test('a date is its first moment in UTC, a time what its offset says', () => {
    const from = '2026-01-01'
    const until = '2026-07-01T00:00:00+02:00'
    const { prices } = parse({ prices: [{ name: 'p', perCall: 1, from, until }] })
    expect(prices).toMatchObject([{ fromMs: Date.UTC(2026, 0, 1), untilMs: Date.UTC(2026, 5, 30, 22) }])
  })

  test('what comes out is plain data: it crosses a thread unchanged', () => {
    const input: CostInput = {
      currency: 'EUR',
      prices: [{ name: 'veo', provider: 'google', perOutputSecond: 0.4, charges: ['succeeded', 'rejected'] }],
      budgets: [{ name: 'acme', amount: 500, per: 'month', tags: { tenant: 'acme*' } }],
    }
    const settings = parse(input)
    expect(structuredClone(settings)).toEqual(settings)
    expect(settings).toMatchObject({ currency: 'EUR', prices: [{ charges: ['succeeded', 'rejected'] }] })
  })
})

test('the example of the documentation is right, and its prices follow each other without a gap', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../docs/costs.md'), 'utf8')
  const [, example = ''] = /```yaml\n(.*?)```/s.exec(page) ?? []
  const { prices, budgets } = parse((parseYaml(example) as { costs: unknown }).costs)
  expect(prices.map(({ name }) => name)).toEqual(['own-h100', 'own-h100-from-july', 'fal-wan', 'veo'])
  expect(prices[0]?.untilMs).toBe(Date.UTC(2026, 6, 1))
  expect(prices[1]?.fromMs).toBe(Date.UTC(2026, 6, 1))
  expect(budgets).toMatchObject([{ per: 'month' }, { per: 'day', tags: { tenant: 'acme' } }])
})

const price = { name: 'p', perCall: 1 }
const budget = { name: 'b', amount: 1, per: 'day' }

test.each([
  [
    'two units',
    { prices: [{ ...price, perGpuHour: 1 }] },
    '`prices[0]`: expected exactly one of perGpuSecond',
  ],
  ['no unit', { prices: [{ name: 'p' }] }, '`prices[0]`: expected exactly one of'],
  ['a negative amount', { prices: [{ ...price, perCall: -1 }] }, '`prices[0].perCall`: expected an amount'],
  [
    'an endless amount',
    { prices: [{ ...price, perCall: Infinity }] },
    '`prices[0].perCall`: expected an amount',
  ],
  ['an unknown key', { prices: [{ ...price, perToken: 1 }] }, 'unknown key `prices[0].perToken`'],
  ['an unknown outcome', { prices: [{ ...price, charges: ['done'] }] }, 'expected a list of outcomes'],
  ['a day that is none', { prices: [{ ...price, from: '2026-02-30' }] }, '`prices[0].from`: expected a date'],
  [
    'an end before the start',
    { prices: [{ ...price, from: '2026-02-01', until: '2026-02-01' }] },
    '`prices[0].until`: expected a time after `from`',
  ],
  ['a name twice', { prices: [price, price] }, '`prices[1].name`: expected a name no other price has'],
  [
    'the basis of reported costs as a name',
    { prices: [{ ...price, name: 'reported' }] },
    'other than "reported"',
  ],
  [
    'control characters in a name',
    { prices: [{ ...price, name: 'a\nb' }] },
    '`prices[0].name`: expected a name',
  ],
  ['a currency that is none', { currency: 'dollars' }, '`currency`: expected an ISO 4217 code'],
  ['a budget of nothing', { budgets: [{ ...budget, amount: 0 }] }, '`budgets[0].amount`: expected an amount'],
  ['a budget per year', { budgets: [{ ...budget, per: 'year' }] }, 'expected one of day, week, month'],
  ['a budget twice', { budgets: [budget, budget] }, '`budgets[1].name`: expected a name no other budget has'],
  [
    'too many tags',
    { budgets: [{ ...budget, tags: Object.fromEntries([...'abcdefghi'].map((tag) => [tag, '*'])) }] },
    '`budgets[0].tags`: expected at most 8 tags',
  ],
])('%s is refused, with the key', (_, input, message) => {
  expect(() => parse(input)).toThrow(message)
})
