import { between } from '../chance.ts'
import type { Chance, Footage } from '../clip.ts'
import { anyLook, type Canvas, type Format, footageOf } from '../paint/canvas.ts'
import { type Colour, hsl } from '../paint/colour.ts'
import { wander } from '../paint/motion.ts'
import { anyOf, naturalTexture } from '../paint/natural.ts'
import { cameraAt, drawTexture } from '../paint/sample.ts'
import { drawSprite, newSprite } from '../paint/sprite.ts'

/** A scene under a light whose colour goes to another and comes back, in three to six seconds. */
export function stageLight(format: Format, chance: Chance): Footage {
  const { width, height } = format
  const texture = naturalTexture(format, chance, { place: anyOf(chance, 'room', 'rock', 'city') })
  const actor = newSprite(chance, Math.min(width, height) * 0.25, anyOf(chance, 'skin', 'market'))
  const hue = chance()
  const lights = [hsl(hue, 0.6, 0.5), hsl(hue + between(chance, 0.15, 0.4), 0.6, 0.5)] as const
  const period = between(chance, 3, 6)
  const sway = wander(chance, width * 0.03, 0.25)
  const walkX = wander(chance, width * 0.15, 0.2)
  return footageOf(
    format,
    (canvas, seconds) => {
      drawTexture(canvas, texture, cameraAt(canvas, texture.width / 2 + sway(seconds), texture.height / 2))
      drawSprite(canvas, actor, width / 2 + walkX(seconds), height * 0.6 + sway(seconds + 5) / 2)
      tint(canvas, lights, 0.5 - 0.5 * Math.cos((2 * Math.PI * seconds) / period))
    },
    anyLook(chance),
  )
}

/** Light of a colour: chroma in proportion to luma. */
function tint(
  { y, u, v, width, height }: Canvas,
  [from, to]: readonly [Colour, Colour],
  share: number,
): void {
  const strength = 0.4 / 110
  const addU = (from.u + (to.u - from.u) * share) * strength
  const addV = (from.v + (to.v - from.v) * share) * strength
  const gain = 0.8 + 0.1 * share
  const half = width / 2
  for (let row = 0; row < height / 2; row++) {
    for (let column = 0; column < half; column++) {
      const luma = y[2 * row * width + 2 * column] as number
      const at = row * half + column
      u[at] = 0.6 * (u[at] as number) + addU * luma
      v[at] = 0.6 * (v[at] as number) + addV * luma
    }
  }
  for (let at = 0; at < y.length; at++) y[at] = (y[at] as number) * gain
}
