import fc from 'fast-check'
import { expect, test } from 'vitest'
import { delayBucketCount, delayBucketOf, delayQuantiles } from './delay-buckets.ts'

function counted(delaysUs: readonly number[]): number[] {
  const counts = new Array<number>(delayBucketCount).fill(0)
  for (const us of delaysUs) counts[delayBucketOf(us)] = (counts[delayBucketOf(us)] ?? 0) + 1
  return counts
}

test('gives quantiles within 2.3 % of those of the sorted list', () => {
  const delays = fc.array(fc.double({ min: 100, max: 1e9, noNaN: true }), { minLength: 1, maxLength: 200 })
  fc.assert(
    fc.property(delays, (delaysUs) => {
      const sorted = delaysUs.toSorted((a, b) => a - b)
      const quantiles = [0.5, 0.9, 0.99, 1]
      for (const [at, us] of (delayQuantiles(counted(delaysUs), quantiles) ?? []).entries()) {
        const exact = sorted[Math.ceil((quantiles[at] ?? 1) * sorted.length) - 1] ?? Number.NaN
        expect(Math.abs(us / exact - 1)).toBeLessThan(0.023)
      }
    }),
  )
})

test('has a place for every number, in order', () => {
  expect([Number.NaN, -1, 0, 63, 64, 2 ** 31, Number.POSITIVE_INFINITY].map(delayBucketOf)).toEqual([
    ...[0, 0, 0, 0, 1],
    ...[delayBucketCount - 1, delayBucketCount - 1],
  ])
})

test('says nothing when nothing was counted', () => {
  expect(delayQuantiles(counted([]), [0.5])).toBeUndefined()
})
