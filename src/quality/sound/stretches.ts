import { stretchesOf as runsOf } from '../stretch.ts'
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
  return runsOf((index) => marks[index] === true, marks.length).map(({ from, to }) => ({
    startSeconds: secondsOf(from),
    endSeconds: Math.min(secondsOf(to + 1), limitSeconds),
  }))
}

/** Whole hundredths, so that no time reads 0.30000000000000004. */
function secondsOf(window: number): number {
  return Math.round(window * windowSeconds * 100) / 100
}
