/**
 * `colour_drift`: colours or light that change steadily in one direction, as long generations do that feed on their own
 * frames.
 *
 * Changes are measured from frame to frame on the same things, each block with where it came from (`ColourFlow`), and
 * added up, so that a camera that moves to other colours changes nothing. A drift is a sum over the clip beyond its
 * threshold, most of which lies on a straight way: what goes and comes back is a light of the scene.
 */
import type { Defect } from '../../model/quality.ts'
import type { DefectCheck, Thresholds } from '../defect.ts'
import type { PictureEvidence } from '../evidence.ts'

const thresholds = {
  /** Ratio of saturation, or its inverse, between the ends. */
  saturationRatio: 1.25,
  hueDegrees: 14,
  /** Levels of chroma added everywhere. */
  castLevels: 8,
  /** Levels of luma added everywhere. */
  lumaLevels: 18,
  /** Ratio of contrast between the ends. */
  contrastRatio: 1.25,
  /** Below this mean strength of chroma, hue and saturation say nothing. */
  saturationMin: 4,
  /** Of all the way, what leads in one direction. */
  straightShare: 0.75,
  minSeconds: 2.5,
} as const satisfies Thresholds

/** The way is looked at in so many equal parts. */
const parts = 8

export const colourDrift: DefectCheck<PictureEvidence, typeof thresholds> = {
  type: 'colour_drift',
  thresholds,
  find(evidence, limits): readonly Defect[] {
    const { frames, pictureSeconds } = evidence
    if (pictureSeconds < limits.minSeconds) return []
    const isColoured = mean(frames.saturation) >= limits.saturationMin
    const drifts = [
      ...(isColoured
        ? [
            drift(frames.saturationChange, Math.log(limits.saturationRatio), (sum) => {
              return `saturation changes by a factor of ${Math.exp(sum).toFixed(2)}`
            }),
            drift(frames.hueChange, (limits.hueDegrees * Math.PI) / 180, (sum) => {
              return `hue turns by ${((sum * 180) / Math.PI).toFixed(0)} degrees`
            }),
          ]
        : []),
      drift(frames.blueChange, limits.castLevels, (sum) => `a cast grows: blue chroma by ${sum.toFixed(1)}`),
      drift(frames.redChange, limits.castLevels, (sum) => `a cast grows: red chroma by ${sum.toFixed(1)}`),
      drift(
        frames.lumaChange,
        limits.lumaLevels,
        (sum) => `light changes by ${sum.toFixed(0)} levels of luma`,
      ),
      drift(frames.contrastChange, Math.log(limits.contrastRatio), (sum) => {
        return `contrast changes by a factor of ${Math.exp(sum).toFixed(2)}`
      }),
    ]
    const found = drifts.filter(({ size, straightness }) => size >= 1 && straightness >= limits.straightShare)
    if (found.length === 0) return []
    const strongest = Math.max(...found.map(({ size }) => size))
    return [
      {
        ...{ type: 'colour_drift', startSeconds: 0, endSeconds: pictureSeconds },
        severity: strongest >= 3 ? 'major' : 'minor',
        evidence: `${found.map(({ words }) => words).join('; ')} over the clip`,
      },
    ]
  },
}

/** The sum of changes against its threshold, and how straight the way to it is. */
function drift(changes: Float32Array, threshold: number, wordsOf: (sum: number) => string) {
  const sums = Array.from({ length: parts }, () => 0)
  for (let index = 0; index < changes.length; index++) {
    const part = Math.floor((index * parts) / changes.length)
    sums[part] = (sums[part] as number) + (changes[index] as number)
  }
  const sum = sums.reduce((total, part) => total + part, 0)
  const way = sums.reduce((total, part) => total + Math.abs(part), 0)
  return {
    size: Math.abs(sum) / threshold,
    straightness: way > 0 ? Math.abs(sum) / way : 0,
    words: wordsOf(sum),
  }
}

function mean(values: Float32Array): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length)
}
