import type { Random } from '../../../system/random.ts'
import { Mask } from './mask.ts'
import type { Colour, Palette } from './palette.ts'

/** A shape that moves over the sky. Lengths are in frame widths (x) and frame heights (y). */
export interface Layer {
  readonly mask: Mask
  readonly colour: Colour
  readonly width: number
  readonly height: number
  /** Of the left upper corner at the start of the scene. */
  readonly x: number
  readonly y: number
  /** Frame widths and heights a second; slower in a scene so long that the layer would go past `maxTravel`. */
  readonly velocityX: number
  readonly velocityY: number
  /** How far it may move, in the same lengths: past it, an edge of the mask would show. */
  readonly maxTravel: number
}

/** The frame that masks are drawn for, in pixels; may be smaller than the video. */
export interface Canvas {
  readonly width: number
  readonly height: number
}

/** Draws the layers of one scene, from the farthest to the nearest. */
export type Scenery = (canvas: Canvas, palette: Palette, random: Random) => readonly Layer[]

/** Layers that pan are this much wider, or higher, than the frame. */
const panLength = 1.5
const maxTravel = panLength - 1

const between = (random: Random, low: number, high: number): number => low + (high - low) * random.next()
const direction = (random: Random): number => (random.next() < 0.5 ? -1 : 1)

/** A layer as wide as a pan, which starts at the end it moves away from. */
function panning(mask: Mask, colour: Colour, velocityX: number): Layer {
  const x = velocityX > 0 ? 1 - panLength : 0
  return { mask, colour, width: panLength, height: 1, x, y: 0, velocityX, velocityY: 0, maxTravel }
}

function wideMask({ width, height }: Canvas): Mask {
  return new Mask(Math.round(width * panLength), height)
}

/** A sun or moon with a faint halo, that rises or sinks. */
function lightDisc(canvas: Canvas, colour: Colour, random: Random, velocityY: number): Layer {
  const size = Math.max(8, Math.round(canvas.height * 0.5))
  const mask = new Mask(size, size)
  const centre = { x: size / 2, y: size / 2 }
  mask.fillDisc({ ...centre, radius: size / 2, value: 90, softness: 1 })
  mask.fillDisc({ ...centre, radius: size * 0.24, value: 235, softness: 0 })
  const width = size / canvas.width
  const x = between(random, 0.15, 0.85) - width / 2
  const y = between(random, 0.05, 0.12)
  return { mask, colour, width, height: size / canvas.height, x, y, velocityX: 0, velocityY, maxTravel: 0.15 }
}

/** A sum of three waves, in -1..1 and in pixels of the mask. */
function ridge(random: Random, canvas: Canvas, roughness: number): (x: number) => number {
  const waves = [1, 2.3, 5.1].map((frequency, octave) => ({
    frequency: (frequency * Math.PI * 2 * between(random, 0.8, 1.2)) / canvas.width,
    phase: between(random, 0, Math.PI * 2),
    height: roughness ** octave,
  }))
  const sum = waves.reduce((total, wave) => total + wave.height, 0)
  return (x) =>
    waves.reduce((y, { frequency, phase, height }) => y + height * Math.sin(x * frequency + phase), 0) / sum
}

const hills: Scenery = (canvas, palette, random) => {
  const way = direction(random)
  const ridges = palette.layers.map((colour, depth) => {
    const mask = wideMask(canvas)
    const edge = ridge(random, canvas, 0.45)
    const level = canvas.height * (0.32 + depth * 0.11)
    mask.fillBelow((x) => level + edge(x) * canvas.height * 0.1)
    return panning(mask, colour, way * (0.02 + depth * 0.03))
  })
  return [lightDisc(canvas, palette.light, random, -0.012), ...ridges]
}

const sea: Scenery = (canvas, palette, random) => {
  const way = direction(random)
  const waves = palette.layers.map((colour, depth) => {
    const mask = wideMask(canvas)
    const level = canvas.height * (0.36 + depth * 0.08)
    const waveLength = canvas.width / (7 - depth * 1.5)
    const phase = between(random, 0, Math.PI * 2)
    // Sharp crests and long troughs, as of a wave in deep water.
    const crest = (x: number) => Math.abs(Math.sin((x * Math.PI) / waveLength + phase))
    mask.fillBelow((x) => level + crest(x) * canvas.height * (0.025 + depth * 0.012))
    return panning(mask, colour, (depth % 2 === 0 ? way : -way) * (0.035 + depth * 0.02))
  })
  return [lightDisc(canvas, palette.light, random, 0.02), ...waves]
}

