import { between } from '../chance.ts'
import type { Chance, Footage } from '../clip.ts'
import { anyLook, type Format, footageOf } from '../paint/canvas.ts'
import { speedOf } from '../paint/motion.ts'
import { naturalTexture } from '../paint/natural.ts'
import { cameraAt, drawTexture } from '../paint/sample.ts'

/** The camera moves at a steady speed over a rich texture. */
export function pan(format: Format, chance: Chance): Footage {
  const texture = naturalTexture(format, chance)
  const angle = between(chance, 0, 2 * Math.PI)
  const speed = speedOf(format, chance, 0.02, 0.4)
  const startX = chance() * texture.width
  const startY = chance() * texture.height
  return footageOf(
    format,
    (canvas, seconds) => {
      const gone = speed * seconds
      const x = startX + Math.cos(angle) * gone
      const y = startY + Math.sin(angle) * gone
      drawTexture(canvas, texture, cameraAt(canvas, x, y))
    },
    anyLook(chance),
  )
}
