import { between } from '../chance.ts'
import type { Chance, Footage } from '../clip.ts'
import { defocused } from '../paint/blur.ts'
import { anyLook, type Format, footageOf } from '../paint/canvas.ts'
import { speedOf, wander } from '../paint/motion.ts'
import { anyOf, naturalTexture } from '../paint/natural.ts'
import { cameraAt, drawTexture } from '../paint/sample.ts'
import { drawSprite, newSprite } from '../paint/sprite.ts'

/** A sharp thing close by; everything behind it is out of focus. */
export function macro(format: Format, chance: Chance): Footage {
  const { width, height } = format
  const place = anyOf(chance, 'forest', 'autumn', 'sea', 'dusk', 'market')
  const behind = naturalTexture(format, chance, { place })
  defocused(behind, Math.round(width * between(chance, 0.008, 0.025)))
  const radius = Math.min(width, height) * between(chance, 0.26, 0.38)
  const subject = newSprite(chance, radius, anyOf(chance, 'autumn', 'skin', 'market', 'rock'))
  const speed = speedOf(format, chance, 0.005, 0.03)
  const swayX = wander(chance, width * 0.04, 0.2)
  const swayY = wander(chance, height * 0.03, 0.25)
  const turn = wander(chance, 0.12, 0.2)
  return footageOf(
    format,
    (canvas, seconds) => {
      drawTexture(canvas, behind, cameraAt(canvas, speed * seconds, behind.height / 2))
      drawSprite(canvas, subject, width / 2 + swayX(seconds), height / 2 + swayY(seconds), turn(seconds))
    },
    anyLook(chance),
  )
}
