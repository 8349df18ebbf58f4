import { between } from '../chance.ts'
import type { Chance, Footage } from '../clip.ts'
import { anyLook, type Format, footageOf } from '../paint/canvas.ts'
import { hsl } from '../paint/colour.ts'
import { scaleLight } from '../paint/cut-out.ts'
import { before, ridgeTexture, skyTexture } from '../paint/landscape.ts'
import { drawTexture } from '../paint/sample.ts'

/** A storm at night with one or two flashes, each of which fades within a quarter of a second. */
export function lightning(format: Format, chance: Chance): Footage {
  const hue = between(chance, 0.58, 0.72)
  const sky = skyTexture(format, chance, {
    zenith: hsl(hue, 0.3, 0.12),
    horizon: hsl(hue, 0.3, 0.25),
    cloud: hsl(hue, 0.2, 0.3),
    cover: 0.9,
  })
  const hills = ridgeTexture(format, chance, {
    place: 'dusk',
    level: 0.7,
    relief: 0.05,
    haze: 0.6,
    hazeColour: hsl(hue, 0.3, 0.08),
  })
  const length = format.frames / format.fps
  const flashes = chance() < 0.5 ? [0.25, 0.7] : [between(chance, 0.3, 0.7)]
  const times = flashes.map((share) => Math.round(share * length * format.fps) / format.fps)
  const speed = format.width * between(chance, 0.02, 0.08)
  return footageOf(
    format,
    (canvas, seconds) => {
      drawTexture(canvas, sky, before(format, speed * seconds))
      drawTexture(canvas, hills, before(format, speed * 0.15 * seconds))
      const flash = times.reduce((sum, time) => {
        const since = seconds - time
        return since < -1e-6 ? sum : sum + Math.exp(-since / 0.07)
      }, 0)
      if (flash > 0.005) scaleLight(canvas, 1 + 1.6 * flash)
    },
    anyLook(chance),
  )
}
