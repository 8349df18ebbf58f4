import { describe, expect, test } from 'vitest'
import { filmed, fps, pan, type Shot } from '../../../test/support/footage.ts'
import { loopSeam } from './loop-seam.ts'

const find = (shots: readonly Shot[], loop?: boolean) =>
  loopSeam.find(filmed(shots, loop === undefined ? {} : { loop }), loopSeam.thresholds)
const there = pan(30)

describe('a seam', () => {
  test('is found where a loop was asked for and the end does not lead to the start', () => {
    expect(find(there, true)).toMatchObject([
      { type: 'loop_seam', startSeconds: 29 / fps, endSeconds: 30 / fps },
    ])
    expect(find(there)).toEqual([])
  })

  test('is none when it does', () => {
    expect(find([...there, ...there.toReversed()], true)).toEqual([])
  })

  test('is found where the picture jumps back and repeats', () => {
    const shots = [...pan(60), ...pan(60).slice(24)]
    expect(find(shots)).toMatchObject([
      { startSeconds: 59 / fps, evidence: expect.stringContaining('1.00 s') },
    ])
  })

  test('is no cut to something else', () => {
    expect(find(pan(72).map((shot, index) => ({ ...shot, isOther: index >= 36 })))).toEqual([])
  })
})
