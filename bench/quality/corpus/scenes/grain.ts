import { between } from '../chance.ts'
import type { Chance, Footage } from '../clip.ts'
import { type Format, footageOf } from '../paint/canvas.ts'
import { wander } from '../paint/motion.ts'
import { naturalTexture } from '../paint/natural.ts'
import { cameraAt, drawTexture } from '../paint/sample.ts'

/** Film: grain of 3 to 8 steps over a moving picture. */
export function grain(format: Format, chance: Chance): Footage {
  const texture = naturalTexture(format, chance)
  const speed = format.width * between(chance, 0.02, 0.12)
  const rise = wander(chance, format.width * 0.02, 0.15)
  return footageOf(
    format,
    (canvas, seconds) => {
      const y = texture.height / 2 + rise(seconds)
      drawTexture(canvas, texture, cameraAt(canvas, speed * seconds, y))
    },
    {
      grain: between(chance, 3, 8),
      isCoarse: chance() < 0.5,
      vignette: between(chance, 0, 0.4),
      seed: Math.floor(chance() * 2 ** 31),
    },
  )
}
