import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { GenerationOutcome, GenerationRecord, Verification } from '../../model/generation.ts'
import { anyEnded, centsOf, ended } from './ended.contract.ts'
import { type SpendingLine, SpendingTotals } from './spending.ts'

function spendingOf(records: readonly GenerationRecord[]) {
  const totals = new SpendingTotals('USD')
  for (const record of records) totals.add(record)
  return totals.summarize()
}

function spent(
  status: GenerationOutcome,
  amount: number | undefined,
  more: { seconds?: number; verification?: Verification; gpuSeconds?: number; energyJoules?: number } = {},
): GenerationRecord {
  const { seconds, verification = 'unverified', ...resources } = more
  return ended({
    status,
    verification,
    resources,
    output: { durationSeconds: seconds },
    cost: amount === undefined ? undefined : { amount, currency: 'USD', basis: 'p' },
  })
}

test('waste is what was spent on all that nobody can use', () => {
  const spending = spendingOf([
    spent('succeeded', 64),
    spent('succeeded', 32, { verification: 'defective' }),
    spent('failed', 16),
    spent('timed_out', 8),
    spent('lost', 4),
    spent('cancelled', 2),
    spent('rejected', 1),
  ])
  expect(spending.total).toMatchObject({ generations: 7, cost: { total: 127, known: 7 } })
  expect(spending.wasted).toMatchObject({ generations: 6, cost: { total: 63, known: 6 } })
  expect(spending.usable).toMatchObject({ generations: 1, cost: { total: 64, known: 1 } })
  expect(spending.byOutcome.succeeded.cost.total).toBe(96)
  expect(spending.byVerification.defective.cost.total).toBe(32)
})

test('a usable second bears the money, the GPU time and the energy of what was wasted too', () => {
  const spending = spendingOf([
    spent('succeeded', 3, { seconds: 5, verification: 'verified', gpuSeconds: 60, energyJoules: 30_000 }),
    spent('succeeded', 3, { seconds: 5, gpuSeconds: 60, energyJoules: 30_000 }),
    spent('succeeded', 3, { seconds: 90, verification: 'defective', gpuSeconds: 60, energyJoules: 30_000 }),
    spent('failed', 1, { gpuSeconds: 20, energyJoules: 10_000 }),
  ])
  expect(spending.perUsableSecond).toEqual({ cost: 1, gpuSeconds: 20, energyJoules: 10_000 })
})

test('what is not known is not added, and the count says of how many it is known', () => {
  const spending = spendingOf([spent('succeeded', undefined), spent('failed', 1)])
  expect(spending.total).toMatchObject({
    generations: 2,
    cost: { total: 1, known: 1 },
    gpuSeconds: { total: 0, known: 0 },
  })
  expect(spending.byOutcome.succeeded.cost).toEqual({ total: 0, known: 0 })
  expect(spending.perUsableSecond).toEqual({ cost: null, gpuSeconds: null, energyJoules: null })
})

test('money of another currency is not added to this one', () => {
  const euros = ended({ cost: { amount: 5, currency: 'EUR', basis: 'p' } })
  expect(spendingOf([euros, spent('succeeded', 1)]).total.cost).toEqual({ total: 1, known: 1 })
})

test.each([Number.NaN, Number.POSITIVE_INFINITY, -1, 1e308])(
  '%s is no amount, and spoils no sum',
  (value) => {
    const hostile = spent('failed', value, { gpuSeconds: value, energyJoules: value, seconds: value })
    const { cost, gpuSeconds, energyJoules, contentSeconds } = spendingOf([
      spent('succeeded', 1, { gpuSeconds: 1, energyJoules: 1, seconds: 1 }),
      hostile,
      hostile,
    ]).total
    for (const amount of [cost, gpuSeconds, energyJoules, contentSeconds])
      expect(amount).toEqual({ total: 1, known: 1 })
  },
)

test('what has not ended is not spent', () => {
  const running = ended({ status: 'running', cost: { amount: 5, currency: 'USD', basis: 'p' } })
  expect(spendingOf([running]).total.generations).toBe(0)
})

test('a lost generation that turns out finished moves, with what it cost in the end', () => {
  const totals = new SpendingTotals('USD')
  const lost = spent('lost', 0.1, { gpuSeconds: 10 })
  totals.add(lost)
  totals.add(spent('succeeded', 0.3, { seconds: 3, gpuSeconds: 30 }), lost)
  const spending = totals.summarize()
  expect(spending.total).toMatchObject({ generations: 1, cost: { total: 0.3, known: 1 } })
  expect(spending.wasted).toMatchObject({ generations: 0, cost: { total: 0, known: 0 } })
  expect(spending.perUsableSecond).toMatchObject({ cost: 0.3 / 3, gpuSeconds: 10 })
})

const amounts = (line: SpendingLine) => [line.cost, line.gpuSeconds, line.energyJoules, line.contentSeconds]

test('whatever ended, the parts add up to the total, waste is no more than it, and cents are exact', () => {
  fc.assert(
    fc.property(fc.array(anyEnded, { maxLength: 200 }), (records) => {
      const spending = spendingOf(records)
      const exact = records.reduce((sum, record) => sum + centsOf(record), 0) / 100
      expect(Math.abs(spending.total.cost.total - exact)).toBeLessThanOrEqual(exact * 1e-15 * 3)
      const partitions = [
        Object.values(spending.byOutcome),
        Object.values(spending.byVerification),
        [spending.wasted, spending.usable],
      ]
      for (const parts of partitions) {
        expect(parts.reduce((sum, { generations }) => sum + generations, 0)).toBe(records.length)
        for (const [index, whole] of amounts(spending.total).entries()) {
          const sum = parts.reduce((total, part) => total + (amounts(part)[index]?.total ?? 0), 0)
          const known = parts.reduce((total, part) => total + (amounts(part)[index]?.known ?? 0), 0)
          expect(Math.abs(sum - whole.total)).toBeLessThanOrEqual(whole.total * 1e-14)
          expect(known).toBe(whole.known)
        }
      }
      for (const [index, whole] of amounts(spending.total).entries())
        expect(amounts(spending.wasted)[index]?.total).toBeLessThanOrEqual(whole.total)
    }),
  )
})

test('ends that are put right add up as if they had been right at once', () => {
  fc.assert(
    fc.property(
      fc.array(anyEnded, { maxLength: 50 }),
      fc.array(anyEnded, { maxLength: 50 }),
      (ends, ledger) => {
        const pairs = ends.map((before, index) => ({ before, after: ledger[index] ?? before }))
        const totals = new SpendingTotals('USD')
        for (const { before } of pairs) totals.add(before)
        for (const { before, after } of pairs) totals.add(after, before)
        const expected = spendingOf(pairs.map(({ after }) => after))
        const { total, wasted } = totals.summarize()
        expect(total.generations).toBe(expected.total.generations)
        for (const [line, wanted] of [
          [total, expected.total],
          [wasted, expected.wasted],
        ] as const)
          for (const [index, amount] of amounts(line).entries()) {
            expect(amount.known).toBe(amounts(wanted)[index]?.known)
            expect(amount.total).toBeCloseTo(amounts(wanted)[index]?.total ?? Number.NaN, 6)
          }
      },
    ),
  )
})
