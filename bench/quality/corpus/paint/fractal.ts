import { seeded } from '../chance.ts'
import type { Chance } from '../clip.ts'

/**
 * Noise that is the sum of octaves, smooth in each (quadratic B-splines), repeating at its edges; mean 0, deviation 1.
 * Octaves of equal strength have the 1/f² power spectrum of natural images (Field, J. Opt. Soc. Am. A 4, 1987).
 *
 * @param width, height - powers of two.
 * @param largest - pixels between the points of the lowest octave, a power of two.
 * @param persistence - strength of each octave relative to the one before.
 * @param smallest - pixels between the points of the highest octave, a power of two. @default 1
 */
export function fractal(
  width: number,
  height: number,
  chance: Chance,
  { largest, persistence, smallest = 1 }: { largest: number; persistence: number; smallest?: number },
): Float32Array {
  const random = seeded(Math.floor(chance() * 2 ** 31))
  const start = Math.min(largest, width, height)
  let across = width / start
  let down = height / start
  let field: Float32Array = Float32Array.from({ length: across * down }, () => random() - 0.5)
  let strength = 1
  while (across < width) {
    field = doubled(field, across, down)
    across *= 2
    down *= 2
    strength *= persistence
    if (width / across < smallest) continue
    for (let index = 0; index < field.length; index++) {
      field[index] = (field[index] as number) + strength * (random() - 0.5)
    }
  }
  return normalised(field)
}

function doubled(field: Float32Array, width: number, height: number): Float32Array {
  const wide = new Float32Array(width * 2 * height)
  for (let row = 0; row < height; row++) {
    const line = row * width
    for (let column = 0; column < width; column++) {
      const here = 3 * (field[line + column] as number)
      const before = field[line + ((column - 1) & (width - 1))] as number
      const after = field[line + ((column + 1) & (width - 1))] as number
      wide[2 * (line + column)] = (here + before) / 4
      wide[2 * (line + column) + 1] = (here + after) / 4
    }
  }
  const side = width * 2
  const large = new Float32Array(side * height * 2)
  for (let row = 0; row < height; row++) {
    const line = row * side
    const above = ((row - 1) & (height - 1)) * side
    const below = ((row + 1) & (height - 1)) * side
    for (let column = 0; column < side; column++) {
      const here = 3 * (wide[line + column] as number)
      large[2 * line + column] = (here + (wide[above + column] as number)) / 4
      large[2 * line + side + column] = (here + (wide[below + column] as number)) / 4
    }
  }
  return large
}

function normalised(field: Float32Array): Float32Array {
  let sum = 0
  let squares = 0
  for (const value of field) {
    sum += value
    squares += value * value
  }
  const mean = sum / field.length
  const deviation = Math.sqrt(Math.max(1e-12, squares / field.length - mean * mean))
  for (let index = 0; index < field.length; index++) {
    field[index] = ((field[index] as number) - mean) / deviation
  }
  return field
}
