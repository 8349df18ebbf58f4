import { between, wholeBetween } from '../chance.ts'
import type { Chance, Footage } from '../clip.ts'
import { type Canvas, type Format, footageOf } from '../paint/canvas.ts'
import { type Colour, dimmed, hsl } from '../paint/colour.ts'
import { drawLeaf } from '../paint/leaves.ts'
import { type Path, speedOf, wander } from '../paint/motion.ts'
import { cameraAt, drawTexture } from '../paint/sample.ts'
import { drawOutlined, drawShape } from '../paint/shapes.ts'
import { newTexture, roomFor, softened, type Texture } from '../paint/texture.ts'

const ink = hsl(0.65, 0.3, 0.08)
const none = new Float32Array(1)

/** Flat colours and outlines, a new drawing in every frame. */
export function animation(format: Format, chance: Chance): Footage {
  return cartoon(format, chance, 1)
}

/** As Japanese animation is drawn: every drawing stands for two frames. */
export function animationOnTwos(format: Format, chance: Chance): Footage {
  return cartoon(format, chance, 2)
}

function cartoon(format: Format, chance: Chance, hold: number): Footage {
  const { width, height, fps } = format
  const backdrop = backdropOf(format, chance)
  const speed = speedOf(format, chance, 0.01, 0.1)
  const figures = Array.from({ length: wholeBetween(chance, 2, 4) }, (_, index) => ({
    x: width * (0.2 + 0.25 * index),
    y: height * between(chance, 0.4, 0.65),
    size: Math.min(width, height) * between(chance, 0.09, 0.15),
    colour: hsl(chance(), 0.6, between(chance, 0.4, 0.65)),
    moveX: wander(chance, width * 0.08, between(chance, 0.25, 0.5)),
    moveY: wander(chance, height * 0.06, between(chance, 0.4, 0.8)),
    wave: wander(chance, 1, between(chance, 0.6, 1.2)),
  }))
  return footageOf(
    format,
    (canvas, _seconds, index) => {
      const seconds = (index - (index % hold)) / fps
      drawTexture(canvas, backdrop, cameraAt(canvas, speed * seconds, backdrop.height / 2))
      for (const figure of figures) drawFigure(canvas, figure, seconds)
    },
    { grain: 0, vignette: 0, seed: 1 },
  )
}

/** Large flat patches with outlines. */
function backdropOf(format: Format, chance: Chance): Texture {
  const { width, height } = roomFor(format)
  const texture = newTexture(width, height)
  const hue = chance()
  const ground = hsl(hue, 0.35, 0.7)
  texture.y.fill(ground.y)
  texture.u.fill(ground.u)
  texture.v.fill(ground.v)
  const patches = Math.round((width * height) / (format.width * format.height)) * 45
  for (let patch = 0; patch < patches; patch++) {
    const long = format.width * between(chance, 0.01, 0.13)
    const leaf = {
      x: chance() * width,
      y: chance() * height,
      long,
      wide: long * between(chance, 0.4, 1),
      angle: between(chance, 0, 3.1),
      isRound: chance() < 0.6,
      colour: hsl(hue + between(chance, -0.2, 0.2), between(chance, 0.3, 0.6), between(chance, 0.4, 0.85)),
      shading: 0,
      detail: 0,
    }
    drawLeaf(texture, { ...leaf, long: long + 2.5, wide: leaf.wide + 2.5, colour: ink }, none, 0)
    drawLeaf(texture, leaf, none, 0)
  }
  softened(texture.y, width, height)
  return texture
}

interface Figure {
  readonly x: number
  readonly y: number
  readonly size: number
  readonly colour: Colour
  readonly moveX: Path
  readonly moveY: Path
  /** Of its arms, -1 to 1. */
  readonly wave: Path
}

function drawFigure(canvas: Canvas, figure: Figure, seconds: number): void {
  const { size, colour } = figure
  const x = figure.x + figure.moveX(seconds)
  const y = figure.y + figure.moveY(seconds)
  const swing = figure.wave(seconds)
  const line = Math.max(2, size * 0.05)
  for (const side of [-1, 1]) {
    const angle = side * (0.7 + 0.6 * swing)
    const arm = {
      x: x + side * size * 0.9,
      y: y + size * (1.1 - 0.5 * swing),
      long: size * 0.6,
      wide: size * 0.17,
    }
    drawOutlined(canvas, { ...arm, angle, colour: dimmed(colour, 0.85) }, line, ink)
  }
  drawOutlined(canvas, { x, y: y + size * 1.4, long: size * 0.65, wide: size * 0.95, colour }, line, ink)
  drawOutlined(canvas, { x, y, long: size * 0.75, wide: size * 0.7, colour: hsl(0.08, 0.6, 0.8) }, line, ink)
  for (const side of [-1, 1]) {
    drawShape(canvas, {
      x: x + side * size * 0.28,
      y: y - size * 0.08,
      long: size * 0.1,
      wide: size * 0.17,
      colour: ink,
    })
  }
  const smile = size * (0.06 + 0.05 * swing)
  drawShape(canvas, { x, y: y + size * 0.33, long: size * 0.24, wide: Math.max(1, smile), colour: ink })
}
