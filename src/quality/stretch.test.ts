import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { medianOf, secondsOf, stretchesOf } from './stretch.ts'

describe('stretches', () => {
  test('cover what is in them, and nothing else', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 60 }), (isIn) => {
        const stretches = stretchesOf((index) => isIn[index] === true, isIn.length)
        const covered = isIn.map((_, index) => stretches.some(({ from, to }) => from <= index && index <= to))
        expect(covered).toEqual(isIn)
      }),
    )
  })

  test('are joined over gaps of so many frames, not of more', () => {
    const frames = [...'x..x...x']
    expect(stretchesOf((index) => frames[index] === 'x', frames.length, 2)).toEqual([
      { from: 0, to: 3 },
      { from: 7, to: 7 },
    ])
  })

  test('are seen until the next frame, or the end', () => {
    const video = { times: Float64Array.of(0, 0.5, 2), pictureSeconds: 2.25 }
    expect(secondsOf({ from: 0, to: 1 }, video)).toEqual({ startSeconds: 0, endSeconds: 2 })
    expect(secondsOf({ from: 1, to: 2 }, video)).toEqual({ startSeconds: 0.5, endSeconds: 2.25 })
  })
})

describe('the median', () => {
  test('has as many values on each side, and is one of them', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ noNaN: true }), { minLength: 1 }), (values) => {
        const median = medianOf(values)
        expect(values.some((value) => value === median)).toBe(true)
        expect(values.filter((value) => value < median).length * 2).toBeLessThan(values.length)
        expect(values.filter((value) => value > median).length * 2).toBeLessThanOrEqual(values.length)
      }),
    )
  })

  test('of nothing is not known', () => expect(medianOf([])).toBeNaN())
})
