import type { Plane } from '../plane.ts'

export interface SpeckleMeasures {
  /**
   * Estimated standard deviation of noise, luma: of the finest diagonal wavelet coefficients (Donoho and Johnstone,
   * Biometrika 81, 1994), in the quarter of the picture where it is least, since noise is everywhere and texture is not.
   */
  readonly noise: number
  /** Share of the variance of luma that lies in blobs of 8 pixels and less: near 1 for noise, 0 to 0.5 for pictures. */
  readonly whiteness: number
  /** Standard deviation of luma, in blobs of the size (1, 2, 4 or 8 pixels) that has most of it. */
  readonly speckle: number
  /** That size, pixels. */
  readonly speckleSize: number
  /**
   * How much that deviation differs from place to place: its coefficient of variation over tiles of 64 pixels. Noise
   * has up to 0.08 (0.11 for blobs of 8 pixels), the most uniform textures (gravel, grass) 0.1 and more, scenes 0.2 to 2.
   */
  readonly speckleUnevenness: number
  /** Share of pixels in the commonest sixteenth of the 256 lumas: the ground, where there is one. */
  readonly groundShare: number
  /** How much more of that deviation is across than along, or the other way: 1 for noise, 2 and more for brick walls. */
  readonly speckleDirection: number
}

const tileSize = 64
const tilesMax = 40
const scales = 6
/** Blobs of 1, 2, 4 and 8 pixels. */
const fineScales = 4

/**
 * Energy by size of detail, in tiles over the whole picture, by the Haar transform. Natural pictures have about as much
 * in each octave (Field, JOSA A 4, 1987), more in large detail than in small, and not everywhere the same; noise,
 * whatever the size of its blobs, has it in one size and everywhere.
 */
export function speckleOf(plane: Plane): SpeckleMeasures {
  const tiles = tilesOf(plane)
  if (tiles.length === 0)
    return {
      noise: 0,
      whiteness: 0,
      speckle: 0,
      speckleSize: 1,
      speckleUnevenness: 0,
      groundShare: 0,
      speckleDirection: 1,
    }
  const energies = Array.from({ length: scales }, (_, scale) =>
    meanOf(tiles, ({ energy }) => energy[scale] ?? 0),
  )
  const fine = energies.slice(0, fineScales)
  const strongest = fine.indexOf(Math.max(...fine))
  const middle = meanOf(tiles, ({ mean }) => mean)
  // Pixels vary by three quarters of the energy of each scale, as three coefficients share four pixels' mean.
  const fineVariance = 0.75 * fine.reduce((sum, energy) => sum + energy, 0)
  const variance =
    0.75 * energies.reduce((sum, energy) => sum + energy, 0) +
    meanOf(tiles, ({ mean }) => (mean - middle) ** 2)
  const deviations = tiles.map(({ energy }) => Math.sqrt(energy[strongest] ?? 0))
  const deviation = meanOf(deviations, (value) => value)
  const spread = Math.sqrt(meanOf(deviations, (value) => (value - deviation) ** 2))
  const across = meanOf(tiles, (tile) => tile.across[strongest] ?? 0)
  const along = meanOf(tiles, (tile) => tile.along[strongest] ?? 0)
  const diagonals = tiles.map(({ diagonal }) => diagonal).sort((one, other) => one - other)
  return {
    noise: diagonals[Math.floor(diagonals.length / 4)] ?? 0,
    whiteness: variance > 0 ? fineVariance / variance : 0,
    speckle: Math.sqrt(energies[strongest] ?? 0),
    speckleSize: 2 ** strongest,
    speckleUnevenness: deviation > 0 ? spread / deviation : 0,
    groundShare: groundShareOf(plane),
    speckleDirection: across === along ? 1 : Math.max(across, along) / Math.min(across, along),
  }
}

/** Of every third pixel of rows that are as many in any picture. */
function groundShareOf({ width, height, data }: Plane): number {
  const histogram = new Uint32Array(16)
  const rowStep = Math.max(1, Math.floor(height / 60)) | 1
  let places = 0
  for (let y = 0; y < height; y += rowStep) {
    for (let at = y * width, end = at + width; at < end; at += 3) {
      const bin = (data[at] as number) >> 4
      histogram[bin] = (histogram[bin] as number) + 1
      places++
    }
  }
  return Math.max(...histogram) / Math.max(1, places)
}

interface Tile {
  readonly mean: number
  /** By scale, finest first: mean square of the three coefficients, luma. */
  readonly energy: readonly number[]
  /** Of the differences across (from left to right) and along (from top to bottom), sums of squares. */
  readonly across: readonly number[]
  readonly along: readonly number[]
  /** Root mean square of the finest diagonal coefficients, luma. */
  readonly diagonal: number
}

function tilesOf(plane: Plane): Tile[] {
  const [columns, rows] = [Math.floor(plane.width / tileSize), Math.floor(plane.height / tileSize)]
  const count = Math.min(columns * rows, tilesMax)
  const step = (columns * rows) / Math.max(1, count)
  const buffers = [new Float32Array(tileSize ** 2), new Float32Array(tileSize ** 2)] as const
  return Array.from({ length: count }, (_, index) => {
    const place = Math.floor(index * step)
    const [left, top] = [(place % columns) * tileSize, Math.floor(place / columns) * tileSize]
    return transform(plane, left, top, buffers)
  })
}

function transform(
  { width, data }: Plane,
  left: number,
  top: number,
  [first, second]: readonly [Float32Array, Float32Array],
): Tile {
  for (let y = 0; y < tileSize; y++) {
    const start = (top + y) * width + left
    first.set(data.subarray(start, start + tileSize), y * tileSize)
  }
  let [from, into] = [first, second]
  const energy: number[] = []
  const acrossEnergy: number[] = []
  const alongEnergy: number[] = []
  let diagonal = 0
  for (let size = tileSize; size > 1; size /= 2) {
    const { across, along, diagonals } = halve(from, into, size)
    const coefficients = (size / 2) ** 2
    energy.push((across + along + diagonals) / (3 * coefficients))
    acrossEnergy.push(across)
    alongEnergy.push(along)
    if (size === tileSize) diagonal = Math.sqrt(diagonals / coefficients)
    ;[from, into] = [into, from]
  }
  return { mean: from[0] ?? 0, energy, across: acrossEnergy, along: alongEnergy, diagonal }
}

interface Sums {
  readonly across: number
  readonly along: number
  readonly diagonals: number
}

/** One step of the Haar transform: means of 2 × 2 values go to `into`; returns sums of squares of the differences. */
function halve(from: Float32Array, into: Float32Array, size: number): Sums {
  const half = size / 2
  let across = 0
  let along = 0
  let diagonals = 0
  for (let y = 0; y < half; y++) {
    for (let x = 0, at = 2 * y * size; x < half; x++, at += 2) {
      const a = from[at] as number
      const b = from[at + 1] as number
      const c = from[at + size] as number
      const d = from[at + size + 1] as number
      const upper = a + b
      const lower = c + d
      const vertical = upper - lower
      const horizontal = a - b + c - d
      const cross = a - b - c + d
      across += horizontal * horizontal
      along += vertical * vertical
      diagonals += cross * cross
      into[y * half + x] = (upper + lower) / 4
    }
  }
  return { across: across / 4, along: along / 4, diagonals: diagonals / 4 }
}

function meanOf<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((sum, item) => sum + of(item), 0) / items.length
}
