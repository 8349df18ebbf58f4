/**
 * `loop_seam`: the clip starts again where it should not, or does not join where it should.
 *
 * - Where a loop is expected: the step from the last frame to the first is larger than `ratioMin` times the usual step
 *   near both ends, and than `stepMin` levels of luma, mean over 144 tiles.
 * - Anywhere: the picture jumps back to an earlier frame, and what follows repeats for `repeatSeconds` what followed that.
 *   Only a jump counts: a wheel that turns shows the same again without one.
 */
import type { Defect } from '../../model/quality.ts'
import type { DefectCheck, Thresholds } from '../defect.ts'
import type { PictureEvidence } from '../evidence.ts'
import { type Jump, jumpsOf } from '../frames/jumps.ts'
import { tileDistance, tileSteps } from '../frames/tile-distance.ts'
import { medianOf } from '../stretch.ts'

const thresholds = {
  /** Levels of luma. */
  stepMin: 1.2,
  ratioMin: 3,
  /** Levels of luma, on average, between frames that are the same, coded twice; half of a usual step where that is more. */
  sameMax: 0.35,
  repeatSeconds: 0.5,
} as const satisfies Thresholds

/** Jumps back are looked for at no more places than these, the largest: a search goes through all frames before. */
const maxSearches = 40
/** However fast things move, what differs more is not the same. */
const maxSame = 1
/** Steps near an end that tell what is usual. */
const endFrames = 8

export const loopSeam: DefectCheck<PictureEvidence, typeof thresholds> = {
  type: 'loop_seam',
  thresholds,
  find(evidence, limits): readonly Defect[] {
    const seam = evidence.expectations.loop === true ? openEnd(evidence, limits) : []
    return [...repeats(evidence, limits), ...seam]
  },
}

function openEnd({ frames, times, pictureSeconds }: PictureEvidence, limits: typeof thresholds): Defect[] {
  const last = times.length - 1
  if (last < 1) return []
  const steps = tileSteps(frames)
  const usual = Math.max(...[steps.slice(1, 1 + endFrames), steps.slice(-endFrames)].map(medianOf))
  const step = tileDistance(frames, last, 0)
  if (step < limits.stepMin || step < limits.ratioMin * usual) return []
  return [
    {
      ...{ type: 'loop_seam', severity: 'minor' },
      startSeconds: times[last] as number,
      endSeconds: pictureSeconds,
      evidence: `its end does not lead to its start: luma changes by ${step.toFixed(1)} there, by ${usual.toFixed(1)} as a rule`,
    },
  ]
}

function repeats(evidence: PictureEvidence, limits: typeof thresholds): Defect[] {
  const { frames, times, pictureSeconds } = evidence
  return jumpsOf(frames, limits.stepMin, limits.ratioMin)
    .toSorted((one, other) => other.ratio - one.ratio)
    .slice(0, maxSearches)
    .toSorted((one, other) => one.frame - other.frame)
    .flatMap((jump) => {
      const earlier = sameEarlier(evidence, jump, limits)
      if (earlier === undefined) return []
      const at = times[jump.frame] as number
      return [
        {
          ...({ type: 'loop_seam', severity: 'minor' } as const),
          startSeconds: times[jump.frame - 1] as number,
          endSeconds: Math.min(pictureSeconds, at + limits.repeatSeconds),
          evidence: `jumps back to ${(times[earlier] as number).toFixed(2)} s and repeats what followed`,
        },
      ]
    })
}

/** The frame that the jump goes back to; undefined when it goes elsewhere. */
function sameEarlier({ frames, times }: PictureEvidence, { frame, usual }: Jump, limits: typeof thresholds) {
  const startSeconds = times[frame] as number
  let length = 0
  while (
    frame + length < times.length &&
    (times[frame + length] as number) < startSeconds + limits.repeatSeconds
  )
    length++
  if ((times.at(-1) as number) - startSeconds < limits.repeatSeconds * 0.8) return undefined
  const sameMax = length * Math.max(limits.sameMax, Math.min(maxSame, usual / 2))
  for (let earlier = 0; earlier < frame - length; earlier++) {
    let total = 0
    for (let offset = 0; offset < length && total <= sameMax; offset++)
      total += tileDistance(frames, earlier + offset, frame + offset)
    if (total <= sameMax) return earlier
  }
  return undefined
}
