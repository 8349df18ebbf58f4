import { describe, expect, test } from 'vitest'
import { filmed, pan, type Shot } from '../../../test/support/footage.ts'
import { colourDrift } from './colour-drift.ts'

const find = (shots: readonly Shot[]) => colourDrift.find(filmed(shots), colourDrift.thresholds)
const frames = 100
/** `share` of the way, 0 at the start and 1 at the end. */
const drifting = (change: (share: number) => Partial<Shot>) =>
  pan(frames).map((shot, index) => ({ ...shot, ...change(index / (frames - 1)) }))

describe('a drift', () => {
  test.each([
    [
      'saturation that rises by a half',
      (share: number) => ({ blue: 108 - 10 * share, red: 140 + 6 * share }),
    ],
    ['a cast of 12 levels', (share: number) => ({ red: 140 + 12 * share })],
    ['light that grows by 25 levels', (share: number) => ({ light: (luma: number) => luma + 25 * share })],
  ])('is %s', (_, change) => {
    expect(find(drifting(change))).toMatchObject([{ type: 'colour_drift', startSeconds: 0 }])
  })

  test('is no pan to other luma, no fade, and no light that comes back', () => {
    expect(find(pan(frames))).toEqual([])
    const faded = (luma: number, share: number) => 16 + (luma - 16) * Math.min(1, share * 5)
    expect(find(drifting((share) => ({ light: (luma) => faded(luma, share) })))).toEqual([])
    expect(find(drifting((share) => ({ red: 140 + 20 * Math.sin(Math.PI * share) })))).toEqual([])
  })

  test('is not looked for in a clip of three seconds', () => {
    const short = pan(72).map((shot, index) => ({ ...shot, red: 140 + index / 4 }))
    expect(find(short)).toEqual([])
  })
})
