import { expect, test } from 'vitest'
import { formatQuantity, formatSlope } from './quantity.ts'

test.each([
  [2 ** 30 * 1.5, 'By', false, '1.5 GiB'],
  [2048, 'By', true, '2 KiB/s'],
  [-2048, 'By', false, '-2 KiB'],
  [0, 'By', false, '0 B'],
  [0.1234567, '1', false, '12.35 %'],
  [0.5, '1', true, '0.5/s'],
  [0.0123, 's', false, '12.3 ms'],
  [0, 's', false, '0 s'],
  [90, 's', false, '90 s'],
  [7200, 's', false, '2 h'],
  [864_000, 's', false, '10 d'],
  [1.25, 's', true, '1.25 s/s'],
  [3.4e9, 'Hz', false, '3.4 GHz'],
  [250, 'J', true, '250 W'],
  [61, 'Cel', false, '61 °C'],
  [1234, '{process}', false, '1234'],
  [123_456, '{packet}', true, '123.5 k/s'],
  [3, '', false, '3'],
  [5, 'x\u001b[2J', false, '5 x [2J'],
])('%d of "%s" (rate: %s) is %s', (value, unit, isRate, expected) => {
  expect(formatQuantity(value, { unit, isRate })).toBe(expected)
})

test('nothing is a dash', () => {
  expect(formatQuantity(null, { unit: 'By' })).toBe('-')
})

test.each([
  [1.234 * 2 ** 30, 0.31 * 2 ** 30, 'By', '+1.23 GiB/h ± 0.31'],
  [-0.02, 0.0012, '1', '-2.00 %/h ± 0.12'],
  [150, 0, '', '+150/h ± 0'],
  [1e-6, 2e-7, 's', '+1.00 µs/h ± 0.20'],
])('a slope of %d ± %d in "%s" is %s', (slope, halfWidth, unit, expected) => {
  expect(formatSlope(slope, halfWidth, { unit })).toBe(expected)
})
