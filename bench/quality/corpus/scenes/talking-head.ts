import { between, pick } from '../chance.ts'
import type { Chance, Footage } from '../clip.ts'
import { defocused } from '../paint/blur.ts'
import { anyLook, type Canvas, type Format, footageOf } from '../paint/canvas.ts'
import { type Colour, dimmed, hsl } from '../paint/colour.ts'
import { ease, wander } from '../paint/motion.ts'
import { anyOf, naturalTexture } from '../paint/natural.ts'
import { cameraAt, drawTexture } from '../paint/sample.ts'
import { drawShape } from '../paint/shapes.ts'

/** Somebody talks in front of a still camera: only head, mouth and eyes move. */
export function talkingHead(format: Format, chance: Chance): Footage {
  const { width, height } = format
  const room = naturalTexture(format, chance, { place: anyOf(chance, 'room', 'city', 'sea') })
  defocused(room, Math.round(width * between(chance, 0.002, 0.012)))
  const size = Math.min(height * 0.2, width * 0.24)
  const face = {
    size,
    skin: hsl(between(chance, 0.04, 0.09), between(chance, 0.25, 0.45), between(chance, 0.3, 0.72)),
    hair: hsl(between(chance, 0.03, 0.12), 0.4, pick(chance, [0.08, 0.15, 0.4])),
    shirt: hsl(chance(), 0.4, between(chance, 0.2, 0.65)),
  }
  const centreX = width * between(chance, 0.4, 0.6)
  const swayX = wander(chance, size * 0.12, 0.25)
  const swayY = wander(chance, size * 0.05, 0.35)
  const tilt = wander(chance, 0.06, 0.3)
  const mouth = wander(chance, 1, between(chance, 1.1, 1.6))
  const blinkEvery = between(chance, 2, 4)
  return footageOf(
    format,
    (canvas, seconds) => {
      drawTexture(canvas, room, cameraAt(canvas, width / 2, height / 2))
      const inBlink = Math.abs((seconds % blinkEvery) - 1) / 0.12
      drawPerson(canvas, face, {
        x: centreX + swayX(seconds),
        y: height * 0.42 + swayY(seconds),
        restX: centreX,
        tilt: tilt(seconds),
        mouth: Math.max(0, Math.min(1, 0.5 + 0.45 * mouth(seconds))),
        eyes: ease(inBlink, 0, 1),
      })
    },
    anyLook(chance),
  )
}

interface Face {
  readonly size: number
  readonly skin: Colour
  readonly hair: Colour
  readonly shirt: Colour
}

interface Pose {
  readonly x: number
  readonly y: number
  /** Where the body is: it does not sway. */
  readonly restX: number
  readonly tilt: number
  /** How open they are, 0 to 1. */
  readonly mouth: number
  readonly eyes: number
}

function drawPerson(canvas: Canvas, { size, skin, hair, shirt }: Face, pose: Pose): void {
  const { x, y, restX, tilt } = pose
  /** Of the head's own axes. */
  const at = (across: number, down: number) => ({
    x: x + size * (across * Math.cos(tilt) - down * Math.sin(tilt)),
    y: y + size * (across * Math.sin(tilt) + down * Math.cos(tilt)),
    angle: tilt,
  })
  const put = (across: number, down: number, long: number, wide: number, colour: Colour, shading = 0) =>
    drawShape(canvas, {
      ...at(across, down),
      long: long * size,
      wide: wide * size,
      colour,
      shading,
      softness: 2.5,
    })
  drawShape(canvas, {
    x: restX,
    y: y + size * 3,
    long: size * 2,
    wide: size * 1.8,
    colour: shirt,
    shading: 25,
    softness: 3,
  })
  put(0, 0.95, 0.32, 0.5, dimmed(skin, 0.8), 12)
  put(0, -0.18, 0.83, 1.02, hair, 10)
  put(0, 0.08, 0.7, 0.92, skin, -22)
  put(0, -0.78, 0.6, 0.3, hair, 10)
  for (const side of [-1, 1]) {
    put(side * 0.29, -0.08, 0.14, 0.02 + 0.07 * pose.eyes, { y: 200, u: 0, v: 0 })
    put(side * 0.29, -0.08, 0.055, 0.01 + 0.055 * pose.eyes, { y: 20, u: 2, v: 4 })
    put(side * 0.29, -0.26, 0.18, 0.03, hair)
  }
  put(0, 0.2, 0.09, 0.16, dimmed(skin, 0.86), 8)
  put(0, 0.52, 0.27, 0.07 + 0.09 * pose.mouth, { y: 85, u: -8, v: 38 })
  put(0, 0.53, 0.2, 0.015 + 0.075 * pose.mouth, { y: 25, u: 0, v: 10 })
}
