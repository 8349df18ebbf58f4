import type { Texture } from './texture.ts'

/** Mean over 2 * radius + 1 pixels, around the edges. Sides are powers of two. */
function boxAcross(plane: Float32Array, width: number, height: number, radius: number): void {
  const mask = width - 1
  const line = new Float32Array(width)
  const weight = 1 / (2 * radius + 1)
  for (let start = 0; start < width * height; start += width) {
    line.set(plane.subarray(start, start + width))
    let sum = 0
    for (let at = -radius; at <= radius; at++) sum += line[at & mask] as number
    for (let at = 0; at < width; at++) {
      plane[start + at] = sum * weight
      sum += (line[(at + radius + 1) & mask] as number) - (line[(at - radius) & mask] as number)
    }
  }
}

function transposed(plane: Float32Array, width: number, height: number): Float32Array {
  const out = new Float32Array(plane.length)
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      out[column * height + row] = plane[row * width + column] as number
    }
  }
  return out
}

function boxDown(plane: Float32Array, width: number, height: number, radius: number): void {
  const turned = transposed(plane, width, height)
  boxAcross(turned, height, width, radius)
  plane.set(transposed(turned, height, width))
}

function planesOf(texture: Texture): readonly (readonly [Float32Array, number])[] {
  const { y, u, v, alpha } = texture
  const opacity = alpha
    ? ([
        [alpha.full, 1],
        [alpha.half, 2],
      ] as const)
    : []
  return [[y, 1], [u, 2], [v, 2], ...opacity]
}

/** What an open shutter does while the camera or the thing moves `length` pixels across (or down). */
export function motionBlurred(texture: Texture, length: number, isDown = false): Texture {
  for (const [plane, divisor] of planesOf(texture)) {
    const radius = Math.round((length / divisor - 1) / 2)
    if (radius < 1) continue
    const box = isDown ? boxDown : boxAcross
    box(plane, texture.width / divisor, texture.height / divisor, radius)
  }
  return unbounded(texture)
}

/** Out of focus: three boxes each way are nearly a Gaussian. */
export function defocused(texture: Texture, radius: number): Texture {
  for (const [plane, divisor] of planesOf(texture)) {
    const own = Math.max(1, Math.round(radius / divisor))
    for (let pass = 0; pass < 3; pass++) {
      boxAcross(plane, texture.width / divisor, texture.height / divisor, own)
      boxDown(plane, texture.width / divisor, texture.height / divisor, own)
    }
  }
  return unbounded(texture)
}

/** What was opaque or empty need not be so any more. */
function unbounded(texture: Texture): Texture {
  const { alpha, height } = texture
  return alpha ? { ...texture, alpha: { ...alpha, clearRows: 0, solidFrom: height } } : texture
}
