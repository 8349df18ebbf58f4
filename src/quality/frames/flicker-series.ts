/**
 * Light that goes up and down from frame to frame, over windows of frames. In parts of the picture it is measured twice,
 * where it is seen, and on blocks followed to where they came from: what moves changes only the first, what breaks the
 * search only the second.
 */
import type { PictureEvidence } from '../evidence.ts'

/** Windows are this long, but have no fewer frames than `minWindow`. */
const windowSeconds = 0.7
const minWindow = 8
/** Light that changes each third frame only leaves a third of the frames as they are: they must not tell. */
const lowShare = 0.4

export interface FlickerSeries {
  /** A value for each frame: of the window around it, what most second differences pass, levels of luma. */
  readonly globalLevels: Float32Array
  readonly localLevels: Float32Array
  /** Frames of a window. */
  readonly window: number
}

export function flickerOf({ frames, times }: Pick<PictureEvidence, 'frames' | 'times'>): FlickerSeries {
  const count = times.length
  const perSecond = count > 1 ? (count - 1) / ((times.at(-1) as number) - (times[0] as number)) : 0
  const window = Math.max(minWindow, Math.round(perSecond * windowSeconds))
  const { tiles, tileColumns, tileRows, shifts, shiftColumns, shiftRows } = frames
  const still = levelsOf(groupsOf(tiles, tileColumns, tileRows).map(secondDifferences), count, window)
  const moved = levelsOf(groupsOf(shifts, shiftColumns, shiftRows).map(halfSteps), count, window)
  return {
    globalLevels: levelsOf([secondDifferences(frames.lumaMean)], count, window),
    localLevels: still.map((level, index) => Math.min(level, moved[index] as number)),
    window,
  }
}

/** Of the window around each frame the greatest level of all series. */
function levelsOf(series: readonly Float32Array[], count: number, window: number): Float32Array {
  const greatest = new Float32Array(count)
  for (const values of series) {
    const levels = windowLevels(values, window)
    for (let index = 0; index < count; index++)
      greatest[index] = Math.max(greatest[index] as number, levels[index] as number)
  }
  return greatest
}

/** The mean over time of each group of 2 x 2 cells of a grid. */
function groupsOf(values: Float32Array, columns: number, rows: number): Float32Array[] {
  const count = columns * rows
  const frames = values.length / count
  const groups: Float32Array[] = []
  for (let row = 0; row + 1 < rows; row++)
    for (let column = 0; column + 1 < columns; column++) {
      const series = new Float32Array(frames)
      for (let frame = 0; frame < frames; frame++) {
        const at = frame * count + row * columns + column
        series[frame] =
          ((values[at] as number) +
            (values[at + 1] as number) +
            (values[at + columns] as number) +
            (values[at + columns + 1] as number)) /
          4
      }
      groups.push(series)
    }
  return groups
}

/** Of changes from frame to frame, what `secondDifferences` is of the values themselves. */
function halfSteps(changes: Float32Array): Float32Array {
  return changes.map((change, index) => {
    const next = changes[index + 1]
    return index === 0 || next === undefined ? 0 : Math.abs(next - change) / 2
  })
}

/** Of each value, how far it is from the mean of those beside it; 0 for the first and the last. */
function secondDifferences(series: Float32Array): Float32Array {
  return series.map((value, index) => {
    const before = series[index - 1]
    const after = series[index + 1]
    return before === undefined || after === undefined ? 0 : Math.abs(value - (before + after) / 2)
  })
}

/** What two fifths of the window around each value do not pass; it is shifted inwards at the ends. */
function windowLevels(values: Float32Array, window: number): Float32Array {
  const width = Math.min(window, values.length)
  const sorted = values.slice(0, width).sort()
  const levels = new Float32Array(values.length)
  const half = width >> 1
  const low = Math.floor(width * lowShare)
  let start = 0
  for (let index = 0; index < values.length; index++) {
    const wanted = Math.max(0, Math.min(values.length - width, index - half))
    while (start < wanted) {
      replace(sorted, values[start] as number, values[start + width] as number)
      start++
    }
    levels[index] = sorted[low] as number
  }
  return levels
}

/** Takes one value out of an ascending list, and puts another in. */
function replace(sorted: Float32Array, out: number, into: number): void {
  let at = sorted.indexOf(out)
  while (at + 1 < sorted.length && (sorted[at + 1] as number) < into) {
    sorted[at] = sorted[at + 1] as number
    at++
  }
  while (at > 0 && (sorted[at - 1] as number) > into) {
    sorted[at] = sorted[at - 1] as number
    at--
  }
  sorted[at] = into
}

/** Of the frames, so many change most by cuts and flashes: they do not count. */
const ignoredShare = 0.1

/**
 * How far tiles are from the mean of the frames before and after, levels of luma: mean over tiles and frames. Steady
 * movement changes tiles steadily, so that it hardly counts. NaN for fewer than three frames.
 */
export function tileFlicker({ tiles, tileColumns, tileRows }: PictureEvidence['frames']): number {
  const count = tileColumns * tileRows
  const frames = tiles.length / count
  const levels = new Float32Array(Math.max(0, frames - 2))
  for (let frame = 1; frame < frames - 1; frame++) {
    let sum = 0
    for (let at = frame * count; at < (frame + 1) * count; at++)
      sum += Math.abs(
        (tiles[at] as number) - ((tiles[at - count] as number) + (tiles[at + count] as number)) / 2,
      )
    levels[frame - 1] = sum / count
  }
  const kept = levels.sort().subarray(0, Math.ceil(levels.length * (1 - ignoredShare)))
  return kept.length > 0 ? kept.reduce((sum, level) => sum + level, 0) / kept.length : Number.NaN
}
