import { between } from '../chance.ts'
import type { Chance, Footage } from '../clip.ts'
import { anyLook, type Format, footageOf } from '../paint/canvas.ts'
import { hsl } from '../paint/colour.ts'
import { scaleLight } from '../paint/cut-out.ts'
import { before, ridgeTexture, skyTexture } from '../paint/landscape.ts'
import { wander } from '../paint/motion.ts'
import { anyOf } from '../paint/natural.ts'
import { drawTexture } from '../paint/sample.ts'

/** Clouds run over hills, and the light changes with them. */
export function timeLapse(format: Format, chance: Chance): Footage {
  const hue = between(chance, 0.54, 0.62)
  const haze = hsl(hue, 0.25, 0.75)
  const sky = skyTexture(format, chance, {
    zenith: hsl(hue, 0.5, 0.4),
    horizon: haze,
    cloud: hsl(0.1, 0.12, 0.9),
    cover: between(chance, 0.6, 0.95),
  })
  const levels = [0.55, 0.72]
  const ridges = levels.map((level, index) =>
    ridgeTexture(format, chance, {
      place: anyOf(chance, 'forest', 'rock', 'autumn'),
      level,
      relief: 0.06,
      haze: index === 0 ? 0.5 : 0.1,
      hazeColour: haze,
    }),
  )
  const speed = format.width * between(chance, 0.05, 0.25)
  const light = wander(chance, 0.07, 0.12)
  return footageOf(
    format,
    (canvas, seconds) => {
      drawTexture(canvas, sky, before(format, speed * seconds))
      for (const ridge of ridges) drawTexture(canvas, ridge, before(format, 0))
      scaleLight(canvas, 0.9 + light(seconds))
    },
    anyLook(chance),
  )
}
