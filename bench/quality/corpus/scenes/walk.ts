import { between, sign } from '../chance.ts'
import type { Chance, Footage } from '../clip.ts'
import { anyLook, type Format, footageOf } from '../paint/canvas.ts'
import { hsl } from '../paint/colour.ts'
import { before, ridgeTexture, skylineTexture, skyTexture } from '../paint/landscape.ts'
import { speedOf } from '../paint/motion.ts'
import { anyOf } from '../paint/natural.ts'
import { drawTexture } from '../paint/sample.ts'

/** A walk past near and far things, which move at different speeds; the steps are felt. */
export function walk(format: Format, chance: Chance): Footage {
  const hue = between(chance, 0.5, 0.65)
  const haze = hsl(hue, 0.25, 0.72)
  const sky = skyTexture(format, chance, {
    zenith: hsl(hue, 0.45, 0.5),
    horizon: haze,
    cloud: hsl(hue, 0.1, 0.9),
    cover: 0.6,
  })
  const town = skylineTexture(format, chance, {
    level: 0.45,
    wall: hsl(hue, 0.1, 0.55),
    lit: [hsl(hue, 0.2, 0.4), hsl(hue, 0.2, 0.7)],
    litShare: 0.8,
  })
  const place = anyOf(chance, 'forest', 'autumn', 'city', 'desert')
  const near = [0.62, 0.82].map((level, index) =>
    ridgeTexture(format, chance, {
      place,
      level,
      relief: 0.05 - 0.02 * index,
      haze: 0.25 - 0.25 * index,
      hazeColour: haze,
      roughness: 0.85,
    }),
  )
  const speed = speedOf(format, chance, 0.06, 0.25) * sign(chance)
  const step = between(chance, 1.4, 2) * 2 * Math.PI
  return footageOf(
    format,
    (canvas, seconds) => {
      const bob = format.height * 0.004 * (1 + Math.sin(step * seconds))
      drawTexture(canvas, sky, before(format, speed * 0.03 * seconds, bob * 0.2))
      drawTexture(canvas, town, before(format, speed * 0.25 * seconds, bob * 0.5))
      near.forEach((layer, index) => {
        drawTexture(canvas, layer, before(format, speed * (0.5 + 0.5 * index) * seconds, bob * (1 + index)))
      })
    },
    anyLook(chance),
  )
}
