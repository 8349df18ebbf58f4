import { describe, expect, test } from 'vitest'
import { drawn } from '../../../test/support/pictures.ts'
import { flickerOf, tileFlicker } from './flicker-series.ts'
import { FrameMeter } from './frame-meter.ts'

const size = { width: 160, height: 90 }
const perSecond = 24

/** Of pictures whose luma is told for each place and frame. */
function measured(frames: number, lumaAt: (frame: number, x: number) => number) {
  const meter = new FrameMeter(size.width, size.height)
  const chroma = new Uint8Array((size.width * size.height) / 2).fill(128)
  for (let frame = 0; frame < frames; frame++) {
    const { data } = drawn(size, (x) => lumaAt(frame, x))
    meter.push(Uint8Array.from([...data, ...chroma]))
  }
  const times = Float64Array.from({ length: frames }, (_, frame) => frame / perSecond)
  return { frames: meter.columns(frames), times }
}

describe('the series of flicker', () => {
  test('is the swing of light that goes up and down with each frame', () => {
    const video = measured(30, (frame) => 100 + (frame % 2) * 6)
    const { globalLevels, localLevels, window } = flickerOf(video)
    expect(window).toBe(17)
    for (const levels of [globalLevels, localLevels]) expect([...levels]).toEqual(Array(30).fill(6))
    expect(tileFlicker(video.frames)).toBe(6)
  })

  test('of a part of the picture is local', () => {
    const { globalLevels, localLevels } = flickerOf(
      measured(30, (frame, x) => 100 + (x < 60 ? (frame % 2) * 8 : 0)),
    )
    expect(localLevels[15]).toBe(8)
    expect(globalLevels[15]).toBeLessThan(4)
  })

  test.each([
    ['stands still', () => 100],
    ['gets lighter steadily', (frame: number) => 60 + 3 * frame],
    ['has a cut and a flash', (frame: number) => (frame === 20 ? 220 : frame < 10 ? 60 : 140)],
  ])('is nothing of light that %s', (_, lumaAt) => {
    const { globalLevels, localLevels } = flickerOf(measured(30, lumaAt))
    expect(Math.max(...globalLevels, ...localLevels)).toBe(0)
  })

  test('of two frames is not known', () => {
    expect(tileFlicker(measured(2, () => 100).frames)).toBeNaN()
  })
})
