import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { GenerationRecord } from '../../model/generation.ts'
import { budgetPeriods, periodStartMs } from './budget-period.ts'
import { type Budget, Budgets, budgetMetrics } from './budgets.ts'
import { anyEnded, centsOf, ended, endMs } from './ended.contract.ts'

const dayMs = 86_400_000

function spent(
  amount: number,
  endedAtMs = endMs,
  request: GenerationRecord['request'] = {},
): GenerationRecord {
  return ended({ endedAtMs, request, cost: { amount, currency: 'USD', basis: 'p' } })
}

function budgetsOf(...given: Partial<Budget>[]): Budgets {
  const budgets = given.map((budget, index) => ({
    name: `b${index}`,
    amount: 10,
    per: 'day' as const,
    ...budget,
  }))
  return new Budgets(budgets, 'USD')
}

function spendOf(budgets: Budgets, nowMs: number): number[] {
  return budgets.statuses(nowMs).map(({ spend }) => spend)
}

describe('a period', () => {
  test.each([
    ['day', '2026-05-20T23:59:59.999Z', '2026-05-20'],
    ['day', '2026-05-21T00:00:00.000Z', '2026-05-21'],
    ['week', '2026-05-24T23:59:59.999Z', '2026-05-18'],
    ['week', '2026-05-25T00:00:00.000Z', '2026-05-25'],
    ['week', '1970-01-01T00:00:00.000Z', '1969-12-29'],
    ['month', '2024-02-29T23:59:59.999Z', '2024-02-01'],
    ['month', '2026-03-01T00:00:00.000Z', '2026-03-01'],
    ['month', '1969-12-31T23:59:59.999Z', '1969-12-01'],
  ] as const)('the %s of %s began on %s', (per, time, day) => {
    expect(periodStartMs(Date.parse(time), per)).toBe(Date.parse(day))
  })

  test('agrees with the calendar of the platform at any time', () => {
    fc.assert(
      fc.property(fc.date({ noInvalidDate: true }), (date) => {
        const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()]
        const monday = new Date(date)
        monday.setUTCHours(0, 0, 0, 0)
        monday.setUTCDate(day - ((date.getUTCDay() + 6) % 7))
        const first = new Date(0)
        first.setUTCFullYear(year, month, 1)
        const midnight = new Date(0)
        midnight.setUTCFullYear(year, month, day)
        const expected = { day: midnight, week: monday, month: first }
        for (const per of budgetPeriods) {
          if (Number.isNaN(expected[per].getTime())) continue
          expect(periodStartMs(date.getTime(), per)).toBe(expected[per].getTime())
        }
      }),
    )
  })

  test.each([Number.NaN, Number.POSITIVE_INFINITY, 9e15])('there is none of the time %s', (time) => {
    for (const per of budgetPeriods) expect(periodStartMs(time, per)).toBeUndefined()
  })
})

