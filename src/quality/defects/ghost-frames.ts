/**
 * `ghost_frames`: judder: frames shown twice, left out, or mixed of those beside them, again and again while things move.
 *
 * Against the usual change around it (median of the frames near): a doubled frame hardly changes, at a gap the change is
 * about twice as large, a mixed frame is the mean of its neighbours, which a frame of its own is not. A few are chance:
 * they count from `shareMin` of the moving frames on. Where coding has blurred the difference, mixed frames still are nearer
 * to that mean than both neighbours, at even distances and for long.
 */
import type { Defect } from '../../model/quality.ts'
import type { DefectCheck, Thresholds } from '../defect.ts'
import type { PictureEvidence } from '../evidence.ts'
import { medianOf, quantileOf, secondsOf } from '../stretch.ts'

const thresholds = {
  /** Usual difference of luma from frame to frame, from which on a picture moves: below, coders skip frames. */
  movingMin: 1,
  /** Length of the usual vector as a share of the picture's diagonal: below, things change in their places. */
  motionMin: 0.0012,
  doubledMax: 0.25,
  /** Of a gap, how much larger than usual the change is; and how far beyond what changes vary by, in median deviations. */
  gapMin: 1.6,
  gapDeviations: 8,
  oneGapFpsMin: 12,
  /** … how much the frames beside it may differ from the usual, and what is left when blocks are moved, against the usual. */
  besideMax: 1.35,
  residualMax: 2.8,
  residualShareMax: 0.6,
  /** Difference from the mean of the neighbours, of the difference between these: at most, and as a share of the usual. */
  mixedMax: 0.15,
  mixedStillMax: 0.05,
  mixedShareMax: 0.36,
  /** … of both neighbours, where it comes at even distances, this often in a row, in such a share of the moving frames. */
  evenShareMax: 0.65,
  evenRunMin: 8,
  evenFramesMin: 0.25,
  /** A fade is everywhere the mean of what is before and after: light may change by this share of all that changes. */
  fadeShareMax: 0.3,
  /** Of the moving frames, for doubled and mixed ones. */
  shareMin: 0.04,
  countMin: 3,
} as const satisfies Thresholds

/** Frames on each side that tell what is usual. */
const reach = 5

export const ghostFrames: DefectCheck<PictureEvidence, typeof thresholds> = {
  type: 'ghost_frames',
  thresholds,
  find(evidence, limits): readonly Defect[] {
    const usual = usualDifferences(evidence.frames.difference)
    const isMoving = (index: number) => (usual[index] as number) >= limits.movingMin
    const { difference } = evidence.frames
    const kinds = [
      {
        words: 'twice',
        least: limits,
        // By itself: where several stand still, the movement has paused.
        isGhost: (index: number) =>
          (difference[index] as number) <= limits.doubledMax * (usual[index] as number) &&
          [index - 1, index + 1].every(
            (beside) => (difference[beside] ?? 0) > limits.doubledMax * (usual[index] as number),
          ),
      },
      {
        words: 'after a gap',
        // One gap tells where there are frames enough to know what is usual.
        least: { shareMin: 0, countMin: (evidence.measuredFps ?? 0) >= limits.oneGapFpsMin ? 1 : 2 },
        isGhost: gaps(evidence, usual, limits),
      },
      {
        words: 'as a mixture of those beside them',
        least: limits,
        isGhost: mixtures(evidence, limits, isMoving),
      },
    ]
    return kinds.flatMap(({ words, least, isGhost }) => {
      const isFound = (index: number) => index > 0 && isMoving(index) && isGhost(index)
      return judge(evidence, isMoving, isFound, words, least)
    })
  },
}

function judge(
  evidence: PictureEvidence,
  isMoving: (index: number) => boolean,
  isFound: (index: number) => boolean,
  words: string,
  least: { readonly shareMin: number; readonly countMin: number },
): Defect[] {
  const frames = evidence.times.length
  const indices = Array.from({ length: frames }, (_, index) => index)
  const found = indices.filter(isFound)
  const moving = indices.filter(isMoving).length
  if (found.length < least.countMin || found.length < least.shareMin * moving) return []
  const whole = { from: found[0] ?? 0, to: found.at(-1) ?? frames - 1 }
  return [
    {
      ...{ type: 'ghost_frames', severity: 'minor', ...secondsOf(whole, evidence) },
      evidence: `${found.length} of ${moving} moving frames come ${words}`,
    },
  ]
}

