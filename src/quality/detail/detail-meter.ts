import type { Plane } from '../plane.ts'
import { type BlockMeasures, brokenBlocksOf } from './block-damage.ts'
import { type EdgeMeasures, edgesOf } from './edges.ts'
import { blockinessOf } from './grid.ts'
import { type LevelMeasures, levelsOf } from './luma-levels.ts'
import { spatialInformationOf } from './spatial-information.ts'
import { type SpeckleMeasures, speckleOf } from './speckle.ts'

/** What one frame at its full resolution shows. */
export interface DetailMeasures extends EdgeMeasures, SpeckleMeasures, BlockMeasures, LevelMeasures {
  /** Standard deviation of the Sobel gradient, luma (ITU-T P.910). */
  readonly spatialInformation: number
  /** How much larger steps of luma are on a grid of 8 pixels than off it: 0 for none, 1 for twice as large. */
  readonly blockiness: number
}

/** The measures of a frame that was looked at, and when it is shown. */
export interface TimedDetail {
  readonly timeSeconds: number
  readonly measures: DetailMeasures
}

/**
 * Measures the luma of one frame. Rows, columns and tiles are samples of it, dense enough that a 1080p frame takes a few
 * milliseconds; the plane is only read.
 *
 * @param plane - luma as decoded, limited range, of any size; what is too small for a measure has 0 of it.
 */
export function measureDetail(plane: Plane): DetailMeasures {
  return {
    spatialInformation: spatialInformationOf(plane),
    blockiness: blockinessOf(plane),
    ...edgesOf(plane),
    ...speckleOf(plane),
    ...brokenBlocksOf(plane),
    ...levelsOf(plane),
  }
}
