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
  minSeconds: 3.5,
  /** Of a threshold, what the calmer parts of the clip must have. */
  calmShare: 0.25,
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
  readonly words: string
}

function isDrift({ size, calmSize, seenSize, straightness }: Drift, limits: typeof thresholds): boolean {
  const sign = Math.sign(size)
  return (
    size * sign >= 1 &&
    straightness >= limits.straightShare &&
    calmSize * sign >= limits.calmShare &&
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
  const sums = Array.from({ length: parts }, () => 0)
  for (let index = 0; index < changes.length; index++) {
    const part = Math.floor((index * parts) / changes.length)
    sums[part] = (sums[part] as number) + (changes[index] as number)
  }
  const sum = sumOf(sums)
  const calm = sumOf(sums.toSorted((one, other) => Math.abs(one) - Math.abs(other)).slice(0, calmParts))
  const way = sumOf(sums.map(Math.abs))
  const end = Math.max(1, Math.floor(seen.length / parts))
  return {
    size: sum / threshold,
    calmSize: calm / threshold,
    seenSize: (meanOf(seen.slice(-end)) - meanOf(seen.slice(0, end))) / threshold,
    straightness: way > 0 ? Math.abs(sum) / way : 0,
    words: wordsOf(sum),
  }
}

function sumOf(values: Iterable<number>): number {
  let sum = 0
  for (const value of values) sum += value
  return sum
}

function meanOf(values: Float32Array): number {
  return sumOf(values) / Math.max(1, values.length)
}
