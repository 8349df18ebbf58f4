import { describe, expect, test } from 'vitest'
import { clipOf, stillOf } from '../../../test/support/details.ts'
import * as pictures from '../../../test/support/pictures.ts'
import { blurred } from './blurred.ts'

const { small, large } = pictures
const leaves = pictures.leaves(small)
const find = (evidence: Parameters<typeof blurred.find>[0]) => blurred.find(evidence, blurred.thresholds)

describe('blur', () => {
  test.each([
    ['at 480 lines', small, 0.01],
    ['at 1080 lines', large, 0.01],
    ['upright', { width: 480, height: 832 }, 0.01],
    ['three times as strong', small, 0.03],
  ])('is found from 1/100 of the height on: %s', (_name, size, share) => {
    const [defect] = find(stillOf(pictures.blurred(pictures.leaves(size), share * size.height)))
    expect(defect).toMatchObject({ type: 'blurred', startSeconds: 0, endSeconds: 4, severity: 'major' })
    expect(defect?.evidence).toMatch(/the steepest edges climb \d+ % of their height/)
  })

  test.each([
    ['a quarter of it', pictures.blurred(leaves, small.height / 400)],
    ['low contrast', pictures.leaves(small, 2, 0.25)],
    ['fog', pictures.changed(pictures.blurred(leaves, 3), (luma) => 190 + (luma - 125) / 12)],
    ['night', pictures.night(small)],
    ['a gradient', pictures.drawn(small, (x, y) => 16 + (100 * x) / small.width + (80 * y) / small.height)],
    ['a text card', pictures.text(small)],
    ['a drawing', pictures.cartoon(small)],
    ['motion one way', smeared(leaves, 40)],
    ['a sharp subject before a soft ground', macro()],
    ['black', pictures.drawn(small, () => 16)],
  ])('is not found in %s', (_name, picture) => {
    expect(find(stillOf(picture))).toEqual([])
  })

  test('must last, unless it is all there is', () => {
    const soft = pictures.blurred(leaves, small.height / 100)
    expect(find(clipOf(leaves, soft, { from: 1, to: 1.5 }))).toEqual([])
    expect(find(clipOf(leaves, soft, { from: 1, to: 2 }))).toEqual([
      expect.objectContaining({ startSeconds: 0.875, endSeconds: 1.875, severity: 'minor' }),
    ])
    expect(find(clipOf(leaves, soft, { from: 3, to: 4 }))).toEqual([
      expect.objectContaining({ startSeconds: 2.875, endSeconds: 4 }),
    ])
    const { details } = stillOf(soft)
    expect(find({ details: details.slice(0, 1), pictureSeconds: 0.5 })).toHaveLength(1)
  })
})

function smeared(picture: pictures.Picture, length: number): pictures.Picture {
  return pictures.changed(picture, (_luma, x, y) => {
    let sum = 0
    for (let shift = 0; shift < length; shift++) sum += pictures.lumaOf(picture, x + shift, y)
    return sum / length
  })
}

function macro(): pictures.Picture {
  const soft = pictures.blurred(leaves, 10)
  return pictures.changed(soft, (luma, x, y) =>
    Math.hypot(x - 400, y - 240) < 130 ? pictures.lumaOf(leaves, x, y) : luma,
  )
}
