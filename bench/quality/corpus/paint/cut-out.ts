import type { Texture } from './texture.ts'

/** Makes a texture see-through where `opacity` (0 to 1, in the texture's size) says so. Changes its colours. */
export function cutOut(texture: Texture, opacity: (x: number, y: number) => number): Texture {
  const { width, height, y, u, v } = texture
  const full = new Float32Array(width * height)
  const half = new Float32Array((width * height) / 4)
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      full[row * width + column] = Math.max(0, Math.min(1, opacity(column, row)))
    }
  }
  for (let row = 0; row < height / 2; row++) {
    for (let column = 0; column < width / 2; column++) {
      const at = 2 * row * width + 2 * column
      const sum =
        (full[at] as number) +
        (full[at + 1] as number) +
        (full[at + width] as number) +
        (full[at + width + 1] as number)
      half[(row * width) / 2 + column] = sum / 4
    }
  }
  multiply(y, full)
  multiply(u, half)
  multiply(v, half)
  return { width, height, y, u, v, alpha: { full, half, ...boundsOf(full, width, height) } }
}

function boundsOf(full: Float32Array, width: number, height: number) {
  const isAll = (row: number, value: number) =>
    full.subarray(row * width, (row + 1) * width).every((opacity) => opacity === value)
  let clearRows = 0
  while (clearRows < height && isAll(clearRows, 0)) clearRows++
  let solidFrom = height
  while (solidFrom > 0 && isAll(solidFrom - 1, 1)) solidFrom--
  return { clearRows, solidFrom }
}

function multiply(plane: Float32Array, by: Float32Array): void {
  for (let index = 0; index < plane.length; index++) {
    plane[index] = (plane[index] as number) * (by[index] as number)
  }
}

/** Multiplies luma and chroma. */
export function scaleLight(on: Pick<Texture, 'y' | 'u' | 'v'>, gain: number): void {
  for (const plane of [on.y, on.u, on.v]) {
    for (let index = 0; index < plane.length; index++) plane[index] = (plane[index] as number) * gain
  }
}
