import { between } from '../chance.ts'
import type { Chance, Footage } from '../clip.ts'
import { type Format, footageOf } from '../paint/canvas.ts'
import { dimmed, hsl } from '../paint/colour.ts'
import { addGlow } from '../paint/glow.ts'
import { speedOf } from '../paint/motion.ts'
import { anyOf, naturalTexture } from '../paint/natural.ts'
import { cameraAt, drawTexture } from '../paint/sample.ts'
import type { Texture } from '../paint/texture.ts'

/** A night: dark but with detail, and lamps. */
export function dark(format: Format, chance: Chance): Footage {
  const texture = naturalTexture(format, chance, { place: anyOf(chance, 'dusk', 'city', 'forest') })
  const gain = between(chance, 0.16, 0.3)
  for (const plane of [texture.y, texture.u, texture.v]) {
    for (let index = 0; index < plane.length; index++) plane[index] = (plane[index] as number) * gain
  }
  addLamps(texture, format, chance)
  const speed = speedOf(format, chance, 0.01, 0.12)
  const angle = between(chance, -0.3, 0.3)
  return footageOf(
    format,
    (canvas, seconds) => {
      const x = Math.cos(angle) * speed * seconds
      drawTexture(
        canvas,
        texture,
        cameraAt(canvas, x, texture.height / 2 + Math.sin(angle) * speed * seconds),
      )
    },
    // A camera in the dark has more noise; a generated night has none.
    {
      grain: chance() < 0.4 ? 0 : between(chance, 1, 3),
      vignette: 0.2,
      seed: Math.floor(chance() * 2 ** 31),
    },
  )
}

function addLamps(texture: Texture, format: Format, chance: Chance): void {
  const lamps = Math.ceil((texture.width * texture.height) / (format.width * format.height) / 0.12)
  for (let lamp = 0; lamp < lamps; lamp++) {
    const x = chance() * texture.width
    const y = chance() * texture.height
    const light = hsl(between(chance, 0.06, 0.16), 0.7, between(chance, 0.5, 0.8))
    const radius = format.width * between(chance, 0.006, 0.02)
    addGlow(texture, x, y, radius * 6, dimmed(light, 0.35), true)
    addGlow(texture, x, y, radius, light, true)
  }
}
