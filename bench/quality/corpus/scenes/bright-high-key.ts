import { between } from '../chance.ts'
import type { Chance, Footage } from '../clip.ts'
import { anyLook, type Format, footageOf } from '../paint/canvas.ts'
import { hsl } from '../paint/colour.ts'
import { before, ridgeTexture, skyTexture } from '../paint/landscape.ts'
import { speedOf } from '../paint/motion.ts'
import { drawTexture } from '../paint/sample.ts'

/** Snow fields in fog: bright, of little contrast. */
export function brightHighKey(format: Format, chance: Chance): Footage {
  const hue = between(chance, 0.5, 0.68)
  const fog = hsl(hue, 0.15, between(chance, 0.82, 0.9))
  const sky = skyTexture(format, chance, {
    zenith: hsl(hue, 0.25, 0.8),
    horizon: fog,
    cloud: hsl(hue, 0.1, 0.95),
    cover: 0.7,
  })
  const hazes = [0.85, 0.72, 0.5]
  const ridges = hazes.map((haze, index) =>
    ridgeTexture(format, chance, {
      place: index === 1 ? 'forest' : 'rock',
      level: 0.45 + 0.17 * index,
      relief: 0.05,
      haze,
      hazeColour: index === 2 ? hsl(hue, 0.1, 0.97) : fog,
    }),
  )
  const speed = speedOf(format, chance, 0.015, 0.08)
  return footageOf(
    format,
    (canvas, seconds) => {
      drawTexture(canvas, sky, before(format, speed * 0.2 * seconds))
      ridges.forEach((ridge, index) => {
        drawTexture(canvas, ridge, before(format, speed * (0.4 + 0.3 * index) * seconds))
      })
    },
    anyLook(chance),
  )
}
