/**
 * `flicker`: light that changes from frame to frame, in the whole picture or in a part of it.
 *
 * Measured is the second difference of mean luma: how far a frame is from the mean of the ones before and after, of the
 * whole picture, and of groups of 2 x 2 tiles, 1/36 of it; of these the smaller counts of what is seen in its place and on
 * blocks followed to where they came from (`flicker-series.ts`). Of each window of 0.7 s what three fifths of the frames pass:
 * movement and fades change luma steadily, cuts and flashes in few frames.
 */
import type { Defect } from '../../model/quality.ts'
import type { DefectCheck, Thresholds } from '../defect.ts'
import type { PictureEvidence } from '../evidence.ts'
import { flickerOf } from '../frames/flicker-series.ts'
import { quantileOf, secondsOf, stretchesOf } from '../stretch.ts'

const thresholds = {
  /** Levels of luma that the whole picture is off, in the middle of the frames of a window. */
  globalMin: 1.8,
  /** … below the frame rate that follows, where things move far from one frame to the next. */
  globalSlowMin: 2.4,
  /** The same of a part of it. */
  localMin: 5.8,
  /** … where it is so many times what a quarter of the clip does not pass: fire and fast action flicker all the time. */
  localRareMin: 2.4,
  localRatioMin: 4,
  /** Frames per second, below which movement in a part of the picture cannot be told from it. */
  localFpsMin: 12,
} as const satisfies Thresholds

export const flicker: DefectCheck<PictureEvidence, typeof thresholds> = {
  type: 'flicker',
  thresholds,
  find(evidence, limits): readonly Defect[] {
    const { globalLevels, localLevels, window } = flickerOf(evidence)
    const tellsParts = (evidence.measuredFps ?? 0) >= limits.localFpsMin
    const globalMin = tellsParts ? limits.globalMin : limits.globalSlowMin
    const calm = quantileOf(localLevels, 0.25)
    const localMin = Math.min(limits.localMin, Math.max(limits.localRareMin, limits.localRatioMin * calm))
    const isIn = (index: number) =>
      (globalLevels[index] as number) >= globalMin ||
      (tellsParts && (localLevels[index] as number) >= localMin)
    return stretchesOf(isIn, globalLevels.length, window).map((stretch) => {
      const whole = maxOf(globalLevels, stretch)
      const part = maxOf(localLevels, stretch)
      const isGlobal = whole >= globalMin
      return {
        ...{ type: 'flicker', ...secondsOf(stretch, evidence) },
        severity: (isGlobal ? whole / globalMin : part / localMin) >= 4 ? 'major' : 'minor',
        evidence: isGlobal
          ? `the light of the picture is off by ${whole.toFixed(1)} levels of luma from frame to frame`
          : `the light of a part of the picture is off by ${part.toFixed(1)} levels of luma from frame to frame`,
      }
    })
  },
}

function maxOf(values: Float32Array, { from, to }: { from: number; to: number }): number {
  return values.slice(from, to + 1).reduce((most, value) => Math.max(most, value), 0)
}
