import { between, wholeBetween } from '../chance.ts'
import type { Chance, Footage } from '../clip.ts'
import { anyLook, type Canvas, type Format, footageOf } from '../paint/canvas.ts'
import { scaleLight } from '../paint/cut-out.ts'
import { addGlow } from '../paint/glow.ts'
import { wander } from '../paint/motion.ts'
import { naturalTexture } from '../paint/natural.ts'
import { cameraAt, drawTexture } from '../paint/sample.ts'
import { drawShape } from '../paint/shapes.ts'

interface Flake {
  readonly x: number
  readonly y: number
  readonly size: number
  readonly fall: number
  readonly phase: number
}

/** Snow or rain before a scene that hardly moves. */
export function particles(format: Format, chance: Chance): Footage {
  const { width, height } = format
  const texture = naturalTexture(format, chance)
  scaleLight(texture, between(chance, 0.45, 0.75))
  const isRain = chance() < 0.4
  const flakes = Array.from({ length: wholeBetween(chance, 150, 450) }, (): Flake => {
    const depth = chance()
    return {
      x: chance() * width * 1.2,
      y: chance() * height * 1.2,
      size: (width / 854) * (isRain ? between(chance, 0.5, 1) : 1.5 + 5 * depth ** 4),
      fall: height * (isRain ? 1.2 + depth : 0.08 + 0.2 * depth),
      phase: between(chance, 0, 6.28),
    }
  })
  const wind = width * between(chance, -0.06, 0.06)
  const sway = wander(chance, width * 0.012, 0.15)
  return footageOf(
    format,
    (canvas, seconds) => {
      const view = cameraAt(
        canvas,
        texture.width / 2 + sway(seconds),
        texture.height / 2 + sway(seconds + 20),
      )
      drawTexture(canvas, texture, view)
      const draw = isRain ? drawStreak : drawFlake
      for (const flake of flakes) draw(canvas, flake, seconds, wind, format.fps)
    },
    anyLook(chance),
  )
}

function drawFlake(canvas: Canvas, { x, y, size, fall, phase }: Flake, seconds: number, wind: number): void {
  const [atX, atY] = placeOf(
    canvas,
    x + wind * seconds + 3 * size * Math.sin(phase + 1.5 * seconds),
    y + fall * seconds,
  )
  addGlow(canvas, atX, atY, size, { y: 120, u: 0, v: 0 })
}

function drawStreak(
  canvas: Canvas,
  { x, y, size, fall }: Flake,
  seconds: number,
  wind: number,
  fps: number,
): void {
  const [atX, atY] = placeOf(canvas, x + wind * seconds, y + fall * seconds)
  drawShape(canvas, {
    x: atX,
    y: atY,
    // As far as it falls while the shutter is open.
    long: Math.min(canvas.height * 0.04, fall / fps / 3),
    wide: size,
    angle: Math.PI / 2 - wind / fall,
    colour: { y: 170, u: 4, v: -2 },
    opacity: 0.35,
  })
}

function placeOf({ width, height }: Canvas, x: number, y: number): [number, number] {
  const wrapped = (value: number, length: number) => (((value % length) + length) % length) - length / 12
  return [wrapped(x, width * 1.2), wrapped(y, height * 1.2)]
}
