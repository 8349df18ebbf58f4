import { between } from '../chance.ts'
import type { Chance, Footage } from '../clip.ts'
import { anyLook, type Format, footageOf } from '../paint/canvas.ts'
import { wander } from '../paint/motion.ts'
import { naturalTexture } from '../paint/natural.ts'
import { cameraAt, drawTexture } from '../paint/sample.ts'

/** A camera in the hand: it trembles, sways and turns a little. */
export function handheld(format: Format, chance: Chance): Footage {
  const texture = naturalTexture(format, chance)
  const sway = [0, 1].map(() => wander(chance, format.width * 0.03, 0.2))
  const tremble = [0, 1].map(() => wander(chance, format.width * between(chance, 0.0008, 0.004), 2.2))
  const turn = wander(chance, 0.015, 0.4)
  const [swayX, swayY] = sway
  const [trembleX, trembleY] = tremble
  return footageOf(
    format,
    (canvas, seconds) => {
      const x = texture.width / 2 + (swayX?.(seconds) ?? 0) + (trembleX?.(seconds) ?? 0)
      const y = texture.height / 2 + (swayY?.(seconds) ?? 0) + (trembleY?.(seconds) ?? 0)
      drawTexture(canvas, texture, cameraAt(canvas, x, y, 0.95, turn(seconds)))
    },
    anyLook(chance),
  )
}
