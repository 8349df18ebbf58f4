import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MomentsTally } from './moments.ts'

const values = fc.array(fc.double({ min: -1e4, max: 1e4, noNaN: true }), { maxLength: 50 })

function tallyOf(numbers: readonly number[]): MomentsTally {
  const tally = new MomentsTally()
  for (const number of numbers) tally.add(number)
  return tally
}

/** By the definition, in two passes. */
function expectMoments(tally: MomentsTally, numbers: readonly number[]): void {
  const moments = tally.moments()
  expect(moments === undefined).toBe(numbers.length === 0)
  if (!moments) return
  const mean = numbers.reduce((sum, number) => sum + number, 0) / numbers.length
  const squares = numbers.reduce((sum, number) => sum + (number - mean) ** 2, 0)
  const variance = numbers.length < 2 ? 0 : squares / (numbers.length - 1)
  const scale = Math.max(1, ...numbers.map(Math.abs))
  expect(moments[0]).toBe(numbers.length)
  expect(Math.abs(moments[1] - mean)).toBeLessThan(1e-7 * scale)
  expect(Math.abs(moments[2] - variance)).toBeLessThan(6e-5 * variance + 1e-7 * scale ** 2)
}

test('has the count, mean and variance of any values, in whatever parts they were merged', () => {
  fc.assert(
    fc.property(values, values, (first, second) => {
      const tally = tallyOf(first)
      expectMoments(tally, first)
      tally.merge(tallyOf(second))
      expectMoments(tally, [...first, ...second])
    }),
  )
})

test('what is taken back leaves what there was without it', () => {
  fc.assert(
    fc.property(values, values, (kept, taken) => {
      const tally = tallyOf([...kept, ...taken])
      for (const number of taken) tally.add(number, -1)
      expectMoments(tally, kept)
    }),
  )
})

test('keeps the variance of values far from zero, which sums of squares lose', () => {
  expect(tallyOf([1e9 + 1, 1e9 + 2, 1e9 + 3]).moments()).toEqual([3, 1e9, 1])
})
