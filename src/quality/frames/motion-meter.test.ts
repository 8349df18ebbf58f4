import { describe, expect, test } from 'vitest'
import * as pictures from '../../../test/support/pictures.ts'
import { ColourFlow } from './colour-flow.ts'
import { LowMap } from './low-map.ts'
import { MotionMeter } from './motion-meter.ts'
import { TileMeter } from './tile-meter.ts'

const size = { width: 320, height: 180 }
const scene = pictures.leaves({ width: 400, height: 260 })
/** What a camera sees of the scene from a place. */
const view = (x: number, y: number) =>
  pictures.drawn(size, (column, row) => pictures.lumaOf(scene, column + 40 + x, row + 40 + y))

describe('the meter of motion', () => {
  test('finds none in pictures that are the same', () => {
    const meter = new MotionMeter(320, 180)
    for (let frame = 0; frame < 3; frame++)
      expect(meter.push(view(0, 0))).toEqual({ magnitude: 0, change: 0, residual: 0 })
  })

  test.each([
    [4, 0],
    [0, -6],
    [-8, 4],
    [16, 10],
  ])('finds a shift of %i and %i pixels, and that it is steady', (x, y) => {
    const meter = new MotionMeter(320, 180)
    meter.push(view(0, 0))
    meter.push(view(x, y))
    const { magnitude, change } = meter.push(view(2 * x, 2 * y))
    expect(magnitude).toBeCloseTo(Math.hypot(x, y) / Math.hypot(320, 180), 2)
    expect(change).toBeLessThan(magnitude / 4)
    const { dx, dy } = meter.field()
    const most = (values: Int8Array, value: number) => values.filter((each) => each === value).length
    expect(most(dx, x / 2)).toBeGreaterThan(dx.length / 2)
    expect(most(dy, y / 2)).toBeGreaterThan(dy.length / 2)
  })

  test('finds no motion where there is nothing to see, only a difference', () => {
    const meter = new MotionMeter(320, 180)
    meter.push(pictures.drawn(size, () => 60))
    expect(meter.push(pictures.drawn(size, () => 90))).toMatchObject({ magnitude: 0, residual: 30 })
  })

  test('takes pictures too small to have a block', () => {
    const meter = new MotionMeter(2, 2)
    const tiny = { width: 2, height: 2, data: new Uint8Array(4) }
    for (let frame = 0; frame < 2; frame++)
      expect(meter.push(tiny)).toEqual({ magnitude: 0, change: 0, residual: 0 })
  })
})

describe('the map of large pixels', () => {
  const mapOf = (picture: pictures.Picture) => {
    const map = new LowMap(320, 180)
    map.read(picture)
    return map
  }

  test('has the means of squares of four pixels, and a range but for the eight outermost', () => {
    const map = mapOf(
      pictures.drawn(size, (x, y) => (x < 4 && y < 4 ? 200 : x >= 316 && y >= 176 ? 20 : 100)),
    )
    expect([map.columns, map.rows, map.means[0], map.means[1], map.means.at(-1)]).toEqual([
      80, 45, 200, 100, 20,
    ])
    expect(map.range()).toMatchObject({ darkest: 100, brightest: 100 })
    const ninth = mapOf(pictures.drawn(size, (x, y) => (x < 36 && y < 4 ? 200 : 100)))
    expect(ninth.range()).toMatchObject({ darkest: 100, brightest: 200 })
  })

  test('sees light that changes by its levels, and not what a few squares do', () => {
    const dark = mapOf(pictures.drawn(size, () => 60))
    expect(mapOf(pictures.drawn(size, () => 63)).changeFrom(dark)).toBe(3)
    expect(mapOf(pictures.drawn(size, (x, y) => (x < 8 && y < 8 ? 200 : 60))).changeFrom(dark)).toBe(0)
  })
})

test('tiles are the means of their parts of a map, frame after frame', () => {
  const meter = new TileMeter(80, 45)
  const tiles = meter.columns * meter.rows
  for (let frame = 0; frame < 70; frame++) meter.push(new Float32Array(80 * 45).fill(frame))
  const values = meter.values()
  expect(values).toHaveLength(70 * tiles)
  expect([values[0], values[tiles], values.at(-1)]).toEqual([0, 1, 69])
  expect(meter.columns / meter.rows).toBeCloseTo(16 / 9, 0)
})

describe('the flow of colour', () => {
  const half = { width: 160, height: 90 }
  const wide = { width: 240, height: 90 }
  const [luma, blue, red] = [1, 2, 3].map((seed) => pictures.fractal(wide, 0.7, seed, 20))
  const seen = (
    x: number,
    change: (u: number, v: number) => readonly [number, number] = (u, v) => [u, v],
  ) => {
    const from = (plane: pictures.Picture | undefined) =>
      Uint8Array.from({ length: 160 * 90 }, (_, at) =>
        plane ? pictures.lumaOf(plane, (at % 160) + x, Math.floor(at / 160)) : 0,
      )
    const [us, vs] = [from(blue), from(red)]
    const changed = Array.from(us, (u, at) => change(u - 128, (vs[at] ?? 0) - 128))
    return {
      luma: from(luma),
      blue: Uint8Array.from(changed, ([u]) => Math.round(128 + u)),
      red: Uint8Array.from(changed, ([, v]) => Math.round(128 + v)),
    }
  }
  const changeOf = (second: ReturnType<typeof seen>) => {
    const motion = new MotionMeter(320, 180)
    const flow = new ColourFlow(half.width, half.height)
    const push = (planes: ReturnType<typeof seen>) => {
      const large = pictures.drawn(size, (x, y) => planes.luma[(y >> 1) * 160 + (x >> 1)] ?? 0)
      motion.push(large)
      return flow.push(planes, motion.field())
    }
    push(seen(0))
    return push(second)
  }

  test('tells a gain of chroma', () => {
    expect(changeOf(seen(0, (u, v) => [u * 1.2, v * 1.2])).saturation).toBeCloseTo(Math.log(1.2), 1)
  })

  test('tells a turn of hue', () => {
    const [cos, sin] = [Math.cos(0.2), Math.sin(0.2)]
    const { hue, saturation } = changeOf(seen(0, (u, v) => [u * cos - v * sin, u * sin + v * cos]))
    expect(hue).toBeCloseTo(0.2, 1)
    expect(saturation).toBeCloseTo(0, 1)
  })

  test('tells a cast', () => {
    expect(changeOf(seen(0, (u, v) => [u + 5, v - 3]))).toMatchObject({
      blue: expect.closeTo(5, 0),
      red: expect.closeTo(-3, 0),
    })
  })

  test('tells nothing of a camera that turns to other colours', () => {
    const change = changeOf(seen(9))
    expect(change.saturation).toBeCloseTo(0, 1)
    expect(change.hue).toBeCloseTo(0, 1)
    expect(Math.abs(change.blue)).toBeLessThan(1)
  })
})
