/** Skies, ridges of hills and skylines, to be laid over each other. */
import { between, pick } from '../chance.ts'
import type { Chance } from '../clip.ts'
import type { Format } from './canvas.ts'
import { type Colour, mix, type Place, paletteOf } from './colour.ts'
import { cutOut } from './cut-out.ts'
import { fractal } from './fractal.ts'
import { byLuma } from './natural.ts'
import { cameraAt, type Mapping } from './sample.ts'
import { newTexture, rampTexture, roomFor, softened, type Texture } from './texture.ts'

type Size = Pick<Format, 'width' | 'height'>

/** A gradient from the top of the picture to its horizon with clouds in it; still, in the texture's upper rows. */
export function skyTexture(
  format: Size,
  chance: Chance,
  { zenith, horizon, cloud, cover }: { zenith: Colour; horizon: Colour; cloud: Colour; cover: number },
): Texture {
  const { width, height } = roomFor(format, 1.05)
  const texture = newTexture(width, height)
  const field = fractal(width, height, chance, { largest: 256, persistence: 0.6 })
  const planes = [
    [texture.y, 1, 'y'],
    [texture.u, 2, 'u'],
    [texture.v, 2, 'v'],
  ] as const
  for (const [plane, divisor, part] of planes) {
    for (let row = 0; row < height / divisor; row++) {
      const down = Math.min(1, (row * divisor) / format.height / 0.7)
      const base = zenith[part] + (horizon[part] - zenith[part]) * down
      for (let column = 0; column < width / divisor; column++) {
        const density = field[row * divisor * width + column * divisor] as number
        const share = cover / (1 + Math.exp(-2.2 * density))
        plane[(row * width) / divisor + column] = base + (cloud[part] - base) * share
      }
    }
  }
  return texture
}

export interface RidgeOptions {
  readonly place: Place
  /** Where its line is, as shares of the picture's height from the top: mean and deviation. */
  readonly level: number
  readonly relief: number
  /** Haze in front of it: 0 none, 1 nothing else. */
  readonly haze: number
  readonly hazeColour: Colour
  /** Strength of the finer octaves of its line. */
  readonly roughness?: number
}

/** Hills that repeat across; below their line they are opaque. */
export function ridgeTexture(format: Size, chance: Chance, options: RidgeOptions): Texture {
  const { width, height } = roomFor(format, 1.05)
  const { place, level, relief, haze, hazeColour, roughness = 0.55 } = options
  const line = fractal(width, 256, chance, { largest: 256, persistence: roughness }).subarray(0, width)
  const field = fractal(width, height, chance, { largest: 64, persistence: 0.9 })
  const ramp = byLuma(paletteOf(chance, place, 6)).map((colour) => mix(colour, hazeColour, haze))
  const texture = rampTexture(width, height, field, ramp)
  softened(texture.y, width, height)
  return cutOut(
    texture,
    (x, y) => y + 0.5 - format.height * (level - relief * Math.max(-2, Math.min(2, line[x] as number))),
  )
}

/** Houses with windows of which some are lit. */
export function skylineTexture(
  format: Size,
  chance: Chance,
  { level, wall, lit, litShare }: { level: number; wall: Colour; lit: readonly Colour[]; litShare: number },
): Texture {
  const { width, height } = roomFor(format, 1.05)
  const field = fractal(width, height, chance, { largest: 64, persistence: 0.8 })
  const texture = rampTexture(width, height, field, [mix(wall, { y: 0, u: 0, v: 0 }, 0.4), wall])
  const tops = new Float32Array(width)
  const unit = Math.max(6, 2 * Math.round(Math.min(format.width, format.height) / 90))
  for (let x = 0; x < width; ) {
    const houseWidth = Math.min(width - x, unit * (6 + Math.floor(chance() * 10)))
    const top = Math.round((format.height * (level + between(chance, -0.18, 0.18))) / 2) * 2
    tops.fill(top, x, x + houseWidth)
    for (let windowX = x + unit; windowX < x + houseWidth - unit; windowX += 2 * unit) {
      for (let windowY = top + unit; windowY < height - unit; windowY += 2 * unit) {
        if (chance() < litShare) lightWindow(texture, windowX, windowY, unit, pick(chance, lit))
      }
    }
    x += houseWidth
  }
  softened(texture.y, width, height)
  return cutOut(texture, (x, y) => y + 0.5 - (tops[x] as number))
}

function lightWindow(texture: Texture, x: number, y: number, side: number, colour: Colour): void {
  for (let row = y; row < y + side; row++) {
    texture.y.fill(colour.y, row * texture.width + x, row * texture.width + x + side)
  }
  for (let row = y / 2; row < (y + side) / 2; row++) {
    const start = (row * texture.width) / 2 + x / 2
    texture.u.fill(colour.u, start, start + side / 2)
    texture.v.fill(colour.v, start, start + side / 2)
  }
}

/** A camera before a landscape: its rows are those of the picture, moved by what little there is of room (`y` from 0 up). */
export function before(format: Size, x: number, y = 0): Mapping {
  return cameraAt(format, format.width / 2 + x, format.height / 2 + 1 + y)
}
