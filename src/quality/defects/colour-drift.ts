/**
 * `colour_drift`: colours or light that change steadily in one direction, as long generations do that feed on their own
 * frames.
 *
 * Changes are measured from frame to frame on the same things, each block with where it came from (`ColourFlow`), and
 * added up, so that a camera that moves to other colours changes nothing. The colours of the whole picture must have
 * changed with them, most of the way must lead in one direction, and go on in the calmer two thirds of the clip: what goes
 * and comes back is a light of the scene, what happens within a second a fade.
 */
import type { Defect } from '../../model/quality.ts'
import type { DefectCheck, Thresholds } from '../defect.ts'
import type { PictureEvidence } from '../evidence.ts'

const thresholds = {
  /** Ratio of saturation, or its inverse, between the ends. */
  saturationRatio: 1.25,
  hueDegrees: 11,
  /** Levels of chroma added everywhere. */
  castLevels: 7,
  /** Levels of luma added everywhere. */
  lumaLevels: 15,
  /** Ratio of contrast between the ends. */
  contrastRatio: 1.25,
  /** Below this mean strength of chroma, hue and saturation say nothing. */
  saturationMin: 4,
  /** Of all the way, what leads in one direction. */
  straightShare: 0.75,
  seenStraightShare: 0.6,
  minSeconds: 3.5,
  /** Of a threshold, and of the whole drift, what the calmer parts of the clip must have. */
  calmShare: 0.2,
  /** Of a threshold, and of the change of the same things, what the whole picture must show. */
  seenShare: 0.5,
} as const satisfies Thresholds

/** The way is looked at in so many equal parts, of which this many are calm. */
const parts = 16
const calmParts = 11

export const colourDrift: DefectCheck<PictureEvidence, typeof thresholds> = {
  type: 'colour_drift',
  thresholds,
  find(evidence, limits): readonly Defect[] {
    const { pictureSeconds } = evidence
    if (pictureSeconds < limits.minSeconds) return []
    const drifts = driftsOf(evidence, limits)
    const found = drifts.filter((drift) => isDrift(drift, limits))
    if (found.length === 0) return []
    const strongest = Math.max(...found.map(({ size }) => Math.abs(size)))
    return [
      {
        ...{ type: 'colour_drift', startSeconds: 0, endSeconds: pictureSeconds },
        severity: strongest >= 3 ? 'major' : 'minor',
        evidence: `${found.map(({ words }) => words).join('; ')} over the clip`,
      },
    ]
  },
}

interface Drift {
  /** The sum of changes over the threshold, its sign that of the change. */
  readonly size: number
  /** The same of the calm parts. */
  readonly calmSize: number
  /** The same of the whole picture, from the start to the end. */
  readonly seenSize: number
  /** Of all the way, what leads in one direction. */
  readonly straightness: number
  /** The same of the whole picture. */
  readonly seenStraightness: number
  readonly words: string
}

function isDrift(drift: Drift, limits: typeof thresholds): boolean {
  const { size, calmSize, seenSize, straightness, seenStraightness } = drift
  const sign = Math.sign(size)
  return (
    size * sign >= 1 &&
    straightness >= limits.straightShare &&
    seenStraightness >= limits.seenStraightShare &&
    calmSize * sign >= limits.calmShare * Math.max(1, size * sign) &&
    seenSize * sign >= limits.seenShare * Math.max(1, size * sign)
  )
}

function driftsOf({ frames }: PictureEvidence, limits: typeof thresholds): readonly Drift[] {
  const hue = Float32Array.from(frames.blue, (blue, index) =>
    Math.atan2((frames.red[index] as number) - 128, blue - 128),
  )
  const isColoured = meanOf(frames.saturation) >= limits.saturationMin
  const degrees = 180 / Math.PI
  return [
    ...(isColoured
      ? [
          drift(
            frames.saturationChange,
            frames.saturation.map(Math.log),
            Math.log(limits.saturationRatio),
            (sum) => `saturation changes by a factor of ${Math.exp(sum).toFixed(2)}`,
          ),
          drift(
            frames.hueChange,
            hue,
            limits.hueDegrees / degrees,
            (sum) => `hue turns by ${(sum * degrees).toFixed(0)} degrees`,
          ),
        ]
      : []),
    drift(
      frames.blueChange,
      frames.blue,
      limits.castLevels,
      (sum) => `a cast grows: blue chroma by ${sum.toFixed(1)}`,
    ),
    drift(
      frames.redChange,
      frames.red,
      limits.castLevels,
      (sum) => `a cast grows: red chroma by ${sum.toFixed(1)}`,
    ),
    drift(
      frames.lumaChange,
      frames.lumaMean,
      limits.lumaLevels,
      (sum) => `light changes by ${sum.toFixed(0)} levels of luma`,
    ),
    drift(
      frames.contrastChange,
      frames.spread.map(Math.log),
      Math.log(limits.contrastRatio),
      (sum) => `contrast changes by a factor of ${Math.exp(sum).toFixed(2)}`,
    ),
  ]
}

/**
 * @param changes - of the same things, from frame to frame.
 * @param seen - the same measure of the whole picture, frame by frame.
 */
function drift(
  changes: Float32Array,
  seen: Float32Array,
  threshold: number,
  wordsOf: (sum: number) => string,
): Drift {
  const sums = partsOf(changes).map(sumOf)
  const sum = sumOf(sums)
  const calm = sumOf(sums.toSorted((one, other) => Math.abs(one) - Math.abs(other)).slice(0, calmParts))
  const levels = partsOf(seen).map(meanOf)
  const steps = levels.slice(1).map((level, index) => level - (levels[index] as number))
  return {
    size: sum / threshold,
    calmSize: calm / threshold,
    seenSize: sumOf(steps) / threshold,
    straightness: straightnessOf(sums),
    seenStraightness: straightnessOf(steps),
    words: wordsOf(sum),
  }
}

/** Of all steps, what leads in one direction, 0..1. */
function straightnessOf(steps: readonly number[]): number {
  const way = sumOf(steps.map(Math.abs))
  return way > 0 ? Math.abs(sumOf(steps)) / way : 0
}

function partsOf(values: Float32Array): readonly Float32Array[] {
  const border = (part: number) => Math.floor((part * values.length) / parts)
  return Array.from({ length: parts }, (_, part) => values.subarray(border(part), border(part + 1)))
}

function sumOf(values: Iterable<number>): number {
  let sum = 0
  for (const value of values) sum += value
  return sum
}

function meanOf(values: Float32Array): number {
  return sumOf(values) / Math.max(1, values.length)
}
