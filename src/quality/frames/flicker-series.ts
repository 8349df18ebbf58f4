/** Light that goes up and down from frame to frame, over windows of frames. */
import type { PictureEvidence } from '../evidence.ts'

/** Windows are this long, but have no fewer frames than `minWindow`. */
const windowSeconds = 0.5
const minWindow = 8

export interface FlickerSeries {
  /** A value for each frame: of the window around it, the median of the second differences, levels of luma. */
  readonly globalLevels: Float32Array
  readonly localLevels: Float32Array
  /** Frames of a window. */
  readonly window: number
}

export function flickerOf({ frames, times }: Pick<PictureEvidence, 'frames' | 'times'>): FlickerSeries {
  const count = times.length
  const perSecond = count > 1 ? (count - 1) / ((times.at(-1) as number) - (times[0] as number)) : 0
  const window = Math.max(minWindow, Math.round(perSecond * windowSeconds))
  const whole = secondDifferences(frames.lumaMean)
  const globalLevels = windowMedians(whole, window)
  const localLevels = new Float32Array(count)
  for (const group of groupsOf(frames)) {
    const levels = windowMedians(secondDifferences(group), window)
    for (let index = 0; index < count; index++)
      localLevels[index] = Math.max(localLevels[index] as number, levels[index] as number)
  }
  return { globalLevels, localLevels, window }
}

/** Mean luma over time of each group of 2 x 2 tiles. */
function* groupsOf({ tiles, tileColumns, tileRows }: PictureEvidence['frames']): Iterable<Float32Array> {
  const count = tileColumns * tileRows
  const frames = tiles.length / count
  for (let row = 0; row + 1 < tileRows; row++)
    for (let column = 0; column + 1 < tileColumns; column++) {
      const series = new Float32Array(frames)
      for (let frame = 0; frame < frames; frame++) {
        const at = frame * count + row * tileColumns + column
        series[frame] =
          ((tiles[at] as number) +
            (tiles[at + 1] as number) +
            (tiles[at + tileColumns] as number) +
            (tiles[at + tileColumns + 1] as number)) /
          4
      }
      yield series
    }
}

/** Of each value, how far it is from the mean of those beside it; 0 for the first and the last. */
function secondDifferences(series: Float32Array): Float32Array {
  return series.map((value, index) => {
    const before = series[index - 1]
    const after = series[index + 1]
    return before === undefined || after === undefined ? 0 : Math.abs(value - (before + after) / 2)
  })
}

/** The median of the window around each value, which is shifted inwards at the ends. */
function windowMedians(values: Float32Array, window: number): Float32Array {
  const width = Math.min(window, values.length)
  const sorted = values.slice(0, width).sort()
  const medians = new Float32Array(values.length)
  const half = width >> 1
  let start = 0
  for (let index = 0; index < values.length; index++) {
    const wanted = Math.max(0, Math.min(values.length - width, index - half))
    while (start < wanted) {
      replace(sorted, values[start] as number, values[start + width] as number)
      start++
    }
    medians[index] = sorted[half] as number
  }
  return medians
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
