import { between, sign } from '../chance.ts'
import type { Chance, Footage } from '../clip.ts'
import { motionBlurred } from '../paint/blur.ts'
import { anyLook, type Format, footageOf } from '../paint/canvas.ts'
import { anyPlace } from '../paint/colour.ts'
import { wander } from '../paint/motion.ts'
import { naturalTexture } from '../paint/natural.ts'
import { cameraAt, drawTexture } from '../paint/sample.ts'
import { drawSprite, newSprite } from '../paint/sprite.ts'

/** Large things cross the picture at up to two widths a second, blurred by the shutter, before a shaking camera. */
export function fastAction(format: Format, chance: Chance): Footage {
  const { width, height, fps } = format
  const texture = naturalTexture(format, chance)
  const speed = width * between(chance, 0.1, 0.5) * sign(chance)
  motionBlurred(texture, Math.abs(speed) / fps / 2)
  const things = Array.from({ length: 5 }, () => {
    // What crosses more than an eighth of the picture from frame to frame is no motion any more.
    const pace = width * Math.min(fps / 8, between(chance, 0.6, 1.8)) * sign(chance)
    const radius = Math.min(width, height) * between(chance, 0.2, 0.45)
    const blur = Math.min(radius, Math.abs(pace) / fps / 2)
    return {
      sprite: newSprite(chance, radius, anyPlace(chance), blur),
      pace,
      start: chance() * 2 * width,
      way: 1.4 * width + 4 * radius,
      rest: 2 * radius,
      y: height * between(chance, 0.2, 0.8),
      hop: wander(chance, height * 0.12, 0.6),
    }
  })
  const shake = wander(chance, width * 0.006, 1.5)
  return footageOf(
    format,
    (canvas, seconds) => {
      const camera = cameraAt(
        canvas,
        speed * seconds + shake(seconds),
        texture.height / 2 + shake(seconds + 9),
      )
      drawTexture(canvas, texture, camera)
      for (const { sprite, pace, start, way, rest, y, hop } of things) {
        const gone = (((start + pace * seconds) % way) + way) % way
        drawSprite(canvas, sprite, gone - rest, y + hop(seconds))
      }
    },
    anyLook(chance),
  )
}
