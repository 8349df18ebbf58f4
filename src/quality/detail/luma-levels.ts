import type { Plane } from '../plane.ts'

/** Luma that has only some equally spaced levels left, as far as one can tell. */
export interface LevelMeasures {
  /** How well the lumas of flat places fit equal distances: 0 for not at all, 1 exactly (Rayleigh's mean resultant). */
  readonly levelFit: number
  /** Luma from one level to the next. */
  readonly levelDistance: number
  /** Levels that hold 1 % or more of the flat places. */
  readonly levelCount: number
  /** How many there would be with those missing between the lowest and the highest of them. */
  readonly levelRange: number
  /** Luma: the largest distance of a level from its place. */
  readonly levelError: number
  /** Share of steps between levels, within 4 pixels, that lead to the next level: near 1 in a banded gradient. */
  readonly levelNeighbours: number
  /** Share of the picture that is flat: the four pixels beside it have the same luma. */
  readonly flatShare: number
}

/** Luma: 219 / 12 is the distance of 13 levels; above 60 not enough levels are left to tell. */
const distanceMin = 18
const distanceMax = 57
const distanceStep = 0.25
/** A wider distance is preferred to its half, which fits as well. */
const fitGain = 0.01
const levelShareMin = 0.01
const stepReach = 4

/**
 * Finds banding: quantised luma has levels at equal distances, also after compression, which fills the gaps at contours
 * and in texture but not where the picture is flat. The distance is that whose period the histogram of flat places
 * follows best (Mardia and Jupp, "Directional Statistics", 2000, 2.3).
 */
export function levelsOf(plane: Plane): LevelMeasures {
  const { width, height } = plane
  const rowStep = Math.max(3, Math.round(height / 60))
  const histogram = new Float64Array(256)
  const places = flatHistogram(plane, rowStep, histogram)
  const flat = histogram.reduce((sum, count) => sum + count, 0)
  if (places === 0 || flat === 0 || width <= stepReach) return { ...noLevels, flatShare: 0 }
  const { fit, distance, offset } = bestComb(histogram, flat)
  const teeth = teethOf(histogram, flat, distance, offset)
  const occupied = [...teeth.keys()]
  return {
    levelFit: fit,
    levelDistance: distance,
    levelCount: occupied.length,
    levelRange: occupied.length === 0 ? 0 : Math.max(...occupied) - Math.min(...occupied) + 1,
    levelError: Math.max(
      0,
      ...Array.from(teeth, ([tooth, mode]) => Math.abs(mode - offset - tooth * distance)),
    ),
    levelNeighbours: neighbourShare(plane, rowStep, distance, offset),
    flatShare: flat / places,
  }
}

const noLevels = {
  levelFit: 0,
  levelDistance: 0,
  levelCount: 0,
  levelRange: 0,
  levelError: 0,
  levelNeighbours: 0,
} as const

/** Returns how many places were looked at. */
function flatHistogram({ width, height, data }: Plane, rowStep: number, histogram: Float64Array): number {
  let places = 0
  for (let y = 1; y < height - 1; y += rowStep) {
    for (let at = y * width + 1, end = at + width - 2; at < end; at += 2) {
      places++
      const luma = data[at] as number
      if (luma !== data[at - 1] || luma !== data[at + 1]) continue
      if (luma !== data[at - width] || luma !== data[at + width]) continue
      histogram[luma] = (histogram[luma] as number) + 1
    }
  }
  return places
}

interface Comb {
  readonly fit: number
  readonly distance: number
  readonly offset: number
}

/** The widest distance that fits about as well as the best, where the fit is better than beside it. */
function bestComb(histogram: Float64Array, total: number): Comb {
  const combs: Comb[] = []
  for (let distance = distanceMax; distance >= distanceMin; distance -= distanceStep) {
    const turn = (2 * Math.PI) / distance
    const { cos, sin } = resultant(histogram, turn)
    combs.push({ fit: Math.hypot(cos, sin) / total, distance, offset: Math.atan2(sin, cos) / turn })
  }
  const fitMax = Math.max(...combs.map(({ fit }) => fit))
  const isPeak = ({ fit }: Comb, index: number): boolean =>
    fit >= fitMax - fitGain && fit >= (combs[index - 1]?.fit ?? 0) && fit >= (combs[index + 1]?.fit ?? 0)
  return combs.find(isPeak) ?? { fit: 0, distance: distanceMax, offset: 0 }
}

/** The sum of the histogram's counts as vectors, each turned by `turn` against that of the luma before it. */
function resultant(histogram: Float64Array, turn: number): { cos: number; sin: number } {
  const turnCos = Math.cos(turn)
  const turnSin = Math.sin(turn)
  let cos = 0
  let sin = 0
  let x = 1
  let y = 0
  for (let luma = 0; luma < 256; luma++) {
    const count = histogram[luma] as number
    cos += count * x
    sin += count * y
    const turned = x * turnCos - y * turnSin
    y = x * turnSin + y * turnCos
    x = turned
  }
  return { cos, sin }
}

/** The luma that most flat places have, of each level that holds enough of them. */
function teethOf(
  histogram: Float64Array,
  total: number,
  distance: number,
  offset: number,
): Map<number, number> {
  const sums = new Map<number, { sum: number; mode: number }>()
  for (const [luma, count] of histogram.entries()) {
    if (count === 0) continue
    const tooth = Math.round((luma - offset) / distance)
    const { sum, mode } = sums.get(tooth) ?? { sum: 0, mode: luma }
    sums.set(tooth, { sum: sum + count, mode: count > (histogram[mode] ?? 0) ? luma : mode })
  }
  const teeth = [...sums].filter(([, { sum }]) => sum >= levelShareMin * total)
  return new Map(teeth.map(([tooth, { mode }]) => [tooth, mode]))
}

function neighbourShare(
  { width, height, data }: Plane,
  rowStep: number,
  distance: number,
  offset: number,
): number {
  const levelOf = Uint8Array.from({ length: 256 }, (_, luma) => Math.round((luma - offset) / distance) + 16)
  let [near, far] = [0, 0]
  for (let y = 1; y < height; y += rowStep) {
    for (let at = y * width, end = at + width - stepReach; at < end; at += 2) {
      const from = levelOf[data[at] as number] as number
      const step = Math.abs((levelOf[data[at + stepReach] as number] as number) - from)
      if (step === 1) near++
      else if (step > 1) far++
    }
  }
  return near / Math.max(1, near + far)
}
