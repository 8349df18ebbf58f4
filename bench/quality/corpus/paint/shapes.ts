import type { Canvas } from './canvas.ts'
import type { Colour } from './colour.ts'

/** A flat shape on a canvas. */
export interface Shape {
  readonly x: number
  readonly y: number
  /** Half of its length and width, pixels. */
  readonly long: number
  readonly wide: number
  /** Radians. @default 0 */
  readonly angle?: number
  /** @default an ellipse */
  readonly isBox?: boolean
  readonly colour: Colour
  /** Width of its edge, pixels. @default 1.5 */
  readonly softness?: number
  /** @default 1 */
  readonly opacity?: number
  /** Change of luma from its middle to its end. @default 0 */
  readonly shading?: number
}

export function drawShape(canvas: Canvas, shape: Shape): void {
  const { colour } = shape
  drawPlane(canvas.y, canvas.width, canvas.height, shape, 1, colour.y, shape.shading ?? 0)
  drawPlane(canvas.u, canvas.width / 2, canvas.height / 2, shape, 0.5, colour.u, 0)
  drawPlane(canvas.v, canvas.width / 2, canvas.height / 2, shape, 0.5, colour.v, 0)
}

/** A line of a cartoon around it. */
export function drawOutlined(canvas: Canvas, shape: Shape, line: number, ink: Colour): void {
  drawShape(canvas, { ...shape, long: shape.long + line, wide: shape.wide + line, colour: ink })
  drawShape(canvas, shape)
}

function drawPlane(
  plane: Float32Array,
  width: number,
  height: number,
  shape: Shape,
  scale: number,
  base: number,
  shading: number,
): void {
  const long = shape.long * scale
  const wide = shape.wide * scale
  const softness = Math.max(1, (shape.softness ?? 1.5) * scale)
  const opacity = shape.opacity ?? 1
  const cosine = Math.cos(shape.angle ?? 0)
  const sine = Math.sin(shape.angle ?? 0)
  const centreX = shape.x * scale
  const centreY = shape.y * scale
  const reachX = Math.abs(long * cosine) + Math.abs(wide * sine) + softness
  const reachY = Math.abs(long * sine) + Math.abs(wide * cosine) + softness
  const right = Math.min(width - 1, centreX + reachX)
  const bottom = Math.min(height - 1, centreY + reachY)
  const shorter = Math.min(long, wide)
  for (let row = Math.max(0, Math.ceil(centreY - reachY)); row <= bottom; row++) {
    for (let column = Math.max(0, Math.ceil(centreX - reachX)); column <= right; column++) {
      const along = (column - centreX) * cosine + (row - centreY) * sine
      const aside = (row - centreY) * cosine - (column - centreX) * sine
      const inside = shape.isBox
        ? Math.min(long - Math.abs(along), wide - Math.abs(aside))
        : (1 - Math.sqrt((along / long) ** 2 + (aside / wide) ** 2)) * shorter
      if (inside <= -softness / 2) continue
      const cover = Math.min(1, inside / softness + 0.5) * opacity
      const to = row * width + column
      plane[to] = (plane[to] as number) * (1 - cover) + (base + (shading * along) / long) * cover
    }
  }
}
