import { describe, expect, test } from 'vitest'
import { filmed, fps, pan, type Shot } from '../../../test/support/footage.ts'
import { abruptCut } from './abrupt-cut.ts'

const find = (shots: readonly Shot[], shotCount?: number) =>
  abruptCut.find(filmed(shots, shotCount === undefined ? {} : { shots: shotCount }), abruptCut.thresholds)
const cutAt = (frame: number) => pan(72).map((shot, index) => ({ ...shot, isOther: index >= frame }))

describe('a cut', () => {
  test('is found where one shot was asked for, between its frames', () => {
    expect(find(cutAt(36), 1)).toMatchObject([
      { type: 'abrupt_cut', startSeconds: 35 / fps, endSeconds: 36 / fps },
    ])
    expect(find(cutAt(70), 1)).toHaveLength(1)
  })

  test('is none where two shots were, or nobody said', () => {
    expect(find(cutAt(36), 2)).toEqual([])
    expect(find(cutAt(36))).toEqual([])
  })

  test('is no movement, however fast, and no flash that fades', () => {
    expect(
      find(
        pan(72).map((_, index) => ({ x: (37 * index) % 320 })),
        1,
      ),
    ).toEqual([])
    const flash = pan(72).map((shot, index) => ({
      ...shot,
      light: (luma: number) => luma + (index >= 30 ? 90 * 0.5 ** (index - 30) : 0),
    }))
    expect(find(flash, 1)).toEqual([])
  })
})
