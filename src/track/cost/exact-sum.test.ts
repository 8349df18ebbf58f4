import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ExactSum } from './exact-sum.ts'

function sumOf(values: readonly number[]): number {
  const sum = new ExactSum()
  for (const value of values) sum.add(value)
  return sum.value
}

test('ten million tenths of a cent are ten thousand, where plain addition is off', () => {
  const sum = new ExactSum()
  let plain = 0
  for (let index = 0; index < 10_000_000; index++) {
    sum.add(0.001)
    plain += 0.001
  }
  expect(Math.abs(sum.value - 10_000)).toBeLessThan(1e-11)
  expect(Math.abs(plain - 10_000)).toBeGreaterThan(1e-7)
})

test('what was added and is taken back leaves no trace beside what is small', () => {
  expect(sumOf([1e17, 0.01, -1e17])).toBe(0.01)
})

test('any amounts of cents add up to within one rounding', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -1e9, max: 1e9 }), { maxLength: 500 }), (cents) => {
      const exact = cents.reduce((sum, value) => sum + value, 0) / 100
      const inputs = cents.map((value) => value / 100)
      // Each input is off by half a unit of its last place at most.
      const inputError = inputs.reduce((sum, value) => sum + Math.abs(value) * 2 ** -53, 0)
      expect(Math.abs(sumOf(inputs) - exact)).toBeLessThanOrEqual(inputError + Math.abs(exact) * 2 ** -52)
    }),
  )
})
