import { between, sign } from '../chance.ts'
import type { Chance, Footage } from '../clip.ts'
import { anyLook, type Format, footageOf } from '../paint/canvas.ts'
import { wander } from '../paint/motion.ts'
import { naturalTexture } from '../paint/natural.ts'
import { cameraAt, drawTexture } from '../paint/sample.ts'

/** The camera comes nearer or goes away, and wanders a little. */
export function zoom(format: Format, chance: Chance): Footage {
  const texture = naturalTexture(format, chance)
  const reach = Math.min(0.35, (between(chance, 0.02, 0.15) * format.frames) / format.fps)
  const direction = sign(chance)
  const x = wander(chance, format.width * 0.01, 0.1)
  const y = wander(chance, format.width * 0.01, 0.1)
  return footageOf(
    format,
    (canvas, seconds, index) => {
      // Between 0.7 and 1.05 pixels of texture for one of the picture: neither blurred nor aliased.
      const share = direction * (index / format.frames - 0.5) * reach
      const scale = 0.85 * Math.exp(share)
      const centreX = texture.width / 2 + x(seconds)
      drawTexture(canvas, texture, cameraAt(canvas, centreX, texture.height / 2 + y(seconds), scale))
    },
    anyLook(chance),
  )
}
