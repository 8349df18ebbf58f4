import fc from 'fast-check'
import { expect, test } from 'vitest'
import { IdMaker, seededRandom } from './random.ts'

test('ids sort by the order they were made in, whatever the wall clock does', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1.7e12, max: 1.7e12 + 20 }), { maxLength: 200 }), (times) => {
      const ids = new IdMaker('gen', seededRandom(1))
      const made = times.map((time) => ids.next(time))
      expect(made.toSorted()).toEqual(made)
      expect(new Set(made).size).toBe(made.length)
    }),
  )
})

test('more ids than fit a millisecond go on into the next', () => {
  const ids = new IdMaker('gen', seededRandom(1))
  const made = Array.from({ length: 50_000 }, () => ids.next(1.7e12))
  expect(made.every((id, index) => index === 0 || id > (made[index - 1] ?? ''))).toBe(true)
})

test('two makers make different ids at the same time', () => {
  expect(new IdMaker('gen', seededRandom(1)).next(1.7e12)).not.toBe(
    new IdMaker('gen', seededRandom(2)).next(1.7e12),
  )
})

test('a seed replays', () => {
  const draw = (seed: number) => Array.from({ length: 5 }, seededRandom(seed).next)
  expect(draw(7)).toEqual(draw(7))
  expect(draw(7)).not.toEqual(draw(8))
  expect(draw(7).every((value) => value >= 0 && value < 1)).toBe(true)
})