describe('a budget', () => {
  test('is spent by what ended in its period, and nothing is left of the period before', () => {
    const budgets = budgetsOf({ per: 'day' }, { per: 'month', amount: 4 })
    budgets.add(spent(2, endMs - dayMs), endMs - dayMs)
    budgets.add(spent(3), endMs)
    expect(spendOf(budgets, endMs)).toEqual([3, 5])
    expect(budgets.statuses(endMs)[1]).toEqual({
      name: 'b1',
      amount: 4,
      currency: 'USD',
      per: 'month',
      fromMs: Date.UTC(2026, 4, 1),
      spend: 5,
      ratio: 1.25,
    })
    expect(spendOf(budgets, endMs + dayMs)).toEqual([0, 5])
    expect(spendOf(budgets, endMs + 31 * dayMs)).toEqual([0, 0])
  })

  test('of some generations counts only those', () => {
    const budgets = budgetsOf(
      { model: 'wan*' },
      { provider: 'fal', model: 'wan*' },
      { tags: { tenant: 'acme', team: 'a*' } },
      { tags: { constructor: '*' } },
    )
    budgets.add(spent(1, endMs, { model: 'wan2.2', tags: { tenant: 'acme' } }), endMs)
    budgets.add(spent(2, endMs, { provider: 'fal', model: 'wan2.1' }), endMs)
    budgets.add(spent(4, endMs, { tags: { tenant: 'Acme', team: 'ads' } }), endMs)
    expect(spendOf(budgets, endMs)).toEqual([3, 2, 4, 0])
  })

  test('takes no account of what has no cost, or one in another currency', () => {
    const budgets = budgetsOf({})
    budgets.add(ended(), endMs)
    budgets.add(ended({ cost: { amount: 5, currency: 'EUR', basis: 'p' } }), endMs)
    budgets.add({ ...spent(5), status: 'running' }, endMs)
    expect(spendOf(budgets, endMs)).toEqual([0])
  })

  test('takes back what was counted for a lost generation when its true end is known', () => {
    const budgets = budgetsOf({})
    const lost = { ...spent(0.1), status: 'lost' as const }
    budgets.add(lost, endMs)
    budgets.add(spent(0.3), endMs, lost)
    expect(spendOf(budgets, endMs)).toEqual([0.3])
  })

  test('keeps its period through a clock that was wrong for a while, and an end that comes late', () => {
    const budgets = budgetsOf({})
    budgets.add(spent(1), endMs)
    for (const days of [400, 800, -300, 1200])
      budgets.add(spent(50, endMs + days * dayMs), endMs + days * dayMs)
    budgets.add(spent(2, endMs - dayMs), endMs)
    budgets.add(spent(4), endMs)
    expect(spendOf(budgets, endMs)).toEqual([5])
  })

  test('says in samples how it stands, zero included', () => {
    const budgets = budgetsOf({ name: 'acme' })
    const samples = () =>
      budgets.samples(endMs).map(({ name, attributes, value }) => [name, attributes, value])
    expect(samples().map(([, , value]) => value)).toEqual([0, 0])
    budgets.add(spent(12), endMs)
    expect(samples()).toEqual([
      ['video_generation.budget.spend', { budget: 'acme' }, 12],
      ['video_generation.budget.ratio', { budget: 'acme' }, 1.2],
    ])
    const described = budgetMetrics('USD').map(({ name }) => name)
    expect(samples().map(([name]) => name)).toEqual(described)
  })
})

describe('after a restart', () => {
  test('what ended since the earliest period is needed again', () => {
    expect(budgetsOf().restoreFromMs(endMs)).toBeUndefined()
    expect(budgetsOf({ per: 'day' }, { per: 'week' }).restoreFromMs(endMs)).toBe(Date.UTC(2026, 4, 18))
    expect(budgetsOf({ per: 'week' }, { per: 'month' }).restoreFromMs(endMs)).toBe(Date.UTC(2026, 4, 1))
  })

  test('budgets stand as if there had been none, and as the cents of their period say', () => {
    const restart = fc.nat(40 * dayMs).map((age) => endMs - age)
    fc.assert(
      fc.property(fc.array(anyEnded, { maxLength: 60 }), restart, (records, restartMs) => {
        const ends = records.toSorted((a, b) => (a.endedAtMs ?? 0) - (b.endedAtMs ?? 0))
        const make = () => budgetsOf(...budgetPeriods.map((per) => ({ per })), { per: 'month', model: 'wan' })
        const [through, again] = [make(), make()]
        for (const record of ends) through.add(record, record.endedAtMs ?? 0)
        const fromMs = again.restoreFromMs(restartMs) ?? 0
        const isPast = ({ endedAtMs = 0 }: GenerationRecord) => endedAtMs < restartMs
        const stored = ends.filter((record) => isPast(record) && (record.endedAtMs ?? 0) >= fromMs)
        for (const record of stored.toReversed()) again.add(record, restartMs)
        for (const record of ends) if (!isPast(record)) again.add(record, record.endedAtMs ?? 0)
        const exact = budgetPeriods.map((per) => {
          const startMs = periodStartMs(endMs, per) ?? 0
          const inPeriod = ends.filter(({ endedAtMs = 0 }) => endedAtMs >= startMs)
          return inPeriod.reduce((sum, record) => sum + centsOf(record), 0) / 100
        })
        for (const [index, expected] of exact.entries()) {
          expect(spendOf(through, endMs)[index]).toBeCloseTo(expected, 8)
          expect(spendOf(again, endMs)[index]).toBeCloseTo(expected, 8)
        }
        expect(spendOf(again, endMs)[3]).toBeCloseTo(spendOf(through, endMs)[3] ?? Number.NaN, 8)
      }),
    )
  })
})
