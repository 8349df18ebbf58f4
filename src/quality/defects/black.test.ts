import { describe, expect, test } from 'vitest'
import { filmed, pan, type Shot } from '../../../test/support/footage.ts'
import { black } from './black.ts'

const find = (shots: readonly Shot[]) => black.find(filmed(shots), black.thresholds)
const blank = (luma: number) => (shot: Shot) => ({ ...shot, light: () => luma })

describe('blank frames', () => {
  test.each([
    ['black', 16],
    ['dark grey', 38],
    ['white', 235],
  ])('are found when they are %s, with their times', (_, luma) => {
    const shots = pan(48).map((shot, index) => (index >= 24 && index < 36 ? blank(luma)(shot) : shot))
    expect(find(shots)).toMatchObject([{ type: 'black', startSeconds: 1, endSeconds: 1.5 }])
  })

  test('are found at the end of the clip, and in all of it', () => {
    const shots = pan(48)
    expect(find(shots.map((shot, index) => (index < 36 ? shot : blank(16)(shot))))).toMatchObject([
      { startSeconds: 1.5, endSeconds: 2, severity: 'minor' },
    ])
    expect(find(shots.map(blank(16)))).toMatchObject([{ startSeconds: 0, endSeconds: 2, severity: 'major' }])
  })

  test('are blank with a few bright pixels', () => {
    const speckled = (_: number, x: number, y: number) => (x % 40 === 0 && y % 60 === 0 ? 235 : 18)
    expect(find(pan(24).map((shot) => ({ ...shot, light: speckled })))).toHaveLength(1)
  })

  test('of a fade are none', () => {
    const faded = pan(48).map((shot, index) => ({
      ...shot,
      light: (luma: number) => 16 + (luma - 16) * Math.min(1, index / 12),
    }))
    expect(find(faded)).toEqual([])
  })

  test('are no dark scene with lights', () => {
    const night = (luma: number, x: number) => (x > 250 ? luma : 16 + luma / 16)
    expect(find(pan(24).map((shot) => ({ ...shot, light: night })))).toEqual([])
  })
})
