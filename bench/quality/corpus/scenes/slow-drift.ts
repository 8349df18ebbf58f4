import { between } from '../chance.ts'
import type { Chance, Footage } from '../clip.ts'
import { anyLook, type Format, footageOf } from '../paint/canvas.ts'
import { anyOf, naturalTexture } from '../paint/natural.ts'
import { cameraAt, drawTexture } from '../paint/sample.ts'

/** A landscape over which the camera drifts very slowly: 2 to 8 pixels in a second. */
export function slowDrift(format: Format, chance: Chance): Footage {
  const place = anyOf(chance, 'forest', 'autumn', 'rock', 'desert')
  const texture = naturalTexture(format, chance, { place, cover: 1.2 })
  const angle = between(chance, 0, 2 * Math.PI)
  const speed = between(chance, 2, 8)
  return footageOf(
    format,
    (canvas, seconds) => {
      const x = texture.width / 2 + Math.cos(angle) * speed * seconds
      const y = texture.height / 2 + Math.sin(angle) * speed * seconds
      drawTexture(canvas, texture, cameraAt(canvas, x, y))
    },
    anyLook(chance),
  )
}
