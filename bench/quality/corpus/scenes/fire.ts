import { between } from '../chance.ts'
import type { Chance, Footage } from '../clip.ts'
import { anyLook, type Canvas, type Format, footageOf } from '../paint/canvas.ts'
import { rgb } from '../paint/colour.ts'
import { fractal } from '../paint/fractal.ts'
import { ease, wander } from '../paint/motion.ts'
import { drawField } from '../paint/sample.ts'
import { rampTables, roomFor } from '../paint/texture.ts'

const flame = rampTables([
  rgb(0.04, 0.03, 0.04),
  rgb(0.16, 0.05, 0.04),
  rgb(0.5, 0.1, 0.03),
  rgb(0.85, 0.33, 0.05),
  rgb(0.97, 0.65, 0.15),
  rgb(1, 0.9, 0.55),
])

/** A fire: turbulence that rises, brighter below, and flickers a little as a whole. */
export function fire(format: Format, chance: Chance): Footage {
  const { width, height } = format
  const room = roomFor({ width: width / 2, height: height / 2 })
  const large = fractal(room.width, room.height, chance, { largest: 64, persistence: 0.65 })
  const small = fractal(room.width, room.height, chance, { largest: 64, persistence: 0.75 })
  const first = new Float32Array(width * height)
  const second = new Float32Array(width * height)
  const rise = height * between(chance, 0.25, 0.6)
  const flicker = wander(chance, 0.03, 1.1)
  const sway = wander(chance, width * 0.03, 0.3)
  const profile = profileOf(format, between(chance, 0.45, 0.8))
  return footageOf(
    format,
    (canvas, seconds) => {
      const drift = sway(seconds)
      drawField(first, format, large, room, (x, y, at) => {
        at.x = x * 0.5 + drift
        at.y = y * 0.35 + seconds * rise * 0.35
      })
      drawField(second, format, small, room, (x, y, at) => {
        at.x = x * 0.6 - drift + 6 * Math.sin(y / 40 + seconds)
        at.y = y * 0.45 + seconds * rise * 0.75
      })
      paintFlames(canvas, first, second, profile, 1 + flicker(seconds))
    },
    { ...anyLook(chance), vignette: 0.1 },
  )
}

/** How hot it is at each row, and at each column. */
function profileOf({ width, height }: Format, top: number) {
  const down = Float32Array.from({ length: height }, (_, y) => 1.15 * ease(y / height, 0.9 - top, 1.05))
  const across = Float32Array.from({ length: width }, (_, x) => 1 - 0.65 * Math.abs((2 * x) / width - 1) ** 2)
  return { down, across }
}

function paintFlames(
  { width, height, y, u, v }: Canvas,
  first: Float32Array,
  second: Float32Array,
  { down, across }: { readonly down: Float32Array; readonly across: Float32Array },
  strength: number,
): void {
  for (let row = 0; row < height; row++) {
    const base = (down[row] as number) * strength
    for (let column = 0; column < width; column++) {
      const at = row * width + column
      const turbulence = 0.2 * (first[at] as number) + 0.14 * (second[at] as number)
      const heat = 0.04 + base * (across[column] as number) * (0.75 + 1.6 * turbulence) + 0.05 * turbulence
      const place = Math.max(0, Math.min(254.9, heat * 255))
      const step = place | 0
      const low = flame.y[step] as number
      y[at] = low + ((flame.y[step + 1] as number) - low) * (place - step)
      if ((row | column) & 1) continue
      const to = (row * width) / 4 + column / 2
      u[to] = flame.u[step] as number
      v[to] = flame.v[step] as number
    }
  }
}