const skyline: Scenery = (canvas, palette, random) => {
  const way = direction(random)
  const rows = palette.layers.map((colour, depth) =>
    panning(drawBuildings(canvas, random, depth), colour, way * (0.015 + depth * 0.03)),
  )
  return [lightDisc(canvas, palette.light, random, -0.01), ...rows]
}

/** Windows are holes: what lies behind shines through. */
function drawBuildings(canvas: Canvas, random: Random, depth: number): Mask {
  const mask = wideMask(canvas)
  const unit = canvas.height / 60
  for (let left = 0; left < mask.width; ) {
    const width = Math.round(unit * between(random, 6, 12))
    const top = canvas.height * (0.16 + depth * 0.13 + between(random, 0, 0.2))
    mask.fillRectangle(left, top, width, canvas.height, 255)
    for (let y = top + unit * 2; y < canvas.height - unit; y += unit * 3.4) {
      for (let x = left + unit * 1.2; x < left + width - unit * 1.6; x += unit * 2.2) {
        if (random.next() < 0.4) mask.fillRectangle(x, y, unit, unit * 1.6, 70)
      }
    }
    left += width + (random.next() < 0.3 ? Math.round(unit * between(random, 0, 3)) : 0)
  }
  return mask
}

const snow: Scenery = (canvas, palette, random) => {
  const way = direction(random)
  const peaks = palette.layers.slice(0, 2).map((colour, depth) => {
    const mask = wideMask(canvas)
    const edge = drawPeaks(canvas, random, mask.width)
    mask.fillBelow((x) => canvas.height * (0.16 + depth * 0.18) + edge(x) * canvas.height)
    return panning(mask, colour, way * (0.015 + depth * 0.025))
  })
  const flakes = [0, 1].map((depth) => drawFlakes(canvas, palette.light, random, depth))
  return [...peaks, ...flakes]
}

/** A zigzag between tops and valleys; 0 at the highest top. */
function drawPeaks(canvas: Canvas, random: Random, width: number): (x: number) => number {
  const corners: { x: number; y: number }[] = [{ x: 0, y: between(random, 0, 0.2) }]
  for (let x = 0, isTop = true; x < width; isTop = !isTop) {
    x += canvas.height * between(random, 0.2, 0.45)
    corners.push({ x, y: isTop ? between(random, 0, 0.08) : between(random, 0.18, 0.3) })
  }
  let index = 0
  return (x) => {
    while (x > (corners[index + 1]?.x ?? Number.POSITIVE_INFINITY)) index += 1
    const from = corners[index] ?? { x: 0, y: 0 }
    const to = corners[index + 1] ?? from
    return to.x === from.x ? from.y : from.y + ((to.y - from.y) * (x - from.x)) / (to.x - from.x)
  }
}

function drawFlakes(canvas: Canvas, colour: Colour, random: Random, depth: number): Layer {
  const mask = new Mask(canvas.width, Math.round(canvas.height * panLength))
  for (let flake = 0; flake < 70 - depth * 30; flake++) {
    const radius = canvas.height * between(random, 0.004, 0.009) * (1 + depth)
    const value = between(random, 130, 230)
    const place = { x: between(random, 0, mask.width), y: between(random, 0, mask.height) }
    mask.fillDisc({ ...place, radius: Math.max(1.2, radius), value, softness: 0.6 })
  }
  const still = { width: 1, height: panLength, x: 0, y: 1 - panLength, velocityX: 0, maxTravel }
  return { mask, colour, ...still, velocityY: 0.08 + depth * 0.09 }
}

const lanterns: Scenery = (canvas, palette, random) =>
  [...palette.layers.slice(0, 2), palette.light].map((colour, depth) => {
    const mask = new Mask(canvas.width, Math.round(canvas.height * panLength))
    for (let disc = 0; disc < 16 - depth * 4; disc++) {
      const radius = canvas.height * between(random, 0.05, 0.12) * (depth === 2 ? 0.45 : 1.5 - depth * 0.3)
      const place = { x: between(random, 0, mask.width), y: between(random, 0, mask.height) }
      mask.fillDisc({ ...place, radius, value: between(random, 90, 190), softness: 0.25 })
    }
    const still = { width: 1, height: panLength, x: 0, y: 0, velocityX: 0, maxTravel }
    return { mask, colour, ...still, velocityY: -0.03 - depth * 0.04 }
  })

export const titleScenery: Scenery = lanterns

export const sceneries: readonly Scenery[] = [hills, sea, skyline, snow]
