import { between } from '../chance.ts'
import type { Chance, Footage } from '../clip.ts'
import { anyLook, type Canvas, type Format, footageOf } from '../paint/canvas.ts'
import { type Colour, hsl } from '../paint/colour.ts'
import { fractal } from '../paint/fractal.ts'
import { drawField } from '../paint/sample.ts'
import { rampTables, roomFor } from '../paint/texture.ts'

/** Water from above: two sets of waves cross each other, their crests shine. */
export function water(format: Format, chance: Chance): Footage {
  const { width, height } = format
  const room = roomFor(format)
  const waves = fractal(room.width, room.height, chance, { largest: 64, persistence: 0.55, smallest: 2 })
  const hue = between(chance, 0.52, 0.6)
  const ramp: readonly Colour[] = [
    hsl(hue, 0.5, 0.1),
    hsl(hue, 0.45, 0.3),
    hsl(hue - 0.03, 0.4, 0.5),
    hsl(hue, 0.3, 0.9),
  ]
  const first = new Float32Array(width * height)
  const second = new Float32Array(width * height)
  const speed = width * between(chance, 0.02, 0.08)
  const heading = between(chance, 0, 6.28)
  return footageOf(
    format,
    (canvas, seconds) => {
      const gone = speed * seconds
      const view = (out: Float32Array, angle: number, scale: number, offset: number) =>
        drawField(out, format, waves, room, (x, y, at) => {
          at.x = scale * x + Math.cos(angle) * gone + offset + 3 * Math.sin(y / 50 + seconds * 1.3)
          at.y = scale * 1.6 * y + Math.sin(angle) * gone + 3 * Math.sin(x / 60 + seconds)
        })
      view(first, heading, 0.6, 0)
      view(second, heading + 2, 0.75, room.width / 2)
      paintWaves(canvas, first, second, rampTables(ramp))
    },
    anyLook(chance),
  )
}

function paintWaves(
  { width, height, y, u, v }: Canvas,
  first: Float32Array,
  second: Float32Array,
  table: ReturnType<typeof rampTables>,
): void {
  for (let row = 0; row < height; row++) {
    const far = 0.75 + (0.25 * row) / height
    for (let column = 0; column < width; column++) {
      const at = row * width + column
      const crest = (first[at] as number) + (second[at] as number)
      // Ridges where both sum to nothing: what refraction makes of crossing waves.
      const place = Math.max(0, Math.min(254.9, 80 + 16 * crest + (90 * far) / (1 + 5 * crest * crest)))
      const step = place | 0
      const low = table.y[step] as number
      y[at] = low + ((table.y[step + 1] as number) - low) * (place - step)
      if ((row | column) & 1) continue
      const to = (row * width) / 4 + column / 2
      u[to] = table.u[step] as number
      v[to] = table.v[step] as number
    }
  }
}
