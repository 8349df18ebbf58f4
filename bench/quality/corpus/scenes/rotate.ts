import { between, sign } from '../chance.ts'
import type { Chance, Footage } from '../clip.ts'
import { anyLook, type Format, footageOf } from '../paint/canvas.ts'
import { naturalTexture } from '../paint/natural.ts'
import { cameraAt, drawTexture } from '../paint/sample.ts'

/** The camera turns about its axis, as a drone that looks down. */
export function rotate(format: Format, chance: Chance): Footage {
  const texture = naturalTexture(format, chance)
  const rate = sign(chance) * between(chance, 0.03, 0.35)
  const start = between(chance, 0, 2 * Math.PI)
  const rise = between(chance, -0.02, 0.02)
  const centreX = chance() * texture.width
  const centreY = chance() * texture.height
  return footageOf(
    format,
    (canvas, seconds) => {
      const scale = 0.9 * Math.exp(Math.max(-0.2, Math.min(0.1, rise * seconds)))
      drawTexture(canvas, texture, cameraAt(canvas, centreX, centreY, scale, start + rate * seconds))
    },
    anyLook(chance),
  )
}
