import { describe, expect, test } from 'vitest'
import { filmed, pan, type Shot } from '../../../test/support/footage.ts'
import { ghostFrames } from './ghost-frames.ts'

const find = (shots: readonly Shot[]) => ghostFrames.find(filmed(shots), ghostFrames.thresholds)
/** A pan that is where `at` says. */
const along = (at: (index: number) => number, frames = 72) =>
  Array.from({ length: frames }, (_, index) => ({ x: 2 * at(index) }))

describe('judder', () => {
  test('is every fifth frame twice', () => {
    expect(find(along((index) => index - Math.floor((index + 1) / 5)))).toMatchObject([
      { type: 'ghost_frames', evidence: expect.stringContaining('twice') },
    ])
  })

  test('is frames left out', () => {
    expect(find(along((index) => index + 2 * Math.floor(index / 12)))).toMatchObject([
      { evidence: expect.stringContaining('gap') },
    ])
  })

  test('is no steady movement, no cut, and no still picture', () => {
    expect(find(along((index) => index))).toEqual([])
    expect(find(pan(72).map((shot, index) => ({ ...shot, isOther: index % 48 > 24 })))).toEqual([])
    expect(find(along(() => 5))).toEqual([])
  })
})
