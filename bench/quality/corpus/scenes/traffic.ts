import { between, pick, wholeBetween } from '../chance.ts'
import type { Chance, Footage } from '../clip.ts'
import { anyLook, type Canvas, type Format, footageOf } from '../paint/canvas.ts'
import { type Colour, dimmed, hsl } from '../paint/colour.ts'
import { naturalTexture } from '../paint/natural.ts'
import { cameraAt, drawTexture } from '../paint/sample.ts'
import { drawShape } from '../paint/shapes.ts'

interface Lane {
  readonly y: number
  readonly pace: number
  readonly cars: readonly { readonly x: number; readonly long: number; readonly colour: Colour }[]
}

/** A road from above, from a camera that stands still: many small things move, each at its own speed. */
export function traffic(format: Format, chance: Chance): Footage {
  const { width, height } = format
  const ground = naturalTexture(format, chance, {
    place: pick(chance, ['city', 'forest', 'desert']),
    cover: 1,
  })
  const lanes = wholeBetween(chance, 4, 6)
  const laneWidth = height * 0.09
  const top = height * 0.5 - (lanes * laneWidth) / 2
  const size = laneWidth * 0.3
  const found = Array.from(
    { length: lanes },
    (_, lane): Lane => ({
      y: top + (lane + 0.5) * laneWidth,
      pace: width * between(chance, 0.12, 0.4) * (lane < lanes / 2 ? 1 : -1),
      cars: Array.from({ length: 5 }, (_, car) => ({
        x: (car + between(chance, 0, 0.5)) * ((width + 8 * size) / 5),
        long: size * between(chance, 1.6, 3),
        colour: hsl(chance(), between(chance, 0.1, 0.6), between(chance, 0.2, 0.8)),
      })),
    }),
  )
  return footageOf(
    format,
    (canvas, seconds) => {
      drawTexture(canvas, ground, cameraAt(canvas, width / 2, height / 2))
      drawShape(canvas, {
        x: width / 2,
        y: height / 2,
        long: width,
        wide: (lanes * laneWidth) / 2,
        isBox: true,
        colour: hsl(0.6, 0.05, 0.3),
        shading: 15,
        opacity: 0.85,
      })
      for (const lane of found) drawLane(canvas, lane, size, seconds)
    },
    { ...anyLook(chance), vignette: 0.1 },
  )
}

function drawLane(canvas: Canvas, { y, pace, cars }: Lane, size: number, seconds: number): void {
  const way = canvas.width + 8 * size
  for (const { x, long, colour } of cars) {
    const atX = ((((x + pace * seconds) % way) + way) % way) - 4 * size
    const body = { x: atX, y, isBox: true, softness: 2 }
    drawShape(canvas, {
      ...body,
      x: atX + size * 0.2,
      y: y + size * 0.25,
      long,
      wide: size,
      colour: dimmed(colour, 0.1),
      opacity: 0.6,
      softness: 5,
    })
    drawShape(canvas, { ...body, long, wide: size, colour, shading: 12 })
    drawShape(canvas, { ...body, long: long * 0.5, wide: size * 0.8, colour: dimmed(colour, 0.45) })
  }
}
