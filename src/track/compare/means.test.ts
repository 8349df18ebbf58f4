import { expect, test } from 'vitest'
import type { Moments } from '../../model/moments.ts'
import { MomentsTally } from '../../model/moments.ts'
import { chanceLimit } from './false-discovery.ts'
import { compareMeans, pooledDeviation } from './means.ts'

function momentsOf(values: readonly number[]): Moments {
  const tally = new MomentsTally()
  for (const value of values) tally.add(value)
  return tally.moments() ?? [0, 0, 0]
}

/** Student, "The probable error of a mean", Biometrika 6, 1908: hours of sleep gained with two drugs. */
const drugA = momentsOf([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0, 2])
const drugB = momentsOf([1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4])

test('is Welch’s test for one stratum', () => {
  // As R tells it: t.test(extra ~ group, data = sleep): t = -1.8608, df = 17.776, p = 0.07939, -3.3654832 to 0.2054832.
  const compared = compareMeans([[drugB, drugA]])
  expect(compared?.difference).toBeCloseTo(-1.58, 6)
  expect(compared?.strength).toBeCloseTo(1.8608, 4)
  expect(compared?.chance).toBeCloseTo(0.07939, 5)
  expect(compared?.low).toBeCloseTo(-3.3654832, 4)
  expect(compared?.high).toBeCloseTo(0.2054832, 4)
})

test('two equal strata tell what one tells, more surely; one of a single value tells nothing', () => {
  const one = compareMeans([[drugA, drugB]])
  const two = compareMeans([
    [drugA, drugB],
    [drugA, drugB],
    [drugA, [1, 9, 0]],
  ])
  expect(two?.difference).toBeCloseTo(one?.difference ?? 0, 12)
  expect(two?.strength).toBeCloseTo((one?.strength ?? 0) * Math.SQRT2, 9)
  expect(two?.counts).toEqual([20, 20])
  expect(compareMeans([[drugA, [1, 9, 0]]])).toBeUndefined()
  expect(pooledDeviation([[drugA, drugB]])).toBeCloseTo(Math.sqrt((drugA[2] + drugB[2]) / 2), 9)
})

test('the level of a stratum is no difference', () => {
  const raised = ([count, mean, variance]: Moments): Moments => [count, mean + 1000, variance]
  const compared = compareMeans([
    [drugA, drugA],
    [raised(drugA), raised(drugA)],
  ])
  expect(compared).toMatchObject({ difference: 0, chance: 1 })
})

test('the limit of chance is that of Benjamini and Hochberg', () => {
  // The example of their paper, section 3.2: of fifteen, the first four at 5 %.
  const chances = [
    0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.324, 0.4262, 0.5719, 0.6528,
    0.759, 1,
  ]
  expect(chanceLimit(chances.toReversed(), 0.05)).toBe(0.0095)
  expect(chanceLimit([0.04, 0.9], 0.05)).toBe(0)
  expect(chanceLimit([], 0.05)).toBe(0)
})
