/**
 * `abrupt_cut`: a hard cut where none was asked for.
 *
 * A cut is a change of the picture, as mean change of luma over 144 tiles, of at least `stepMin`, at least `ratioMin` times
 * what is usual in the frames around it, after which nothing comes back: a flash does. Only where the number of shots is
 * expected; the cuts beyond it are defects, the largest first.
 */
import type { Defect } from '../../model/quality.ts'
import type { DefectCheck, Thresholds } from '../defect.ts'
import type { PictureEvidence } from '../evidence.ts'
import { cutsOf } from '../frames/jumps.ts'

const thresholds = {
  /** Levels of luma. */
  stepMin: 5,
  ratioMin: 3.5,
} as const satisfies Thresholds

export const abruptCut: DefectCheck<PictureEvidence, typeof thresholds> = {
  type: 'abrupt_cut',
  thresholds,
  find(evidence, limits): readonly Defect[] {
    const { times, expectations, pictureSeconds } = evidence
    const { shots } = expectations
    if (shots === undefined) return []
    const cuts = cutsOf(evidence, limits.stepMin, limits.ratioMin)
    return cuts
      .toSorted((one, other) => other.step - one.step)
      .slice(0, Math.max(0, cuts.length - (shots - 1)))
      .toSorted((one, other) => one.frame - other.frame)
      .map(({ frame, step, ratio }) => ({
        ...{ type: 'abrupt_cut', severity: 'minor' },
        startSeconds: times[frame - 1] as number,
        endSeconds: times[frame] ?? pictureSeconds,
        evidence: `a cut: luma changes by ${step.toFixed(1)} from one frame to the next, ${ratio.toFixed(0)} times the usual; ${cuts.length + 1} shots where ${shots} were asked for`,
      }))
  },
}
