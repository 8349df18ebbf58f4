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
import { type Stretch, secondsOf } from '../stretch.ts'
import { blankFrames } from './black.ts'

const thresholds = {
  minSeconds: 0.8,
  minShare: 0.12,
  /** Of the clip, of all frozen runs together: from here on it is of no use. */
  majorShare: 0.5,
} as const satisfies Thresholds

/** Runs of fewer frames are movement. */
const minRunFrames = 4
/** At its start coders still refine a still picture, by so much from frame to frame, and for so long. */
const refiningChange = 1.5
const refiningDifference = 0.3
const maxRefiningSeconds = 0.3

/** Runs of frames that show the same. */
export function stillRuns({ frames, measuredFps = 0 }: PictureEvidence): readonly Stretch[] {
  const { stillSince } = frames
  const runs: { from: number; to: number }[] = []
  for (let index = 1; index < stillSince.length; index++) {
    const from = stillSince[index] as number
    if (from === index) continue
    const last = runs.at(-1)
    if (last?.from === from) last.to = index
    else runs.push({ from, to: index })
  }
  return runs
    .filter(({ from, to }) => to - from + 1 >= minRunFrames)
    .map(({ from, to }) => ({
      from: from - refiningFrames(frames, from, maxRefiningSeconds * measuredFps),
      to,
    }))
}

function refiningFrames(
  { change, difference }: PictureEvidence['frames'],
  from: number,
  maxFrames: number,
): number {
  let count = 0
  while (
    count < Math.min(maxFrames, from) &&
    (change[from - count] as number) <= refiningChange &&
    (difference[from - count] as number) <= refiningDifference
  )
    count++
  return count
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
