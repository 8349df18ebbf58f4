/** The one way textures get onto a canvas: through a mapping of the plane, known at the nodes of a grid. */
import type { Canvas } from './canvas.ts'
import type { Texture } from './texture.ts'

interface Point {
  x: number
  y: number
}

/** Where in the texture a point of the canvas looks: reads `x`, `y` of the canvas, writes into `at`. */
export type Mapping = (x: number, y: number, at: Point) => void

export interface Area {
  readonly left: number
  readonly top: number
  readonly right: number
  readonly bottom: number
}

/** Pixels of luma between nodes: between them the mapping is bilinear. */
const cell = 16

interface Nodes {
  readonly across: number
  readonly xs: Float64Array
  readonly ys: Float64Array
}

/**
 * Not 1: with one pixel of texture for one of the picture, all of a picture that drifts would be sharp and soft in turn,
 * as its pixels come to lie on those of the texture and between them.
 */
const defaultScale = 0.93

/** A camera over a texture: `scale` is texture pixels for each pixel of the canvas, `angle` in radians. */
export function cameraAt(
  canvas: { readonly width: number; readonly height: number },
  centreX: number,
  centreY: number,
  scale = defaultScale,
  angle = 0,
): Mapping {
  const cosine = Math.cos(angle) * scale
  const sine = Math.sin(angle) * scale
  return (x, y, at) => {
    const fromX = x - canvas.width / 2
    const fromY = y - canvas.height / 2
    at.x = centreX + fromX * cosine - fromY * sine
    at.y = centreY + fromX * sine + fromY * cosine
  }
}

/** Draws the texture over the canvas, or over an area of it (rounded out to even pixels). */
export function drawTexture(canvas: Canvas, texture: Texture, map: Mapping, area?: Area): void {
  const { width, height } = canvas
  const whole = { left: 0, top: 0, right: width, bottom: height }
  const clipped = area ? evenInside(area, width, height) : whole
  if (clipped.left >= clipped.right || clipped.top >= clipped.bottom) return
  const nodes = nodesOf(map, width, height)
  const half = {
    left: clipped.left / 2,
    top: clipped.top / 2,
    right: clipped.right / 2,
    bottom: clipped.bottom / 2,
  }
  const { alpha } = texture
  const full = { width: texture.width, height: texture.height, ...rowsOf(texture, 1) }
  const small = { width: texture.width / 2, height: texture.height / 2, ...rowsOf(texture, 2) }
  samplePlane(canvas.y, width, { ...full, data: texture.y, alpha: alpha?.full }, nodes, 1, clipped)
  samplePlane(canvas.u, width / 2, { ...small, data: texture.u, alpha: alpha?.half }, nodes, 2, half)
  samplePlane(canvas.v, width / 2, { ...small, data: texture.v, alpha: alpha?.half }, nodes, 2, half)
}

function rowsOf({ alpha }: Texture, divisor: number) {
  return { clearRows: (alpha?.clearRows ?? 0) / divisor, solidFrom: (alpha?.solidFrom ?? 0) / divisor }
}

/** One plane of a texture. */
interface Source {
  readonly data: Float32Array
  readonly alpha: Float32Array | undefined
  readonly width: number
  readonly height: number
  readonly clearRows: number
  readonly solidFrom: number
}

/** Samples a field of numbers, as large as the texture it would be, into a plane as large as the canvas. */
export function drawField(
  out: Float32Array,
  size: { readonly width: number; readonly height: number },
  field: Float32Array,
  fieldSize: { readonly width: number; readonly height: number },
  map: Mapping,
): void {
  const whole = { left: 0, top: 0, right: size.width, bottom: size.height }
  const source = { ...fieldSize, data: field, alpha: undefined, clearRows: 0, solidFrom: 0 }
  samplePlane(out, size.width, source, nodesOf(map, size.width, size.height), 1, whole)
}

function evenInside({ left, top, right, bottom }: Area, width: number, height: number): Area {
  const even = (value: number, limit: number) => Math.max(0, Math.min(limit, 2 * Math.floor(value / 2)))
  return {
    left: even(left, width),
    top: even(top, height),
    right: even(right + 2, width),
    bottom: even(bottom + 2, height),
  }
}

function nodesOf(map: Mapping, width: number, height: number): Nodes {
  const across = Math.ceil(width / cell) + 1
  const down = Math.ceil(height / cell) + 1
  const xs = new Float64Array(across * down)
  const ys = new Float64Array(across * down)
  const at: Point = { x: 0, y: 0 }
  for (let row = 0; row < down; row++) {
    for (let column = 0; column < across; column++) {
      map(column * cell, row * cell, at)
      xs[row * across + column] = at.x
      ys[row * across + column] = at.y
    }
  }
  return { across, xs, ys }
}

/**
 * @param divisor - 1 for a plane in full size, 2 for half: the pixel's centre lies between two of the full size.
 */
