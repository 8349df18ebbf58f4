import type { Defect } from '../../model/quality.ts'
import type { DefectCheck, Thresholds } from '../defect.ts'
import type { DetailMeasures } from '../detail/detail-meter.ts'
import { type DetailEvidence, defectOf, medianOf, stretchesOf } from '../detail/stretches.ts'

/**
 * `noise`: static, or a picture of which noise is the greater part: a decode or a denoising that failed.
 *
 * A frame is noise when most of its fine detail has one size (blobs of 1, 2, 4 or 8 pixels), a deviation of 22 luma or
 * more in it, hardly differs from place to place, and covers everything. Scenes concentrate detail on their subjects:
 * among photographs the most uniform (gravel, grass) differ by 0.1 and more, static by up to 0.08. Film grain deviates by
 * up to 10 luma. Natural pictures have equal energy in each octave (Field, JOSA A 4, 1987), so little in one; text and
 * confetti have a ground, walls a direction.
 */
const thresholds = {
  /** Standard deviation of luma in blobs of one size. */
  speckleMin: 22,
  /** Coefficient of variation over tiles, for blobs of up to 4 pixels; for 8, of which a tile has few, 0.04 more. */
  unevennessMax: 0.1,
  /** Share of the variance of luma in blobs of up to 8 pixels. */
  whitenessMin: 0.3,
  /** Share of pixels in the commonest sixteenth of lumas. */
  groundShareMax: 0.35,
  /** Energy across against energy along, or the other way. */
  directionMax: 1.5,
  /** A stretch that can have lasted as long counts. */
  minSeconds: 0.4,
} as const satisfies Thresholds

/** Noise has the greater part of the variance almost by itself: nothing can be seen behind it. */
const strongWhiteness = 0.9

/** Whether noise is the greater part of the frame. */
export function isNoise(measures: DetailMeasures, limits: Thresholds = thresholds): boolean {
  const { speckle, speckleSize, speckleUnevenness, whiteness, groundShare, speckleDirection } = measures
  const unevenness = speckleSize < 8 ? speckleUnevenness : speckleUnevenness - 0.04
  return (
    speckle >= (limits['speckleMin'] ?? thresholds.speckleMin) &&
    unevenness <= (limits['unevennessMax'] ?? thresholds.unevennessMax) &&
    whiteness >= (limits['whitenessMin'] ?? thresholds.whitenessMin) &&
    groundShare <= (limits['groundShareMax'] ?? thresholds.groundShareMax) &&
    speckleDirection <= (limits['directionMax'] ?? thresholds.directionMax)
  )
}

export const noise: DefectCheck<DetailEvidence, typeof thresholds> = {
  type: 'noise',
  thresholds,
  find(evidence, limits): readonly Defect[] {
    return stretchesOf(evidence, (measures) => isNoise(measures, limits))
      .filter(({ longestSeconds }) => longestSeconds >= limits.minSeconds)
      .map((stretch) => {
        const deviation = medianOf(stretch.measures.map(({ speckle }) => speckle))
        const share = medianOf(stretch.measures.map(({ whiteness }) => whiteness))
        const words = `noise over the whole picture: luma deviates by ${deviation.toFixed(0)} of 219 from blob to blob everywhere alike, ${(100 * share).toFixed(0)} % of all variance is in blobs of up to 8 pixels`
        return defectOf('noise', stretch, evidence.pictureSeconds, share >= strongWhiteness, words)
      })
  },
}
