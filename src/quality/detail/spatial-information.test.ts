import { describe, expect, test } from 'vitest'
import * as pictures from '../../../test/support/pictures.ts'
import type { Plane } from '../plane.ts'
import { spatialInformationOf } from './spatial-information.ts'

/** Over all pixels, by the formula as the standard writes it. */
function slowSpatialInformation(plane: Plane): number {
  const at = (x: number, y: number): number => plane.data[y * plane.width + x] ?? 0
  let [sum, squares, count] = [0, 0, 0]
  for (let y = 1; y < plane.height - 1; y++) {
    for (let x = 1; x < plane.width - 1; x++) {
      const side = (dx: number): number => at(x + dx, y - 1) + 2 * at(x + dx, y) + at(x + dx, y + 1)
      const line = (dy: number): number => at(x - 1, y + dy) + 2 * at(x, y + dy) + at(x + 1, y + dy)
      const magnitude = Math.hypot(side(1) - side(-1), line(1) - line(-1))
      sum += magnitude
      squares += magnitude ** 2
      count++
    }
  }
  return Math.sqrt(squares / count - (sum / count) ** 2)
}

describe('spatial information', () => {
  test.each([
    ['text', pictures.text(pictures.small)],
    ['noise', pictures.staticNoise(pictures.small, 1)],
    ['leaves', pictures.leaves(pictures.small)],
    ['a fine texture', pictures.fractal(pictures.small, 0.3)],
    ['bricks in steps of 8 rows', pictures.bricks(pictures.small)],
    ['leaves at 1080 lines', pictures.leaves(pictures.large)],
    ['a texture at 1080 lines', pictures.fractal(pictures.large, 0.6)],
    ['text at 1080 lines', pictures.text(pictures.large, 5)],
  ])('is that of all pixels within 1 %%: %s', (_name, picture) => {
    const truth = slowSpatialInformation(picture)
    expect(Math.abs(spatialInformationOf(picture) / truth - 1)).toBeLessThan(0.01)
  })

  test('is 0 of a plain picture, and of one too small to have an inside', () => {
    expect(spatialInformationOf(pictures.drawn(pictures.small, () => 90))).toBe(0)
    expect(spatialInformationOf({ width: 2, height: 2, data: new Uint8Array(4) })).toBe(0)
  })
})
