import type { Defect } from '../../model/quality.ts'
import type { DefectCheck, Thresholds } from '../defect.ts'
import type { DetailMeasures } from '../detail/detail-meter.ts'
import { darkLuma } from '../detail/edges.ts'
import { type DetailEvidence, defectOf, medianOf, stretchesOf } from '../detail/stretches.ts'

/**
 * `blurred`: nothing in the picture is sharp, as under a Gaussian blur of 1/100 of its height or more.
 *
 * Sharpness is how much of its height the steepest 2 % of edges climb within 1/480 of the picture's height (widths of
 * edges: Marziliano et al., ICIP 2002): 0.08 under that blur, 0.14 with what compression adds, 0.3 to 1 in sharp pictures,
 * 0.2 in those enlarged threefold. A picture that is sharp in a thousandth of its area is not blurred (a shallow depth of
 * field), nor is one that moves one way, since edges across the motion stay sharp. Without edges it is unknown, which is
 * no defect: fog, night, an empty sky.
 */
const thresholds = {
  /** Share of an edge's height. */
  sharpnessMax: 0.15,
  /** The same, in the dark, where the glow of lights is all that has edges. */
  darkSharpnessMax: 0.13,
  /** The same, of the sharpest thousandth of the picture. */
  peakSharpnessMax: 0.3,
  minSeconds: 0.7,
} as const satisfies Thresholds

/** A Gaussian blur of about 1/60 of the height. */
const strongSharpness = 0.06

function isBlurred(measures: DetailMeasures, limits: typeof thresholds): boolean {
  const { sharpness, peakSharpness, meanLuma } = measures
  const sharpnessMax = meanLuma < darkLuma ? limits.darkSharpnessMax : limits.sharpnessMax
  return sharpness !== undefined && sharpness <= sharpnessMax && peakSharpness <= limits.peakSharpnessMax
}

export const blurred: DefectCheck<DetailEvidence, typeof thresholds> = {
  type: 'blurred',
  thresholds,
  find(evidence, limits): readonly Defect[] {
    const { details, pictureSeconds } = evidence
    return stretchesOf(evidence, (measures) => isBlurred(measures, limits))
      .filter(
        ({ startSeconds, endSeconds, measures }) =>
          endSeconds - startSeconds >= limits.minSeconds || measures.length === details.length,
      )
      .map((stretch) => {
        const sharpness = medianOf(stretch.measures.map((measures) => measures.sharpness ?? 0))
        const words = `blurred everywhere: the steepest edges climb ${(100 * sharpness).toFixed(0)} % of their height within 1/480 of the picture's, sharp ones 30 % or more`
        return defectOf('blurred', stretch, pictureSeconds, sharpness <= strongSharpness, words)
      })
  },
}
