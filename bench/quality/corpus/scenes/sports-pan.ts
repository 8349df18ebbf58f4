import { between, pick, sign } from '../chance.ts'
import type { Chance, Footage } from '../clip.ts'
import { motionBlurred } from '../paint/blur.ts'
import { anyLook, type Canvas, type Format, footageOf } from '../paint/canvas.ts'
import { type Colour, hsl } from '../paint/colour.ts'
import { wander } from '../paint/motion.ts'
import { naturalTexture } from '../paint/natural.ts'
import { cameraAt, drawTexture } from '../paint/sample.ts'
import { drawShape } from '../paint/shapes.ts'

/** The camera follows runners: they stay, the field behind them rushes by. */
export function sportsPan(format: Format, chance: Chance): Footage {
  const { width, height, fps } = format
  const crowd = naturalTexture(format, chance, { place: 'market', largest: height * 0.03, cover: 2 })
  const turf = naturalTexture(format, chance, {
    place: pick(chance, ['forest', 'desert']),
    largest: height * 0.02,
    cover: 0.3,
  })
  const pace = wander(chance, width * 0.06, 0.12)
  const speed = width * between(chance, 0.25, 0.7)
  const heading = sign(chance)
  motionBlurred(crowd, speed / fps / 2.5)
  motionBlurred(turf, speed / fps / 2)
  const stand = { left: 0, top: 0, right: width, bottom: height * 0.5 }
  const runners = Array.from({ length: 3 }, (_, index) => ({
    x: width * (0.25 + 0.25 * index + between(chance, -0.05, 0.05)),
    size: height * between(chance, 0.11, 0.15),
    shirt: hsl(chance(), 0.6, 0.5),
    skin: hsl(0.06, 0.4, between(chance, 0.3, 0.65)),
    drift: wander(chance, width * 0.06, 0.2),
    stride: between(chance, 1.4, 1.9) * 2 * Math.PI,
  }))
  return footageOf(
    format,
    (canvas, seconds) => {
      const gone = heading * (speed * seconds + pace(seconds))
      drawTexture(canvas, turf, cameraAt(canvas, gone, turf.height / 2))
      drawTexture(canvas, crowd, cameraAt(canvas, gone * 0.7, crowd.height / 2), stand)
      drawShape(canvas, {
        x: width / 2,
        y: height * 0.5,
        long: width,
        wide: height * 0.02,
        isBox: true,
        colour: hsl(0.6, 0.1, 0.85),
      })
      for (const runner of runners) drawRunner(canvas, runner, seconds, heading)
    },
    anyLook(chance),
  )
}

interface Runner {
  readonly x: number
  readonly size: number
  readonly shirt: Colour
  readonly skin: Colour
  readonly drift: (seconds: number) => number
  readonly stride: number
}

function drawRunner(canvas: Canvas, runner: Runner, seconds: number, heading: number): void {
  const { size, shirt, skin, stride } = runner
  const swing = Math.sin(stride * seconds)
  const x = runner.x + runner.drift(seconds)
  const y = canvas.height * 0.55 - size * 0.12 * Math.abs(Math.cos(stride * seconds))
  for (const side of [-1, 1]) {
    const lean = 0.7 * swing * side
    const limb = { softness: 3, colour: skin, angle: Math.PI / 2 + lean }
    drawShape(canvas, {
      ...limb,
      x: x - size * 0.55 * Math.sin(lean),
      y: y + size * 1.35,
      long: size * 0.7,
      wide: size * 0.16,
    })
    drawShape(canvas, {
      ...limb,
      angle: Math.PI / 2 - lean,
      x: x + size * 0.4 * Math.sin(lean),
      y: y + size * 0.25,
      long: size * 0.5,
      wide: size * 0.12,
    })
  }
  drawShape(canvas, {
    x,
    y: y + size * 0.35,
    long: size * 0.62,
    wide: size * 0.34,
    angle: Math.PI / 2 - 0.15 * heading,
    colour: shirt,
    shading: 20,
  })
  drawShape(canvas, {
    x: x + heading * size * 0.12,
    y: y - size * 0.5,
    long: size * 0.25,
    wide: size * 0.28,
    colour: skin,
    shading: -15,
  })
}