function samplePlane(
  out: Float32Array,
  outWidth: number,
  source: Source,
  { across, xs, ys }: Nodes,
  divisor: number,
  { left, top, right, bottom }: Area,
): void {
  const step = cell / divisor
  const shift = (divisor - 1) / 2 / cell
  const fixed = 65536 / divisor
  const back = (divisor - 1) * 16384
  for (let row = top; row < bottom; row++) {
    const cellRow = Math.floor(row / step)
    const down = row / step - cellRow + shift
    for (let cellColumn = Math.floor(left / step); cellColumn * step < right; cellColumn++) {
      const node = cellRow * across + cellColumn
      const fromX = (xs[node] as number) * (1 - down) + (xs[node + across] as number) * down
      const fromY = (ys[node] as number) * (1 - down) + (ys[node + across] as number) * down
      const toX = (xs[node + 1] as number) * (1 - down) + (xs[node + across + 1] as number) * down
      const toY = (ys[node + 1] as number) * (1 - down) + (ys[node + across + 1] as number) * down
      const stepX = (((toX - fromX) * fixed) / step) | 0
      const stepY = (((toY - fromY) * fixed) / step) | 0
      const begin = Math.max(left, cellColumn * step)
      const first = row * outWidth + begin
      const last = row * outWidth + Math.min(right, (cellColumn + 1) * step)
      const skipped = begin - cellColumn * step
      const x = ((fromX + (toX - fromX) * shift) * fixed - back + skipped * stepX) | 0
      const y = ((fromY + (toY - fromY) * shift) * fixed - back + skipped * stepY) | 0
      const cover = coverOf(source, Math.min(fromY, toY) / divisor, Math.max(fromY, toY) / divisor)
      if (cover === 'none') continue
      if (cover === 'some' && source.alpha) {
        blendRun(out, first, last, source, source.alpha, x, y, stepX, stepY)
      } else if (stepY === 0) sampleLevel(out, first, last, source, x, y, stepX)
      else sampleSlanted(out, first, last, source, x, y, stepX, stepY)
    }
  }
}

/** Whether these rows of the source are transparent, opaque, or neither as a whole. */
function coverOf({ alpha, height, clearRows, solidFrom }: Source, upper: number, lower: number) {
  if (!alpha) return 'all'
  if (upper < 1 || lower > height - 3) return 'some'
  if (lower < clearRows - 2) return 'none'
  return upper > solidFrom + 1 ? 'all' : 'some'
}

/** A run of pixels along one line of the texture: the most common, and half the work. */
function sampleLevel(
  out: Float32Array,
  from: number,
  to: number,
  { data: source, width, height }: Source,
  startX: number,
  y: number,
  stepX: number,
): void {
  const maskX = width - 1
  const maskY = height - 1
  const line0 = ((y >> 16) & maskY) * width
  const line1 = (((y >> 16) + 1) & maskY) * width
  const shareY = (y & 65535) * (1 / 65536)
  for (let at = from, x = startX; at < to; at++) {
    const x0 = (x >> 16) & maskX
    const x1 = (x0 + 1) & maskX
    const a = source[line0 + x0] as number
    const b = source[line0 + x1] as number
    const left = a + ((source[line1 + x0] as number) - a) * shareY
    const right = b + ((source[line1 + x1] as number) - b) * shareY
    out[at] = left + (right - left) * ((x & 65535) * (1 / 65536))
    x = (x + stepX) | 0
  }
}

function sampleSlanted(
  out: Float32Array,
  from: number,
  to: number,
  { data: source, width, height }: Source,
  startX: number,
  startY: number,
  stepX: number,
  stepY: number,
): void {
  const maskX = width - 1
  const maskY = height - 1
  for (let at = from, x = startX, y = startY; at < to; at++) {
    const x0 = (x >> 16) & maskX
    const x1 = (x0 + 1) & maskX
    const line0 = ((y >> 16) & maskY) * width
    const line1 = (((y >> 16) + 1) & maskY) * width
    const shareX = (x & 65535) * (1 / 65536)
    const a = source[line0 + x0] as number
    const b = source[line1 + x0] as number
    const upper = a + ((source[line0 + x1] as number) - a) * shareX
    const lower = b + ((source[line1 + x1] as number) - b) * shareX
    out[at] = upper + (lower - upper) * ((y & 65535) * (1 / 65536))
    x = (x + stepX) | 0
    y = (y + stepY) | 0
  }
}

/** Over what is there. */
function blendRun(
  out: Float32Array,
  from: number,
  to: number,
  { data, width, height }: Source,
  alpha: Float32Array,
  startX: number,
  startY: number,
  stepX: number,
  stepY: number,
): void {
  const maskX = width - 1
  const maskY = height - 1
  for (let at = from, x = startX, y = startY; at < to; at++, x = (x + stepX) | 0, y = (y + stepY) | 0) {
    const x0 = (x >> 16) & maskX
    const x1 = (x0 + 1) & maskX
    const line0 = ((y >> 16) & maskY) * width
    const line1 = (((y >> 16) + 1) & maskY) * width
    const shareX = (x & 65535) * (1 / 65536)
    const shareY = (y & 65535) * (1 / 65536)
    const c = alpha[line0 + x0] as number
    const d = alpha[line1 + x0] as number
    const over = c + ((alpha[line0 + x1] as number) - c) * shareX
    const under = d + ((alpha[line1 + x1] as number) - d) * shareX
    const opacity = over + (under - over) * shareY
    if (opacity === 0) continue
    const a = data[line0 + x0] as number
    const b = data[line1 + x0] as number
    const upper = a + ((data[line0 + x1] as number) - a) * shareX
    const lower = b + ((data[line1 + x1] as number) - b) * shareX
    out[at] = (out[at] as number) * (1 - opacity) + upper + (lower - upper) * shareY
  }
}
