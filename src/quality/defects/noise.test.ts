import { describe, expect, test } from 'vitest'
import { clipOf, stillOf } from '../../../test/support/details.ts'
import * as pictures from '../../../test/support/pictures.ts'
import { noise } from './noise.ts'

const { small, large } = pictures
const leaves = pictures.leaves(small)
const find = (evidence: Parameters<typeof noise.find>[0]) => noise.find(evidence, noise.thresholds)

describe('noise', () => {
  test.each([1, 2, 4, 8])('is found as static in blobs of %d pixels', (blob) => {
    expect(find(stillOf(pictures.staticNoise(small, blob)))).toEqual([
      expect.objectContaining({ type: 'noise', startSeconds: 0, endSeconds: 4, severity: 'major' }),
    ])
  })

  test.each([4, 6, 8])('is found as smooth blobs of %d pixels, which latents look like', (blob) => {
    expect(find(stillOf(pictures.staticNoise(small, blob, true)))).toHaveLength(1)
    expect(find(stillOf(pictures.staticNoise(large, blob, true)))).toHaveLength(1)
  })

  test('is found over a picture of which it is 60 %', () => {
    const spoilt = pictures.mixed(leaves, pictures.staticNoise(small, 1), 0.6)
    const [defect] = find(stillOf(spoilt))
    expect(defect?.evidence).toMatch(/^noise over the whole picture: luma deviates by 3\d of 219/)
  })

  test.each([
    ['film grain', pictures.grainy(leaves, 10)],
    [
      'grain on a plain ground',
      pictures.grainy(
        pictures.drawn(small, () => 110),
        10,
      ),
    ],
    ['a fine texture', pictures.fractal(small, 0.2)],
    ['a contrasty fine texture', pictures.fractal(small, 0, 3, 60)],
    ['a little noise over a picture', pictures.mixed(leaves, pictures.staticNoise(small, 1), 0.2)],
    ['text', pictures.text(small, 2)],
    ['small squares', pictures.checkerboard(small, 4)],
    ['bricks', pictures.bricks(small)],
    [
      'confetti',
      pictures.drawn(small, (x, y) => (pictures.chanceOf(((y >> 2) << 9) + (x >> 2))() < 0.1 ? 230 : 60)),
    ],
  ])('is not found in %s', (_name, picture) => {
    expect(find(stillOf(picture))).toEqual([])
  })

  test('begins and ends half-way to the frames beside it, and reaches to the end of the clip', () => {
    const spoilt = pictures.staticNoise(small, 2)
    expect(find(clipOf(leaves, spoilt, { from: 1, to: 2 }))).toEqual([
      expect.objectContaining({ startSeconds: 0.875, endSeconds: 1.875, severity: 'major' }),
    ])
    expect(find(clipOf(leaves, spoilt, { from: 3.5, to: 4 }))).toEqual([
      expect.objectContaining({ startSeconds: 3.375, endSeconds: 4 }),
    ])
  })

  test('is not found in a clip of which nothing was seen', () => {
    expect(find({ details: [], pictureSeconds: 4 })).toEqual([])
  })
})
