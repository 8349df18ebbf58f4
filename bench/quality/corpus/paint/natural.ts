/** Textures with the statistics of natural pictures. */
import { between, pick } from '../chance.ts'
import type { Chance } from '../clip.ts'
import type { Format } from './canvas.ts'
import { anyPlace, type Colour, type Place, paletteOf } from './colour.ts'
import { fractal } from './fractal.ts'
import { scatterLeaves } from './leaves.ts'
import { rampTexture, roomFor, softened, type Texture } from './texture.ts'

type Size = Pick<Format, 'width' | 'height'>

/** A texture that the camera can move over without end: ground of fractal noise with things lying on it. */
export function naturalTexture(
  format: Size,
  chance: Chance,
  options: { readonly place?: Place; readonly cover?: number; readonly largest?: number } = {},
): Texture {
  const place = options.place ?? anyPlace(chance)
  const { width, height } = roomFor(format)
  const palette = paletteOf(chance, place)
  const field = fractal(width, height, chance, { largest: 256, persistence: between(chance, 0.75, 0.95) })
  const texture = rampTexture(width, height, field, byLuma(palette.slice(0, 5)))
  scatterLeaves(texture, chance, {
    palette,
    field,
    smallest: between(chance, 4, 14),
    largest: options.largest ?? Math.min(format.width, format.height) * between(chance, 0.15, 0.4),
    cover: options.cover ?? between(chance, 0.2, 1.3),
    round: place === 'city' || place === 'room' ? 0.15 : between(chance, 0.5, 1),
  })
  softened(texture.y, width, height)
  return texture
}

export function byLuma(colours: readonly Colour[]): Colour[] {
  return colours.toSorted((a, b) => a.y - b.y)
}

export function anyOf(chance: Chance, ...found: readonly Place[]): Place {
  return pick(chance, found)
}
