/**
 * One number for a video, with its parts. `qualityScore` is the geometric mean of the parts of the picture, multiplied by
 * `soundness`: 1 without defects, half of it for each minor one, 0 with a major one. The constants put the middle of clean
 * clips near 0.9; they are a convention, made to compare videos of one model with each other.
 */
import type { Defect, QualityMetrics } from '../model/quality.ts'

/** Sharpness at which a picture counts as fully sharp, and levels at which a part has fallen to 1 / e. */
const fullSharpness = 0.5
const flickerLevels = 6
const noiseLevels = 25
const blockinessLevels = 2

/** Each 0..1. What was not measured has no part. */
export function scorePartsOf(
  metrics: QualityMetrics,
  defects: readonly Defect[],
): Readonly<Record<string, number>> {
  const { blackShare, frozenShare, sharpness, residualFlicker, noise, blockiness, motionSmoothness } = metrics
  const fading = (value: number | undefined, levels: number) =>
    value === undefined ? undefined : Math.exp(-value / levels)
  const parts: Readonly<Record<string, number | undefined>> = {
    visible: blackShare === undefined ? undefined : 1 - blackShare,
    moving: frozenShare === undefined ? undefined : 1 - frozenShare,
    sharp: sharpness === undefined ? undefined : Math.min(1, sharpness / fullSharpness),
    steady: fading(residualFlicker, flickerLevels),
    clean: fading(noise, noiseLevels),
    whole: fading(blockiness, blockinessLevels),
    smooth: motionSmoothness,
    soundness: defects.some(({ severity }) => severity === 'major') ? 0 : 0.5 ** defects.length,
  }
  return Object.fromEntries(
    Object.entries(parts).flatMap(([name, part]) =>
      part === undefined ? [] : [[name, Math.min(1, Math.max(0, part))]],
    ),
  )
}

export function qualityScoreOf({ soundness = 1, ...parts }: Readonly<Record<string, number>>): number {
  const values = Object.values(parts)
  if (values.length === 0) return 0
  const product = values.reduce((all, part) => all * part, 1)
  return soundness * product ** (1 / values.length)
}