/** Where more changes at once than around it, or a time is left out. */
function gaps({ frames, times }: PictureEvidence, usual: Float32Array, limits: typeof thresholds) {
  const stepSeconds = medianOf(times.slice(1).map((time, index) => time - (times[index] as number)))
  const { difference, motion, residual } = frames
  const usualMotion = usualDifferences(motion)
  const usualResidual = usualDifferences(residual)
  return (index: number) => {
    if ((times[index] as number) - (times[index - 1] as number) > limits.gapMin * stepSeconds) return true
    const near = nearbyOf(difference, index)
    const usualHere = usual[index] as number
    const deviation = quantileOf(
      near.map((value) => Math.abs(value - usualHere)),
      0.5,
    )
    const here = difference[index] as number
    return (
      index > reach / 2 &&
      index + reach / 2 < difference.length &&
      here >= limits.gapMin * usualHere &&
      here - usualHere >= limits.gapDeviations * deviation &&
      (motion[index] as number) >= limits.gapMin * (usualMotion[index] as number) &&
      (usualMotion[index] as number) >= limits.motionMin &&
      (residual[index] as number) <= limits.residualMax * (usualResidual[index] as number) &&
      (residual[index] as number) <= limits.residualShareMax * here &&
      [index - 1, index + 1].every((beside) => (difference[beside] ?? 0) <= limits.besideMax * usualHere)
    )
  }
}

/** Where a frame is nearer to the mean of its neighbours than frames around it are to theirs. */
function mixtures(
  { frames }: PictureEvidence,
  limits: typeof thresholds,
  isMoving: (index: number) => boolean,
) {
  const { midDifference, spanDifference, lumaMean, motion } = frames
  const ratios = midDifference.map((value, index) => value / Math.max(0.1, spanDifference[index] as number))
  const usual = usualDifferences(ratios)
  // Around a mixed frame things move half as far, and coding may show that as none.
  const movesAt = (index: number) => quantileOf(nearbyOf(motion, index), 0.7) >= limits.motionMin
  const isFade = (index: number) => {
    const light = Math.abs((lumaMean[index + 1] ?? 0) - (lumaMean[index - 1] ?? 0))
    return light > limits.fadeShareMax * (spanDifference[index] as number)
  }
  const isLow = (index: number) =>
    index > 1 &&
    index + 2 < ratios.length &&
    movesAt(index) &&
    isMoving(index) &&
    !isFade(index) &&
    (ratios[index] as number) <=
      limits.evenShareMax * Math.min(ratios[index - 1] as number, ratios[index + 1] as number)
  const even = evenRuns(ratios.length, isLow, limits.evenRunMin)
  const moving = ratios.reduce((count, _, index) => count + (isMoving(index) ? 1 : 0), 0)
  const isEven = even.frames >= limits.evenFramesMin * moving
  return (index: number) => {
    if (isEven && even.members.has(index)) return true
    const most = movesAt(index) ? limits.mixedMax : limits.mixedStillMax
    return (
      (ratios[index] as number) <= Math.min(most, limits.mixedShareMax * (usual[index] as number)) &&
      !isFade(index)
    )
  }
}

/** Distances at which rates are raised: every second frame to every fifth. */
const distances = [2, 3, 4, 5] as const

/** Frames that are chosen at one even distance, in runs of at least so many; and how many frames the runs are long. */
function evenRuns(count: number, isChosen: (index: number) => boolean, runMin: number) {
  const chosen = Array.from({ length: count }, (_, index) => isChosen(index))
  let best: { readonly members: ReadonlySet<number>; readonly frames: number } = {
    members: new Set(),
    frames: 0,
  }
  for (const distance of distances) {
    const members = new Set<number>()
    for (let phase = 0; phase < distance; phase++) {
      let run: number[] = []
      for (let index = phase; index < count + distance; index += distance) {
        if (chosen[index]) run.push(index)
        else {
          if (run.length >= runMin) for (const member of run) members.add(member)
          run = []
        }
      }
    }
    if (members.size * distance > best.frames) best = { members, frames: members.size * distance }
  }
  return best
}

/** The median of the values around each, without itself. */
function usualDifferences(values: Float32Array): Float32Array {
  return values.map((_, index) => {
    const near = nearbyOf(values, index)
    return near.length > 0 ? medianOf(near) : 0
  })
}

function nearbyOf(values: Float32Array, index: number): readonly number[] {
  return [...values.slice(Math.max(1, index - reach), index), ...values.slice(index + 1, index + 1 + reach)]
}
