/**
 * `frozen`: the picture stands still.
 *
 * Frames show the same when no more than a few parts, of 1/3600 each, differ in luma by more than grain and coding make
 * them (`LowMap.changeFrom`), each compared with the first of the run, so that slow movement adds up. A run counts from
 * `minSeconds` and `minShare` of the clip on. What is meant to stand still has the profile `static-scene` or `slideshow`.
 * A blank picture is `black`, not frozen. ffmpeg's `freezedetect` counts from 2 s on by default.
 */
import type { Defect } from '../../model/quality.ts'
import type { DefectCheck, Thresholds } from '../defect.ts'
import type { PictureEvidence } from '../evidence.ts'
import { medianOf, type Stretch, secondsOf, stretchesOf } from '../stretch.ts'
import { blankFrames } from './black.ts'

const thresholds = {
  minSeconds: 0.8,
  minShare: 0.12,
  /** Of the clip, of all frozen runs together: from here on it is of no use. */
  majorShare: 0.5,
} as const satisfies Thresholds

/** Runs of fewer frames are movement. */
const minRunFrames = 4
/**
 * Coders refine a still picture for some time: by so much, and by such a share of what frames change that are not still. A
 * key frame in the middle of it changes more, once.
 */
const refining = { change: 2, difference: 0.3, shareOfMoving: 0.02 } as const
const keyFrame = { change: 3, shareOfMoving: 0.2 } as const
/** With fewer, the clip is still with flashes, not moving with a freeze. */
const movingShareMin = 0.25

/** Runs of frames that show the same. */
export function stillRuns({ frames }: PictureEvidence): readonly Stretch[] {
  const { stillSince, change, difference } = frames
  const moving = difference.filter((value) => value > refining.difference)
  const usual = moving.length >= movingShareMin * difference.length ? medianOf(moving) : 0
  const changes = (index: number, most: { readonly change: number; readonly shareOfMoving: number }) =>
    (change[index] as number) > most.change || (difference[index] as number) > most.shareOfMoving * usual
  const isRefined = (index: number) =>
    index > 0 &&
    index < difference.length &&
    (difference[index] as number) <= refining.difference &&
    !changes(index, refining)
  const isSame = (index: number) =>
    index > 0 &&
    (stillSince[index] !== index ||
      isRefined(index) ||
      (isRefined(index - 1) && isRefined(index + 1) && !changes(index, keyFrame)))
  return stretchesOf(isSame, stillSince.length)
    .map(({ from, to }) => ({ from: from - 1, to }))
    .filter(({ from, to }) => to - from + 1 >= minRunFrames)
}

export const frozen: DefectCheck<PictureEvidence, typeof thresholds> = {
  type: 'frozen',
  thresholds,
  find(evidence, limits): readonly Defect[] {
    const { pictureSeconds } = evidence
    const blank = blankFrames(evidence)
    const found = stillRuns(evidence).flatMap((run) => {
      const { startSeconds, endSeconds } = secondsOf(run, evidence)
      const seconds = endSeconds - startSeconds
      if (seconds < limits.minSeconds || seconds < limits.minShare * pictureSeconds) return []
      if (blank[(run.from + run.to) >> 1]) return []
      return [{ startSeconds, endSeconds }]
    })
    const total = found.reduce((sum, { startSeconds, endSeconds }) => sum + endSeconds - startSeconds, 0)
    return found.map(({ startSeconds, endSeconds }) => ({
      ...{ type: 'frozen', startSeconds, endSeconds },
      severity: total >= limits.majorShare * pictureSeconds ? 'major' : 'minor',
      evidence: `the same picture for ${(endSeconds - startSeconds).toFixed(2)} s, ${((100 * (endSeconds - startSeconds)) / pictureSeconds).toFixed(0)} % of the clip`,
    }))
  },
}
