import { between } from '../chance.ts'
import type { Chance, Footage } from '../clip.ts'
import { anyLook, type Canvas, type Format, footageOf, newCanvas } from '../paint/canvas.ts'
import { hsl } from '../paint/colour.ts'
import { before, ridgeTexture, skyTexture } from '../paint/landscape.ts'
import { speedOf } from '../paint/motion.ts'
import { anyOf } from '../paint/natural.ts'
import { drawTexture } from '../paint/sample.ts'

/** Hills and sky above a lake that mirrors them in waves. */
export function waterReflections(format: Format, chance: Chance): Footage {
  const hue = between(chance, 0.5, 0.65)
  const haze = hsl(hue, 0.3, 0.7)
  const sky = skyTexture(format, chance, {
    zenith: hsl(hue, 0.5, 0.4),
    horizon: haze,
    cloud: hsl(0.08, 0.3, 0.85),
    cover: 0.8,
  })
  const hills = [0.3, 0.42].map((level, index) =>
    ridgeTexture(format, chance, {
      place: anyOf(chance, 'forest', 'autumn', 'rock'),
      level,
      relief: 0.05,
      haze: 0.4 - 0.35 * index,
      hazeColour: haze,
      roughness: 0.7,
    }),
  )
  const speed = speedOf(format, chance, 0.004, 0.03)
  const ripples = rippleOf(between(chance, 0.6, 1.4), format.height)
  const shore = Math.round(format.height / 4) * 2
  let scene: Canvas | undefined
  return footageOf(
    format,
    (canvas, seconds) => {
      scene ??= newCanvas(format.width, format.height)
      drawTexture(scene, sky, before(format, speed * 0.3 * seconds))
      hills.forEach((hill, index) => {
        drawTexture(scene as Canvas, hill, before(format, speed * (0.6 + 0.4 * index) * seconds))
      })
      mirror(scene.y, canvas.y, format.width, shore, 1, (x, y) => ripples(x, y, seconds))
      for (const part of ['u', 'v'] as const) {
        mirror(scene[part], canvas[part], format.width / 2, shore / 2, 2, (x, y) => ripples(x, y, seconds))
      }
    },
    anyLook(chance),
  )
}

/** How far down the mirrored point is moved, in pixels, by waves that grow towards the viewer. */
function rippleOf(strength: number, height: number) {
  const unit = height / 480
  return (x: number, y: number, seconds: number) => {
    const near = 1 + y / (60 * unit)
    const far = y / (near * unit)
    return (
      strength *
      unit *
      near *
      (Math.sin(0.45 * far - 2.1 * seconds + 0.012 * (x / unit)) +
        0.6 * Math.sin(0.8 * far - 3.3 * seconds - 0.03 * (x / unit)))
    )
  }
}

/** Rows above the shore as they are, those below mirrored, darker, each piece of eight pixels by one ripple. */
function mirror(
  from: Float32Array,
  to: Float32Array,
  width: number,
  shore: number,
  divisor: number,
  ripple: (x: number, y: number) => number,
): void {
  to.set(from.subarray(0, shore * width))
  const rows = to.length / width
  const shifts = new Float32Array(Math.ceil(width / 8) + 2)
  for (let row = shore; row < rows; row++) {
    for (let piece = 0; piece < shifts.length; piece++) {
      shifts[piece] = ripple(piece * 8 * divisor, (row - shore) * divisor) / divisor
    }
    const darker = 0.8 - (0.25 * (row - shore)) / (rows - shore)
    for (let column = 0; column < width; column++) {
      const piece = column >> 3
      const share = (column & 7) / 8
      const shift = (shifts[piece] as number) * (1 - share) + (shifts[piece + 1] as number) * share
      const source = Math.max(0, Math.min(shore - 1.001, 2 * shore - 1 - row - shift))
      const at = (source | 0) * width + column
      const upper = from[at] as number
      to[row * width + column] =
        darker * (upper + ((from[at + width] as number) - upper) * (source - (source | 0)))
    }
  }
}
