import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Attributes, MetricDescriptor } from '../model/sample.ts'
import { CounterGuard } from './counter-guard.ts'

const descriptor = (name: string, kind: MetricDescriptor['kind']): MetricDescriptor => ({
  name,
  kind,
  unit: '1',
  description: 'A value.',
})
const metrics = [descriptor('bytes', 'counter'), descriptor('load', 'gauge')]

/** What becomes of the values of one series, a tick each. */
function guarded(
  name: string,
  values: readonly number[],
  attributes: () => Attributes = () => ({}),
): number[] {
  const guard = new CounterGuard(metrics)
  return values.map((value) => {
    guard.tick()
    return guard.apply({ name, attributes: attributes(), value }).value
  })
}

/** The growth a reader sees who takes each fall for a restart from zero. */
function increase(values: readonly number[]): number {
  return values
    .slice(1)
    .reduce(
      (sum, value, index) => sum + (value >= (values[index] ?? 0) ? value - (values[index] ?? 0) : value),
      0,
    )
}

test('holds a counter that steps back a little until it has passed its greatest value', () => {
  expect(guarded('bytes', [1000, 998, 999, 1005])).toEqual([1000, 1000, 1000, 1005])
})

test('takes a fall to less than half for a restart', () => {
  expect(guarded('bytes', [1000, 0, 5])).toEqual([1000, 0, 5])
  expect(guarded('bytes', [1000, 499, 600])).toEqual([1000, 499, 600])
})

test('leaves gauges and unknown metrics alone', () => {
  expect(guarded('load', [9, 8, 7])).toEqual([9, 8, 7])
  expect(guarded('other', [9, 8, 7])).toEqual([9, 8, 7])
})

test('a counter of 64 bits that wraps costs what it counted meanwhile, and makes no spike', () => {
  const wrapped = guarded('bytes', [2 ** 64 - 4096, 300, 900])
  expect(increase(wrapped)).toBe(900)
})

test('tells series apart by their attributes, however often the object is made anew', () => {
  let call = 0
  const attributes = () => (call++ % 2 === 0 ? { device: 'a', mode: 'x' } : { mode: 'x', device: 'b' })
  expect(guarded('bytes', [1000, 10, 999, 11], attributes)).toEqual([1000, 10, 1000, 11])
})

test('whatever steps back, no reader sees more growth than there was', () => {
  const steps = fc.array(fc.integer({ min: -50, max: 1000 }), { minLength: 1 })
  fc.assert(
    fc.property(fc.integer({ min: 10_000, max: 2 ** 40 }), steps, (start, changes) => {
      const values = [start]
      for (const change of changes) values.push((values.at(-1) ?? 0) + change)
      const growth = changes.reduce((sum, change) => sum + Math.max(0, change), 0)
      expect(increase(guarded('bytes', values))).toBeLessThanOrEqual(growth)
    }),
  )
})

test('forgets a series that was silent for long', () => {
  const guard = new CounterGuard(metrics)
  const apply = (value: number) => guard.apply({ name: 'bytes', attributes: {}, value }).value
  guard.tick()
  apply(1000)
  for (let tick = 0; tick < 1300; tick++) guard.tick()
  expect(apply(900)).toBe(900)
})
