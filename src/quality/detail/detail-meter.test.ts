import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import * as pictures from '../../../test/support/pictures.ts'
import { measureDetail } from './detail-meter.ts'

const { small, large } = pictures
const leaves = pictures.leaves(small)

describe('sharpness', () => {
  test('of a Gaussian blur of 1/100 of the height is its slope, at any height', () => {
    for (const size of [small, large, { width: 480, height: 832 }]) {
      const { sharpness } = measureDetail(pictures.blurred(pictures.leaves(size), size.height / 100))
      expect(sharpness).toBeGreaterThan(0.05)
      expect(sharpness).toBeLessThan(0.11)
    }
  })

  test('is that of the sharp part where the rest is out of focus', () => {
    const soft = pictures.blurred(leaves, 10)
    const macro = pictures.changed(soft, (luma, x, y) =>
      Math.hypot(x - 400, y - 240) < 130 ? pictures.lumaOf(leaves, x, y) : luma,
    )
    expect(measureDetail(macro).peakSharpness).toBeGreaterThan(0.5)
    expect(measureDetail(soft).peakSharpness).toBeLessThan(0.15)
  })

  test('does not depend on contrast', () => {
    const pale = pictures.changed(leaves, (luma) => 125 + (luma - 125) / 3)
    expect(measureDetail(pale).sharpness).toBeCloseTo(measureDetail(leaves).sharpness ?? 0, 1)
  })

  test('is unknown where nothing has edges', () => {
    for (const picture of [
      pictures.drawn(small, (x) => 16 + (219 * x) / small.width),
      pictures.drawn(small, () => 16),
      pictures.night(small),
    ])
      expect(measureDetail(picture).sharpness).toBeUndefined()
  })
})

describe('noise', () => {
  test.each([0, 3, 6, 10])('is the deviation of the grain: %d', (sigma) => {
    const flat = pictures.drawn(small, (x, y) => 100 + 40 * Math.sin(x / 90) * Math.cos(y / 70))
    const { noise } = measureDetail(sigma === 0 ? flat : pictures.grainy(flat, sigma))
    expect(Math.abs(noise - sigma)).toBeLessThan(0.6)
  })

  test.each([1, 2, 4, 8])('in blobs of %d pixels is of that size, everywhere alike', (blob) => {
    const measures = measureDetail(pictures.staticNoise(small, blob))
    expect(measures.speckleSize).toBe(blob)
    expect(measures.speckle).toBeGreaterThan(55)
    expect(measures.speckleUnevenness).toBeLessThan(0.12)
    expect(measures.whiteness).toBeGreaterThan(0.6)
  })

  test('is unlike a scene, which has its detail in places', () => {
    const { whiteness, speckleUnevenness } = measureDetail(leaves)
    expect(whiteness).toBeLessThan(0.4)
    expect(speckleUnevenness).toBeGreaterThan(0.3)
  })
})

describe('blocks', () => {
  test.each([8, 16])(
    'of %d pixels that were displaced are counted, nearly as many as can be seen',
    (block) => {
      const { brokenBlocks, loneBrokenBlocks } = measureDetail(pictures.displaced(leaves, block, 0.05))
      expect(brokenBlocks).toBeGreaterThan(0.02)
      expect(brokenBlocks).toBeLessThan(0.055)
      expect(loneBrokenBlocks).toBeGreaterThan(0.02)
    },
  )

  test('are not broken in scenes, textures, grain, text and drawings', () => {
    for (const picture of [
      leaves,
      pictures.fractal(small, 0.2),
      pictures.grainy(leaves, 10),
      pictures.text(small, 3),
      pictures.cartoon(small),
      pictures.bricks(small),
    ])
      expect(measureDetail(picture).brokenBlocks).toBeLessThan(0.001)
  })

  test('of a pattern have few lumas, those of a coarse picture many', () => {
    expect(measureDetail(pictures.checkerboard(small, 8)).brokenLumas).toBeLessThan(3)
    expect(measureDetail(pictures.pixelArt(small)).brokenLumas).toBeLessThan(8)
    expect(measureDetail(pictures.pixelated(leaves, 16)).brokenLumas).toBeGreaterThan(12)
  })

  test('show as steps on their grid, wherever it begins', () => {
    expect(measureDetail(leaves).blockiness).toBeLessThan(0.3)
    const coarse = pictures.pixelated(leaves, 8)
    const shifted = pictures.changed(coarse, (_luma, x, y) => pictures.lumaOf(coarse, x + 3, y + 5))
    expect(measureDetail(coarse).blockiness).toBeGreaterThan(5)
    expect(measureDetail(shifted).blockiness).toBeGreaterThan(5)
  })
})

describe('levels', () => {
  test.each([5, 8, 12])('that are left are found at their distance: %d', (levels) => {
    const measures = measureDetail(pictures.banded(pictures.fractal(small), levels))
    expect(measures.levelDistance).toBeCloseTo(219 / (levels - 1), -0.3)
    expect(measures.levelFit).toBeGreaterThan(0.95)
  })

  test('are not seen in a gradient', () => {
    expect(measureDetail(pictures.drawn(small, (x) => 16 + (219 * x) / small.width)).levelFit).toBeLessThan(
      0.2,
    )
  })
})

test('a picture of any size has finite measures', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 90 }),
      fc.integer({ min: 1, max: 90 }),
      fc.integer(),
      (w, h, seed) => {
        const chance = pictures.chanceOf(seed)
        const data = Uint8Array.from({ length: w * h }, () => 256 * chance())
        for (const value of Object.values(measureDetail({ width: w, height: h, data })))
          expect(value === undefined || Number.isFinite(value)).toBe(true)
      },
    ),
    { numRuns: 200 },
  )
})
