/** The measures of a whole video, from those of its frames. Each is defined in `docs/quality.md`. */
import type { QualityMetrics } from '../model/quality.ts'
import { blankFrames } from './defects/black.ts'
import { stillRuns } from './defects/frozen.ts'
import type { VideoEvidence } from './evidence.ts'
import { tileFlicker } from './frames/flicker-series.ts'
import { medianOf, type Stretch, secondsOf, stretchesOf } from './stretch.ts'

/** Standing still for less than this is part of moving. */
const stillMinSeconds = 0.5

export function metricsOf(evidence: VideoEvidence): QualityMetrics {
  const { frames, pixels, details, times, probe, pictureSeconds, sound } = evidence
  const count = times.length
  if (count === 0) return {}
  const perSecond = evidence.measuredFps ?? 0
  const motion = meanOf(frames.motion.subarray(1))
  const change = meanOf(frames.motionChange.subarray(2))
  const detail = (of: 'sharpness' | 'blockiness' | 'noise') =>
    medianOf(details.map(({ measures }) => measures[of]).filter((value) => value !== undefined))
  return known({
    spatialInformation: maxOf(
      pixels.spatialInformation ?? details.map(({ measures }) => measures.spatialInformation),
    ),
    temporalInformation: maxOf(pixels.temporalInformation.subarray(1)),
    temporalFlicker: (255 - meanOf(pixels.meanAbsoluteError.subarray(1))) / 255,
    residualFlicker: tileFlicker(frames),
    sharpness: detail('sharpness'),
    blockiness: detail('blockiness'),
    noise: detail('noise'),
    motion: motion * perSecond,
    motionSmoothness: motion + change > 0 ? motion / (motion + change) : Number.NaN,
    blackShare: blankSeconds(evidence) / pictureSeconds,
    frozenShare: stillSeconds(evidence) / pictureSeconds,
    colourfulness: meanOf(frames.colourfulness),
    loudnessLufs: sound?.integratedLoudnessLufs ?? Number.NaN,
    bitsPerPixel: (probe.sizeBytes * 8) / (count * probe.width * probe.height),
  })
}

function blankSeconds(evidence: VideoEvidence): number {
  const blank = blankFrames(evidence)
  return totalSeconds(
    stretchesOf((index) => blank[index] === true, blank.length),
    evidence,
  )
}

function stillSeconds(evidence: VideoEvidence): number {
  const runs = stillRuns(evidence).filter((run) => {
    const { startSeconds, endSeconds } = secondsOf(run, evidence)
    return endSeconds - startSeconds >= stillMinSeconds
  })
  return totalSeconds(runs, evidence)
}

function totalSeconds(stretches: readonly Stretch[], evidence: VideoEvidence): number {
  return stretches.reduce((total, stretch) => {
    const { startSeconds, endSeconds } = secondsOf(stretch, evidence)
    return total + endSeconds - startSeconds
  }, 0)
}

/** NaN, as of none, is not known, and left out. */
function known(metrics: Readonly<Record<string, number>>): QualityMetrics {
  return Object.fromEntries(Object.entries(metrics).filter(([, value]) => Number.isFinite(value)))
}

function meanOf(values: Float32Array): number {
  return values.length > 0 ? values.reduce((sum, value) => sum + value, 0) / values.length : Number.NaN
}

function maxOf(values: Iterable<number>): number {
  let most = Number.NEGATIVE_INFINITY
  for (const value of values) most = Math.max(most, value)
  return most
}
