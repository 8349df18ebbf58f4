import type { Defect, DefectType } from '../../model/quality.ts'
import type { DetailMeasures, TimedDetail } from './detail-meter.ts'

/** Frames of a clip that were looked at, in ascending time. */
export interface DetailEvidence {
  readonly details: readonly TimedDetail[]
  readonly pictureSeconds: number
}

/** Frames that follow one another and show the same. */
export interface Stretch {
  readonly startSeconds: number
  readonly endSeconds: number
  /** From the last frame before it to the first one after it: it has not lasted longer than that. */
  readonly longestSeconds: number
  readonly measures: readonly DetailMeasures[]
}

/** A frame between two others that does not show it does not end a stretch, when the gap is this short. */
const gapSeconds = 0.3

/**
 * The stretches of frames that show something. What a frame shows holds half-way to those beside it, to the start of the
 * clip for the first, and to its end for the last.
 */
export function stretchesOf(
  { details, pictureSeconds }: DetailEvidence,
  shows: (measures: DetailMeasures) => boolean,
): Stretch[] {
  const borders = details.map(({ timeSeconds }, index) => {
    const before = details[index - 1]
    return before ? (before.timeSeconds + timeSeconds) / 2 : 0
  })
  borders.push(Math.max(pictureSeconds, details.at(-1)?.timeSeconds ?? 0))
  const groups: { first: number; last: number; members: number[] }[] = []
  for (const [index, { measures }] of details.entries()) {
    if (!shows(measures)) continue
    const group = groups.at(-1)
    const gap = group ? (borders[index] ?? 0) - (borders[group.last + 1] ?? 0) : Infinity
    if (group && gap <= gapSeconds) {
      group.last = index
      group.members.push(index)
    } else groups.push({ first: index, last: index, members: [index] })
  }
  return groups.map(({ first, last, members }) => ({
    startSeconds: borders[first] ?? 0,
    endSeconds: borders[last + 1] ?? pictureSeconds,
    longestSeconds:
      (details[last + 1]?.timeSeconds ?? borders.at(-1) ?? 0) - (details[first - 1]?.timeSeconds ?? 0),
    measures: members.map((index) => (details[index] as TimedDetail).measures),
  }))
}

/** The defect that a stretch is: major when it is half of the clip or strong. */
export function defectOf(
  type: DefectType,
  { startSeconds, endSeconds }: Stretch,
  pictureSeconds: number,
  isStrong: boolean,
  evidence: string,
): Defect {
  const isLong = endSeconds - startSeconds >= pictureSeconds / 2
  return { type, startSeconds, endSeconds, severity: isLong || isStrong ? 'major' : 'minor', evidence }
}

/** Of an odd number the one in the middle, of an even number the one after it; 0 of none. */
export function medianOf(values: readonly number[]): number {
  return [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0
}
