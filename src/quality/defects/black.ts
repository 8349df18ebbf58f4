/**
 * `black`: nothing to be seen: black, dark grey, or any one colour.
 *
 * A frame is blank when no parts of it, of 1/3600, differ by more than `contrastMax` levels of luma, or when none is
 * brighter than `lumaMax`, but for eight. Small parts, not pixels: noise and coding do not make a picture. Blank frames count from
 * `minSeconds` on: a fade begins and ends with some. Black is luma 16 (ITU-R BT.709); ffmpeg's `blackdetect` calls black
 * what is below a tenth of the range, luma 38, in 98 % of the pixels.
 */
import type { Defect } from '../../model/quality.ts'
import type { DefectCheck, Thresholds } from '../defect.ts'
import type { PictureEvidence } from '../evidence.ts'
import { secondsOf, stretchesOf } from '../stretch.ts'

const thresholds = {
  /** Levels of luma between the brightest and the darkest part. */
  contrastMax: 6,
  /** Luma of the brightest part of a black frame. */
  lumaMax: 32,
  minSeconds: 0.4,
  /** Of the clip: from here on it is of no use. */
  majorShare: 0.3,
} as const satisfies Thresholds

/** Whether each frame is blank. */
export function blankFrames(
  { frames }: PictureEvidence,
  limits: Thresholds = thresholds,
): readonly boolean[] {
  const { contrastMax = thresholds.contrastMax, lumaMax = thresholds.lumaMax } = limits
  return Array.from(
    frames.contrast,
    (contrast, index) => contrast <= contrastMax || (frames.brightest[index] as number) <= lumaMax,
  )
}

export const black: DefectCheck<PictureEvidence, typeof thresholds> = {
  type: 'black',
  thresholds,
  find(evidence, limits): readonly Defect[] {
    const blank = blankFrames(evidence, limits)
    return stretchesOf((index) => blank[index] === true, blank.length, 1).flatMap((stretch) => {
      const { startSeconds, endSeconds } = secondsOf(stretch, evidence)
      const seconds = endSeconds - startSeconds
      const isWhole = stretch.from === 0 && stretch.to === blank.length - 1
      if (seconds < limits.minSeconds && !isWhole) return []
      const middle = (stretch.from + stretch.to) >> 1
      const luma = evidence.frames.lumaMean[middle] as number
      const contrast = evidence.frames.contrast[middle] as number
      return [
        {
          ...{ type: 'black', startSeconds, endSeconds },
          severity: isWhole || seconds >= limits.majorShare * evidence.pictureSeconds ? 'major' : 'minor',
          evidence: `nothing to be seen for ${seconds.toFixed(2)} s: luma ${luma.toFixed(0)} everywhere within ${contrast.toFixed(1)}`,
        } as const,
      ]
    })
  },
}
