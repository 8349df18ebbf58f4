import type { Plane } from '../plane.ts'

export interface EdgeMeasures {
  /**
   * How steep the steepest edges are: the share of its height that an edge climbs within 1/480 of the picture's height,
   * 0 to 1, exceeded by 2 % of all places on edges. A hard edge has 1; an edge under a Gaussian blur of sigma s has
   * height / (480 s √(2π)), so 0.08 when s is 1/100 of the height. `undefined`: hardly anything has edges.
   */
  readonly sharpness: number | undefined
  /** The same, exceeded by 0.1 % of the whole picture: what a small sharp subject has before a blurred background. */
  readonly peakSharpness: number
  /**
   * Share of places in the picture that are on an edge: luma differs by 16 (in dark pictures by 24) within 1/30 of the
   * height.
   */
  readonly edgeShare: number
  /** 16 to 235. */
  readonly meanLuma: number
}

const levels = 128
/** Luma; below it a slope is as likely of compression as of the scene. */
const edgeHeightMin = 16
/** The same, in dark pictures, from which compression takes the fine and leaves the coarse. */
const darkEdgeHeightMin = 24
export const darkLuma = 60
/** Luma that compression and rounding add to a slope. */
const slopeFloor = 1.5
/** With less, sharpness is unknown: fog, a dark or an empty picture. */
const edgeShareMin = 0.003
/** The same, in dark pictures: the glow of a few lights is soft by itself. */
const darkEdgeShareMin = 0.04

/** Of a slope and a height, 0 to 255 both: the share, in `levels`; divisions cost more than all else. */
const steepnessOf = Uint8Array.from({ length: 65_536 }, (_, index) => {
  const [slope, edgeHeight] = [index >> 8, index & 255]
  return Math.max(0, Math.min(levels, Math.round((levels * (slope - slopeFloor)) / Math.max(1, edgeHeight))))
})

/** The places to look at, and which way: `along` is the offset from a pixel to the next across an edge. */
interface Walk {
  readonly along: number
  readonly columns: Steps
  readonly rows: Steps
}

/** Pixels; of `heightMin`, luma. */
interface Lengths {
  readonly aperture: number
  readonly reach: number
  readonly heightMin: number
}

interface Steps {
  readonly from: number
  readonly to: number
  readonly step: number
}

const minLines = 270

/**
 * Sharpness from the slopes of edges against their heights, after the width of edges of Marziliano et al. ("A
 * no-reference perceptual blur metric", ICIP 2002). The ratio does not depend on contrast, and its upper end is that of
 * the sharpest parts, so neither fog nor a shallow depth of field counts as blur. All lengths are shares of the
 * picture's height: a scene has about the same sharpness at 480 and at 1080 lines. Fewer than 270 lines count as 270: they
 * show edges no steeper than their pixels.
 */
export function edgesOf(plane: Plane): EdgeMeasures {
  const { width, height } = plane
  const aperture = Math.max(1, Math.floor(height / 480))
  const scale = Math.max(height, minLines) / 480 / aperture
  const reach = Math.max(2, Math.round(height / 60))
  const histogram = new Uint32Array(levels + 1)
  const lineStep = Math.max(3, Math.round(height / 60))
  // A hard edge lies within exactly one of the windows that follow one another at the distance of their width.
  const within = (length: number): Steps => ({ from: reach, to: length - reach - aperture, step: aperture })
  const sideways = {
    along: 1,
    columns: within(width),
    rows: { from: 0, to: height, step: lineStep },
  }
  const upright = {
    along: width,
    columns: { from: 0, to: width, step: lineStep + 1 },
    rows: within(height),
  }
  const meanLuma = meanLumaOf(plane, lineStep)
  const isDark = meanLuma < darkLuma
  const heightMin = isDark ? darkEdgeHeightMin : edgeHeightMin
  const lengths = { aperture, reach, heightMin }
  const places = collect(plane, sideways, lengths, histogram) + collect(plane, upright, lengths, histogram)
  const edges = histogram.reduce((sum, count) => sum + count, 0)
  const edgeShare = edges / Math.max(1, places)
  return {
    sharpness:
      edgeShare < (isDark ? darkEdgeShareMin : edgeShareMin)
        ? undefined
        : Math.min(1, scale * upperEnd(histogram, 0.02 * edges)),
    peakSharpness: Math.min(1, scale * upperEnd(histogram, 0.001 * places)),
    edgeShare,
    meanLuma,
  }
}

function meanLumaOf({ width, height, data }: Plane, lineStep: number): number {
  let sum = 0
  let places = 0
  for (let y = 0; y < height; y += lineStep) {
    for (let at = y * width, end = at + width; at < end; at += 4) {
      sum += data[at] as number
      places++
    }
  }
  return sum / Math.max(1, places)
}

/** Counts the edges by their steepness; returns how many places were looked at. */
function collect(
  { width, data }: Plane,
  { along, columns, rows }: Walk,
  { aperture, reach, heightMin }: Lengths,
  histogram: Uint32Array,
): number {
  const near = aperture * along
  const far = (aperture + reach) * along
  const back = reach * along
  let places = 0
  for (let y = rows.from; y < rows.to; y += rows.step) {
    const end = y * width + columns.to
    for (let at = y * width + columns.from; at < end; at += columns.step) {
      places++
      const before = data[at - back] as number
      const here = data[at] as number
      const next = data[at + near] as number
      const after = data[at + far] as number
      // A line on a ground has the ground on both sides: its height is that of either of its edges.
      let edgeHeight = Math.abs(after - before)
      const riseAfter = Math.abs(after - here)
      const riseBefore = Math.abs(next - before)
      if (riseAfter > edgeHeight) edgeHeight = riseAfter
      if (riseBefore > edgeHeight) edgeHeight = riseBefore
      if (edgeHeight < heightMin) continue
      const steepness = steepnessOf[(Math.abs(next - here) << 8) | edgeHeight] as number
      histogram[steepness] = (histogram[steepness] as number) + 1
    }
  }
  return places
}

/** The steepness that this many places exceed. */
function upperEnd(histogram: Uint32Array, places: number): number {
  let left = places
  for (let level = levels; level > 0; level--) {
    left -= histogram[level] as number
    if (left <= 0) return level / levels
  }
  return 0
}
