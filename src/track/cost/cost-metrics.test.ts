import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { GenerationRecord } from '../../model/generation.ts'
import { CostCounters, costMetrics } from './cost-metrics.ts'
import { anyEnded, centsOf, ended } from './ended.contract.ts'

function countersOf(records: readonly GenerationRecord[]) {
  const counters = new CostCounters('USD')
  for (const record of records) counters.add(record)
  return counters
}

function sumOf(counters: CostCounters, metric: string): number {
  return counters
    .samples()
    .filter(({ name }) => name === metric)
    .reduce((sum, { value }) => sum + value, 0)
}

function usd(amount: number) {
  return { amount, currency: 'USD', basis: 'p' }
}

test('an ended generation counts under its outcome and its model, in every metric that is described', () => {
  const resources = { gpuSeconds: 60, energyJoules: 30_000 }
  const counters = countersOf([
    ended({ status: 'failed', request: { model: 'wan' }, resources, cost: usd(2) }),
  ])
  const attributes = { outcome: 'failed', model: 'wan' }
  expect(counters.samples()).toEqual([
    { name: 'video_generation.cost', attributes, value: 2 },
    { name: 'video_generation.cost.wasted', attributes, value: 2 },
    { name: 'video_generation.gpu.time', attributes, value: 60 },
    { name: 'video_generation.energy', attributes, value: 30_000 },
  ])
  expect(counters.samples().map(({ name }) => name)).toEqual(costMetrics('USD').map(({ name }) => name))
  expect(costMetrics('EUR').map(({ unit }) => unit)).toEqual(['{EUR}', '{EUR}', 's', 'J'])
})

test('what is not known has no series, and what is zero has one', () => {
  expect(countersOf([ended({ request: { model: 'wan' } })]).samples()).toEqual([])
  const attributes = { outcome: 'succeeded' }
  expect(countersOf([ended({ cost: usd(0) })]).samples()).toEqual([
    { name: 'video_generation.cost', attributes, value: 0 },
    { name: 'video_generation.cost.wasted', attributes, value: 0 },
  ])
})

test('of the succeeded, only the defective are waste', () => {
  const counters = countersOf([ended({ cost: usd(3) }), ended({ cost: usd(1), verification: 'defective' })])
  expect(sumOf(counters, 'video_generation.cost')).toBe(4)
  expect(sumOf(counters, 'video_generation.cost.wasted')).toBe(1)
})

test('models beyond the fiftieth are counted together, and hostile names spoil nothing', () => {
  const models = Array.from({ length: 500 }, (_, index) => `model-${index}\u001b[31m\n`)
  const counters = countersOf(models.map((model) => ended({ request: { model }, cost: usd(1) })))
  const costs = counters.samples().filter(({ name }) => name === 'video_generation.cost')
  expect(costs).toHaveLength(51)
  expect(costs.find(({ attributes }) => attributes['model'] === 'other')?.value).toBe(450)
  expect(costs.some(({ attributes }) => /\p{C}/u.test(attributes['model'] ?? ''))).toBe(false)
})

test('of a lost generation that turns out finished, only what it cost beyond is counted', () => {
  const lost = ended({ status: 'lost', cost: usd(1), resources: { gpuSeconds: 60 } })
  const counters = countersOf([lost])
  counters.add(ended({ cost: usd(3), resources: { gpuSeconds: 50 } }), lost)
  expect(sumOf(counters, 'video_generation.cost')).toBe(3)
  expect(sumOf(counters, 'video_generation.cost.wasted')).toBe(1)
  expect(sumOf(counters, 'video_generation.gpu.time')).toBe(60)
})

test('counters only grow, waste is never more than cost, and the cents of all add up', () => {
  fc.assert(
    fc.property(fc.array(anyEnded, { maxLength: 100 }), (records) => {
      const counters = new CostCounters('USD')
      const last = new Map<string, number>()
      for (const record of records) {
        counters.add(record)
        for (const { name, attributes, value } of counters.samples()) {
          const key = name + JSON.stringify(attributes)
          expect(value).toBeGreaterThanOrEqual(last.get(key) ?? 0)
          last.set(key, value)
        }
      }
      const cents = records.reduce((sum, record) => sum + centsOf(record), 0)
      expect(sumOf(counters, 'video_generation.cost') * 100).toBeCloseTo(cents, 4)
      expect(sumOf(counters, 'video_generation.cost.wasted')).toBeLessThanOrEqual(
        sumOf(counters, 'video_generation.cost') + 1e-6,
      )
    }),
  )
})
