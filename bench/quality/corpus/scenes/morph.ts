import { between } from '../chance.ts'
import type { Chance, Footage } from '../clip.ts'
import { type Format, footageOf } from '../paint/canvas.ts'
import { speedOf, wander } from '../paint/motion.ts'
import { naturalTexture } from '../paint/natural.ts'
import { drawTexture } from '../paint/sample.ts'

/** What generated video often does while nothing is wrong: things swell, bend and drift as if under slow water. */
export function morph(format: Format, chance: Chance): Footage {
  const texture = naturalTexture(format, chance)
  const speed = speedOf(format, chance, 0.01, 0.08)
  const reach = format.width * between(chance, 0.006, 0.015)
  const waves = Array.from({ length: 4 }, () => ({
    across: between(chance, -1, 1) * (20 / format.width),
    down: between(chance, -1, 1) * (20 / format.width),
    sway: wander(chance, 2, 0.12),
    rate: between(chance, 0.5, 1.5),
  }))
  return footageOf(
    format,
    (canvas, seconds) => {
      const phases = waves.map(({ sway, rate }) => sway(seconds) + rate * seconds)
      drawTexture(canvas, texture, (x, y, at) => {
        let bent = 0
        let aside = 0
        waves.forEach(({ across, down }, index) => {
          const phase = across * x + down * y + (phases[index] as number)
          bent += Math.sin(phase)
          aside += Math.cos(phase * 0.8 + index)
        })
        at.x = 0.95 * x + speed * seconds + reach * bent
        at.y = 0.95 * y + 200 + reach * aside
      })
    },
    { grain: 0, vignette: 0, seed: 1 },
  )
}
