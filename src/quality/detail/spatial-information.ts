import type { Plane } from '../plane.ts'

/**
 * Spatial information: the standard deviation over the picture of the magnitude of the Sobel gradient, without the
 * border (ITU-T P.910, 2022-07, 7.7). Of luma as it is coded, so about 0 to 200.
 *
 * Of a tall picture, every second pixel of a sample of rows is taken: the operator covers those between.
 */
export function spatialInformationOf({ width, height, data }: Plane): number {
  if (width < 3 || height < 3) return 0
  // Two steps and a longer one: a pattern of lines is then met in all of its phases.
  const step = Math.max(1, Math.floor(height / 240))
  const columnStep = step > 1 ? 2 : 1
  let sum = 0
  let squares = 0
  let count = 0
  for (let y = 1, row = 0; y < height - 1; row++) {
    const above = (y - 1) * width
    const here = above + width
    const below = here + width
    for (let x = 1 + (row % columnStep); x < width - 1; x += columnStep) {
      const upper = (data[above + x + 1] as number) - (data[above + x - 1] as number)
      const middle = (data[here + x + 1] as number) - (data[here + x - 1] as number)
      const lower = (data[below + x + 1] as number) - (data[below + x - 1] as number)
      const across = upper + 2 * middle + lower
      const left = (data[below + x - 1] as number) - (data[above + x - 1] as number)
      const centre = (data[below + x] as number) - (data[above + x] as number)
      const right = (data[below + x + 1] as number) - (data[above + x + 1] as number)
      const along = left + 2 * centre + right
      const square = across * across + along * along
      sum += Math.sqrt(square)
      squares += square
      count++
    }
    y += step > 1 && row % 3 === 2 ? step + 1 : step
  }
  const mean = sum / count
  return Math.sqrt(Math.max(0, squares / count - mean * mean))
}
