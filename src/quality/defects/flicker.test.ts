import { describe, expect, test } from 'vitest'
import { filmed, pan, type Shot } from '../../../test/support/footage.ts'
import { flicker } from './flicker.ts'

const find = (shots: readonly Shot[]) => flicker.find(filmed(shots), flicker.thresholds)
/** Brighter by `levels` in every other frame, from one second on. */
const lit = (levels: number, isIn: (x: number) => boolean = () => true) =>
  pan(72).map((shot, index) => ({
    ...shot,
    light: (luma: number, x: number) => luma + (index >= 24 && index % 2 === 0 && isIn(x) ? levels : 0),
  }))

describe('flicker', () => {
  test('of the whole picture is found from 6 levels on', () => {
    const [defect] = find(lit(6))
    expect(defect).toMatchObject({ type: 'flicker', endSeconds: 3 })
    expect(defect?.startSeconds).toBeGreaterThan(0.5)
    expect(defect?.startSeconds).toBeLessThan(1.5)
  })

  test('of a part of the picture is found from 15 levels on', () => {
    expect(find(lit(15, (x) => x < 80))).toHaveLength(1)
  })

  test('of a part of the picture is found where block matching takes most of it for movement', () => {
    // Of soft waves every level is near by: a block that is lit finds one that is as bright beside it.
    const wave = (x: number, y: number) => 120 + 50 * Math.sin((x + y) / 40)
    const shots = pan(72).map((shot, index) => ({
      ...shot,
      light: (_: number, x: number, y: number) =>
        wave(x + 2 * index, y) + (index >= 24 && index < 48 && index % 2 === 0 && x < 96 && y < 96 ? 10 : 0),
    }))
    expect(find(shots)).toMatchObject([{ evidence: expect.stringContaining('a part of the picture') }])
  })

  test('is no movement, cut, fade or flash', () => {
    expect(find(pan(72))).toEqual([])
    expect(find(pan(72).map((shot, index) => ({ ...shot, isOther: index > 30 })))).toEqual([])
    const faded = (luma: number, index: number) => 16 + ((luma - 16) * index) / 72
    expect(find(pan(72).map((shot, index) => ({ ...shot, light: (luma) => faded(luma, index) })))).toEqual([])
    expect(
      find(pan(72).map((shot, index) => ({ ...shot, light: (luma) => luma + (index % 36 === 20 ? 60 : 0) }))),
    ).toEqual([])
  })
})
