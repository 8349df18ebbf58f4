import { between, pick } from '../chance.ts'
import type { Chance, Footage } from '../clip.ts'
import { anyLook, type Format, footageOf } from '../paint/canvas.ts'
import { dimmed, hsl } from '../paint/colour.ts'
import { addGlow } from '../paint/glow.ts'
import { before, skylineTexture, skyTexture } from '../paint/landscape.ts'
import { speedOf } from '../paint/motion.ts'
import { drawTexture } from '../paint/sample.ts'
import { drawShape } from '../paint/shapes.ts'

/** A town at night: lit windows, and signs of saturated colours that swell slowly, each at its own pace. */
export function neonNight(format: Format, chance: Chance): Footage {
  const { width, height } = format
  const hue = between(chance, 0.6, 0.85)
  const sky = skyTexture(format, chance, {
    zenith: hsl(hue, 0.5, 0.06),
    horizon: hsl(hue + 0.1, 0.5, 0.22),
    cloud: hsl(hue + 0.15, 0.4, 0.2),
    cover: 0.7,
  })
  const lit = [hsl(0.12, 0.8, 0.6), hsl(0.09, 0.7, 0.5), hsl(0.55, 0.6, 0.6)]
  const levels = [0.42, 0.62]
  const houses = levels.map((level, index) =>
    skylineTexture(format, chance, { level, wall: hsl(hue, 0.3, 0.13 - 0.05 * index), lit, litShare: 0.25 }),
  )
  const way = width * 1.6
  const signs = Array.from({ length: 9 }, () => ({
    x: chance() * way,
    y: height * between(chance, 0.35, 0.85),
    long: width * between(chance, 0.02, 0.07),
    wide: width * between(chance, 0.006, 0.02),
    isUpright: chance() < 0.4,
    colour: hsl(pick(chance, [0.9, 0.5, 0.33, 0.78, 0.02]) + between(chance, -0.03, 0.03), 0.95, 0.55),
    rate: between(chance, 0.15, 0.4),
    phase: chance(),
  }))
  const speed = speedOf(format, chance, 0.01, 0.06)
  return footageOf(
    format,
    (canvas, seconds) => {
      drawTexture(canvas, sky, before(format, speed * 0.1 * seconds))
      houses.forEach((house, index) => {
        drawTexture(canvas, house, before(format, speed * (0.5 + 0.5 * index) * seconds))
      })
      for (const { x, y, long, wide, isUpright, colour, rate, phase } of signs) {
        const atX = ((((x - speed * seconds) % way) + way) % way) - width * 0.3
        const strength = 0.65 + 0.35 * Math.sin(2 * Math.PI * (rate * seconds + phase))
        addGlow(canvas, atX, y, long * 2.5, dimmed(colour, 0.45 * strength))
        const angle = isUpright ? Math.PI / 2 : 0
        drawShape(canvas, {
          x: atX,
          y,
          long,
          wide,
          angle,
          isBox: true,
          colour: dimmed(colour, strength),
          softness: 3,
        })
      }
    },
    anyLook(chance),
  )
}
