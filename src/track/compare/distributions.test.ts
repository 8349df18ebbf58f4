import { expect, test } from 'vitest'
import { logGamma, normalTail, studentLimit, studentTail } from './distributions.ts'

test('knows the gamma function at whole and half numbers', () => {
  let factorial = 1
  for (let n = 1; n <= 20; n++) {
    expect(Math.abs(logGamma(n) - Math.log(factorial))).toBeLessThan(1e-12 * n * n)
    factorial *= n
  }
  expect(logGamma(0.5)).toBeCloseTo(Math.log(Math.PI) / 2, 13)
})

test('agrees with the closed forms of Student’s t: Cauchy for one degree of freedom, algebraic for two', () => {
  for (const t of [0, 0.1, 1, 3, 30, 1e4]) {
    expect(studentTail(t, 1)).toBeCloseTo(1 - (2 / Math.PI) * Math.atan(t), 10)
    expect(studentTail(t, 2)).toBeCloseTo(1 - t / Math.sqrt(2 + t * t), 10)
    expect(studentTail(-t, 2)).toBe(studentTail(t, 2))
  }
  expect(studentTail(Number.POSITIVE_INFINITY, 5)).toBe(0)
})

test('agrees with the tables of Student’s t and of the normal distribution', () => {
  // 97.5th percentiles: NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.2.
  const table = [
    [1, 12.706],
    [4, 2.776],
    [10, 2.228],
    [30, 2.042],
    [100, 1.984],
  ] as const
  for (const [freedom, limit] of table) expect(studentLimit(freedom)).toBeCloseTo(limit, 3)
  expect(studentTail(studentLimit(7.3), 7.3)).toBeCloseTo(0.05, 7)
  // 2(1 - Φ(z)) for z = 1.959964, 3, 6: Abramowitz and Stegun, table 26.1 and 26.2.
  expect(normalTail(1.959963985)).toBeCloseTo(0.05, 6)
  expect(normalTail(3) / 0.0026997961).toBeCloseTo(1, 5)
  expect(normalTail(6) / 1.973175e-9).toBeCloseTo(1, 4)
})
