import { windowSeconds } from './sound-evidence.ts'

/** Seconds of the sound. */
export interface Stretch {
  readonly startSeconds: number
  readonly endSeconds: number
}

/**
 * The stretches of windows that are marked, sorted by start.
 *
 * @param marks - one for each window.
 * @param limitSeconds - where the sound ends: the last window may be shorter than the others.
 */
export function stretchesOf(marks: readonly boolean[], limitSeconds: number): Stretch[] {
  const stretches: Stretch[] = []
  let begin = -1
  for (let index = 0; index <= marks.length; index++) {
    if (marks[index] === true) {
      if (begin < 0) begin = index
    } else if (begin >= 0) {
      stretches.push({ startSeconds: secondsOf(begin), endSeconds: Math.min(secondsOf(index), limitSeconds) })
      begin = -1
    }
  }
  return stretches
}

/** Whole hundredths, so that no time reads 0.30000000000000004. */
function secondsOf(window: number): number {
  return Math.round(window * windowSeconds * 100) / 100
}
