import type { Defect } from '../../model/quality.ts'
import type { DefectCheck, Thresholds } from '../defect.ts'
import type { DetailMeasures } from '../detail/detail-meter.ts'
import { type DetailEvidence, defectOf, stretchesOf } from '../detail/stretches.ts'
import { isNoise } from './noise.ts'

/**
 * `blocky`: the picture falls into what coders are made of. Three ways:
 *
 * - Lost blocks: blocks of 8, 16 or 32 pixels, each alone, that do not fit their surroundings on any side. Photographs
 *   have up to 0.0003 of the picture in such blocks, one with 5 % of its blocks displaced 0.005 and more, since not each
 *   can be seen.
 * - A mosaic: such blocks side by side, of many lumas. Of a few they are a pattern: a chess board, pixel art.
 * - Bands: only up to 12 lumas are left, at equal distances, and steps lead from each to the next.
 *
 * Borders of blocks are judged by the step across them against the slopes beside them, as in the blockiness of Wang,
 * Sheikh and Bovik (ICIP 2002), but block by block. Compression as it should be leaves none
 * of the three: deblocking filters smooth the steps of H.264 at CRF 36.
 */
const thresholds = {
  /** Share of the picture. */
  loneBrokenMin: 0.003,
  /** Share of the picture, for a mosaic. */
  brokenMin: 0.01,
  brokenLumasMin: 9,
  /** 0 to 1. */
  levelFitMin: 0.9,
  /** The fewest levels that can be told from a drawing in flat colours. */
  levelsMin: 3,
  levelsMax: 12,
  /** A stretch that can have lasted as long counts. */
  minSeconds: 0.25,
} as const satisfies Thresholds
type Limits = typeof thresholds

/** So much that most of the picture is lost. */
const strongBroken = 0.05

/** What is wrong with the frame, in words with numbers; undefined when nothing is. */
function faultOf(measures: DetailMeasures, limits: Limits): string | undefined {
  if (isNoise(measures)) return undefined
  const { brokenBlocks, loneBrokenBlocks, brokenLumas, levelCount, levelDistance } = measures
  const share = `${(100 * brokenBlocks).toFixed(1)} % of the picture`
  const isLone = loneBrokenBlocks >= limits.loneBrokenMin && loneBrokenBlocks >= brokenBlocks / 4
  if (isLone) return `lost blocks: ${share} is blocks that fit their surroundings on no side`
  if (brokenBlocks >= limits.brokenMin && brokenLumas >= limits.brokenLumasMin)
    return `a mosaic: ${share} is blocks that step on all sides, of ${brokenLumas.toFixed(0)} lumas`
  if (isBanded(measures, limits))
    return `bands: luma has ${levelCount} levels left, ${levelDistance.toFixed(1)} apart`
  return undefined
}

/** Few levels can lie at equal distances by chance, as the colours of a drawing: then they must do so exactly. */
function isBanded(measures: DetailMeasures, limits: Limits): boolean {
  const { levelFit, levelCount, levelRange, levelError, levelNeighbours, levelDistance, flatShare } = measures
  if (flatShare < 0.005 || levelFit < limits.levelFitMin) return false
  if (levelCount < limits.levelsMin || levelRange > limits.levelsMax) return false
  if (levelCount < 5)
    return levelCount === levelRange && levelFit >= 0.97 && levelError <= 1.2 && levelNeighbours >= 0.65
  if (levelNeighbours < 0.35 || levelError > Math.min(2.5, levelDistance / 10)) return false
  return levelCount >= 0.7 * levelRange || (levelCount >= 0.5 * levelRange && levelFit >= 0.97)
}

export const blocky: DefectCheck<DetailEvidence, Limits> = {
  type: 'blocky',
  thresholds,
  find(evidence, limits): readonly Defect[] {
    return stretchesOf(evidence, (measures) => faultOf(measures, limits) !== undefined)
      .filter(({ longestSeconds }) => longestSeconds >= limits.minSeconds)
      .map((stretch) => {
        const worst = stretch.measures.reduce((one, other) =>
          other.brokenBlocks > one.brokenBlocks ? other : one,
        )
        const isStrong = worst.brokenBlocks >= strongBroken
        return defectOf('blocky', stretch, evidence.pictureSeconds, isStrong, faultOf(worst, limits) ?? '')
      })
  },
}
