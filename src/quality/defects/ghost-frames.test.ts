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

  test('is one gap, where movement is steady', () => {
    expect(find(along((index) => index + 2 * Math.floor(index / 40)))).toMatchObject([
      { evidence: expect.stringContaining('1 of 72 moving frames come after a gap') },
    ])
  })

  test('is every second frame mixed of those beside it, also when coding has made all of them rough', () => {
    const rough = (index: number) => (luma: number, x: number, y: number) =>
      luma + (((7919 * (x >> 1) + 104_729 * (y >> 1) + 1_299_709 * index) >> 4) % 7) - 3
    const shots = along((index) => 2 * index).map(({ x }, index) => ({
      light: rough(index),
      ...(index % 2 === 0 ? { x } : { x: x - 4, andX: x + 4 }),
    }))
    expect(find(shots)).toMatchObject([{ evidence: expect.stringContaining('mixture') }])
    expect(
      find(along((index) => 2 * index).map((shot, index) => ({ ...shot, light: rough(index) }))),
    ).toEqual([])
  })

  test('is no steady movement, no cut, and no still picture', () => {
    expect(find(along((index) => index))).toEqual([])
    expect(find(pan(72).map((shot, index) => ({ ...shot, isOther: index % 48 > 24 })))).toEqual([])
    expect(find(along(() => 5))).toEqual([])
  })
})
