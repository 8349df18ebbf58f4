import { between } from '../chance.ts'
import type { Chance } from '../clip.ts'
import { motionBlurred } from './blur.ts'
import type { Canvas } from './canvas.ts'
import { type Place, paletteOf } from './colour.ts'
import { cutOut } from './cut-out.ts'
import { fractal } from './fractal.ts'
import { scatterLeaves } from './leaves.ts'
import { byLuma } from './natural.ts'
import { drawTexture } from './sample.ts'
import { rampTexture, softened, type Texture } from './texture.ts'

/** A thing with an outline of its own, in the middle of a square texture of which it takes a half. */
export interface Sprite {
  readonly texture: Texture
  /** Half of its longest side, pixels. */
  readonly radius: number
}

/** A roundish body with bulges, its surface patterned. `blur`: pixels it moves across while the shutter is open. */
export function newSprite(chance: Chance, radius: number, place: Place, blur = 0): Sprite {
  const side = 2 ** Math.ceil(Math.log2(radius * 3.5 + blur * 1.5))
  const field = fractal(side, side, chance, { largest: Math.min(64, side), persistence: 0.8 })
  const palette = paletteOf(chance, place, 8)
  const texture = rampTexture(side, side, field, byLuma(palette.slice(0, 4)))
  scatterLeaves(texture, chance, {
    palette,
    field,
    smallest: Math.max(3, radius * 0.06),
    largest: Math.max(6, radius * 0.4),
    cover: 0.5,
    round: 0.6,
  })
  softened(texture.y, side, side)
  const bulges = [2, 3, 5].map((count) => ({
    count,
    phase: between(chance, 0, 6.28),
    size: between(chance, 0.05, 0.3) / count,
  }))
  const squeeze = between(chance, 0.55, 0.9)
  const opacity = (x: number, y: number) => {
    const fromX = x - side / 2
    const fromY = (y - side / 2) / squeeze
    const angle = Math.atan2(fromY, fromX)
    const edge = bulges.reduce(
      (sum, { count, phase, size }) => sum + size * Math.sin(count * angle + phase),
      0.75,
    )
    return (radius * edge - Math.hypot(fromX, fromY)) / 1.5 + 0.5
  }
  return { texture: motionBlurred(cutOut(texture, opacity), blur), radius }
}

/** Draws it with its middle at a point; `scale` above 1 is smaller. */
export function drawSprite(
  canvas: Canvas,
  { texture }: Sprite,
  x: number,
  y: number,
  angle = 0,
  scale = 1,
): void {
  const cosine = Math.cos(angle) * scale
  const sine = Math.sin(angle) * scale
  const middle = texture.width / 2
  // Inside this circle the texture does not repeat.
  const reach = (middle - 1) / scale / Math.SQRT2
  drawTexture(
    canvas,
    texture,
    (atX, atY, at) => {
      at.x = middle + (atX - x) * cosine - (atY - y) * sine
      at.y = middle + (atX - x) * sine + (atY - y) * cosine
    },
    { left: x - reach, top: y - reach, right: x + reach, bottom: y + reach },
  )
}
