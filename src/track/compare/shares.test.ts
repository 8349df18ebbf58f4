import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compareShares, type ShareStratum } from './shares.ts'

const stratum = (a: number, n: number, b: number, m: number): ShareStratum => [
  { hits: a, count: n },
  { hits: b, count: m },
]

test('is Fisher’s exact test for one stratum', () => {
  // The lady tasting tea (Fisher, "The Design of Experiments", 1935): three of four right, 34/70.
  expect(compareShares([stratum(3, 4, 1, 4)])?.chance).toBeCloseTo(34 / 70, 12)
  // All four right: 2/70, and less there cannot be.
  expect(compareShares([stratum(4, 4, 0, 4)])).toMatchObject({ difference: -1 })
  expect(compareShares([stratum(4, 4, 0, 4)])?.chance).toBeCloseTo(2 / 70, 12)
  expect(compareShares([stratum(3, 4, 1, 4)])?.leastChance).toBeCloseTo(2 / 70, 12)
  expect(compareShares([stratum(10, 10, 12, 12)])).toMatchObject({ chance: 1, leastChance: 1 })
})

test('gives Newcombe’s interval of the difference', () => {
  // Newcombe 1998, table II, method 10.
  const rows = [
    [56, 70, 48, 80, 0.2, 0.0524, 0.3339],
    [9, 10, 3, 10, 0.6, 0.1705, 0.809],
    [6, 7, 2, 7, 0.5714, 0.0582, 0.8062],
    [5, 56, 0, 29, 0.0893, -0.0381, 0.1926],
    [10, 10, 0, 10, 1, 0.6075, 1],
  ] as const
  for (const [hits, count, otherHits, otherCount, difference, low, high] of rows) {
    const compared = compareShares([stratum(otherHits, otherCount, hits, count)])
    expect(compared?.difference).toBeCloseTo(difference, 4)
    expect(compared?.low).toBeCloseTo(low, 4)
    expect(compared?.high).toBeCloseTo(high, 4)
  }
})

test('the exact test and the score test agree where both are good', () => {
  // 200 hits in all, and 201.
  const exact = compareShares([stratum(85, 5000, 115, 5000)])?.chance ?? 0
  const score = compareShares([stratum(85, 5000, 116, 5000)])?.chance ?? 0
  expect(exact).toBeGreaterThan(0.02)
  expect(exact).toBeLessThan(0.06)
  expect(score / exact).toBeGreaterThan(0.5)
  expect(score / exact).toBeLessThan(1.1)
})

test('for any strata the chances of all outcomes add up, and swapping sides or hits changes only the sign', () => {
  const share = fc
    .integer({ min: 0, max: 40 })
    .chain((count) => fc.record({ hits: fc.nat(count), count: fc.constant(count) }))
  fc.assert(
    fc.property(fc.array(fc.tuple(share, share), { minLength: 1, maxLength: 4 }), (strata) => {
      const compared = compareShares(strata)
      const swapped = compareShares(strata.map(([before, after]) => [after, before] as const))
      const missed = compareShares(
        strata.map(([before, after]) =>
          [before, after].map(({ hits, count }) => ({ hits: count - hits, count })),
        ) as unknown as ShareStratum[],
      )
      if (!compared || !swapped || !missed) return
      expect(compared.chance).toBeGreaterThan(0)
      expect(compared.chance).toBeLessThanOrEqual(1)
      expect(compared.leastChance).toBeLessThanOrEqual(compared.chance * (1 + 1e-6))
      expect(compared.low).toBeLessThanOrEqual(compared.difference + 1e-12)
      expect(compared.high).toBeGreaterThanOrEqual(compared.difference - 1e-12)
      for (const other of [swapped, missed]) {
        expect(other.chance).toBeCloseTo(compared.chance, 6)
        expect(other.difference).toBeCloseTo(-compared.difference, 9)
        expect(other.low).toBeCloseTo(-compared.high, 9)
      }
    }),
  )
})

test('strata are compared each with its like: what reverses when they are thrown together does not here', () => {
  // Kidney stones (Charig et al., BMJ 292, 1986): 81/87 and 192/263 of treatment A, 234/270 and 55/80 of B.
  const together = compareShares([stratum(273, 350, 289, 350)])
  const apart = compareShares([stratum(81, 87, 234, 270), stratum(192, 263, 55, 80)])
  expect(together?.difference).toBeGreaterThan(0)
  expect(apart?.difference).toBeLessThan(0)
})

test('without anything on one side there is nothing to compare', () => {
  expect(compareShares([stratum(0, 0, 5, 10)])).toBeUndefined()
})
