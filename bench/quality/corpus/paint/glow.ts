import type { Canvas } from './canvas.ts'
import type { Colour } from './colour.ts'
import type { Texture } from './texture.ts'

/** Adds light that falls off smoothly to nothing at `radius` pixels; around the edges when `wraps`. */
export function addGlow(
  on: Canvas | Texture,
  x: number,
  y: number,
  radius: number,
  light: Colour,
  wraps = false,
): void {
  addPlane(on.y, on.width, on.height, x, y, radius, light.y, wraps)
  addPlane(on.u, on.width / 2, on.height / 2, x / 2, y / 2, radius / 2, light.u, wraps)
  addPlane(on.v, on.width / 2, on.height / 2, x / 2, y / 2, radius / 2, light.v, wraps)
}

function addPlane(
  plane: Float32Array,
  width: number,
  height: number,
  x: number,
  y: number,
  radius: number,
  strength: number,
  wraps: boolean,
): void {
  const top = wraps ? Math.ceil(y - radius) : Math.max(0, Math.ceil(y - radius))
  const bottom = wraps ? y + radius : Math.min(height - 1, y + radius)
  const left = wraps ? Math.ceil(x - radius) : Math.max(0, Math.ceil(x - radius))
  const right = wraps ? x + radius : Math.min(width - 1, x + radius)
  const inverse = 1 / (radius * radius)
  for (let row = top; row <= bottom; row++) {
    const line = (wraps ? row & (height - 1) : row) * width
    for (let column = left; column <= right; column++) {
      const inside = 1 - ((row - y) ** 2 + (column - x) ** 2) * inverse
      if (inside <= 0) continue
      const to = line + (wraps ? column & (width - 1) : column)
      plane[to] = (plane[to] as number) + strength * inside * inside
    }
  }
}
