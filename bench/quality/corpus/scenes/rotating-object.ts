import { between, sign } from '../chance.ts'
import type { Chance, Footage } from '../clip.ts'
import { anyLook, type Format, footageOf } from '../paint/canvas.ts'
import { cutOut, scaleLight } from '../paint/cut-out.ts'
import { naturalTexture } from '../paint/natural.ts'
import { cameraAt, drawTexture, type Mapping } from '../paint/sample.ts'

/** A ball turns before a still ground: it is drawn first, and shows through a round hole in the ground. */
export function rotatingObject(format: Format, chance: Chance): Footage {
  const { width, height } = format
  const surface = naturalTexture(format, chance, { cover: 1.2 })
  const ground = naturalTexture(format, chance)
  scaleLight(ground, between(chance, 0.35, 1))
  const radius = Math.min(width, height) * between(chance, 0.25, 0.38)
  const centreX = width * between(chance, 0.4, 0.6)
  const centreY = height * 0.5
  const hole = cutOut(ground, (x, y) => {
    const distance = Math.hypot(x - centreX, y - centreY)
    return Math.max((distance - radius) / 1.5 + 0.5, 0)
  })
  // The ball turns dark towards its edge: light comes from the front.
  const shade = cutOut(
    {
      ...ground,
      y: new Float32Array(ground.y.length),
      u: new Float32Array(ground.u.length),
      v: new Float32Array(ground.v.length),
    },
    (x, y) => {
      const share = Math.hypot(x - centreX + radius * 0.25, y - centreY + radius * 0.25) / radius
      return share > 1.5 ? 0 : 0.1 + 0.6 * share ** 3
    },
  )
  const rate = sign(chance) * radius * between(chance, 0.25, 1.2)
  const area = {
    left: centreX - radius,
    top: centreY - radius,
    right: centreX + radius,
    bottom: centreY + radius,
  }
  return footageOf(
    format,
    (canvas, seconds) => {
      drawTexture(canvas, surface, ballAt(centreX, centreY, radius, rate * seconds), area)
      drawTexture(canvas, shade, cameraAt(canvas, width / 2, height / 2, 1), area)
      drawTexture(canvas, hole, cameraAt(canvas, width / 2, height / 2, 1))
    },
    anyLook(chance),
  )
}

/** Longitude and latitude as pixels of the surface; flatter than a true ball so that its edge does not alias. */
function ballAt(centreX: number, centreY: number, radius: number, turned: number): Mapping {
  const bulge = (share: number) => Math.asin(Math.max(-1, Math.min(1, share * 0.85))) / 0.85
  return (x, y, at) => {
    const down = (y - centreY) / radius
    const across = (x - centreX) / radius / Math.sqrt(Math.max(0.2, 1 - 0.75 * down * down))
    at.x = radius * bulge(across) + turned + 600
    at.y = radius * bulge(down) + 600
  }
}
