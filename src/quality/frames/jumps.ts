/** Frames that show something else than the one before, for good: cuts and jumps, told from fast movement and flashes. */
import type { PictureEvidence } from '../evidence.ts'
import type { FrameColumns } from './frame-meter.ts'
import { tileDistance, tileSteps } from './tile-distance.ts'

/** How many frames on each side tell what is usual. */
const neighbours = 6
/** A flash is over after this long, and no fewer frames. */
const flashSeconds = 1
const minFlashFrames = 5
/** What is drawn on twos or threes moves in some frames only: the fourth fifth of the changes around is the usual one. */
const usualShare = 0.8
/** After a jump this much of the distance remains. */
const remaining = 0.6

/** One jump, between the frame before `frame` and it. */
export interface Jump {
  readonly frame: number
  /** Mean change of the tiles, levels of luma. */
  readonly step: number
  /** How many times the usual change around it. */
  readonly ratio: number
  /** The usual change around it. */
  readonly usual: number
}

/** Jumps after which nothing comes back: not flashes. @param stepMin, ratioMin - the least that is a jump. */
export function cutsOf(
  { frames, measuredFps = 0 }: Pick<PictureEvidence, 'frames' | 'measuredFps'>,
  stepMin: number,
  ratioMin: number,
): readonly Jump[] {
  const flashFrames = Math.max(minFlashFrames, Math.round(flashSeconds * measuredFps))
  return jumpsOf(frames, stepMin, ratioMin).filter(({ frame, step }) =>
    staysAway(frames, frame, step, flashFrames),
  )
}

/** @param stepMin, ratioMin - the least that is a jump. */
export function jumpsOf(frames: FrameColumns, stepMin: number, ratioMin: number): readonly Jump[] {
  const steps = tileSteps(frames)
  const jumps: Jump[] = []
  for (let frame = 1; frame < steps.length; frame++) {
    const step = steps[frame] as number
    if (step < stepMin) continue
    const usual = usualStep(steps, frame)
    const ratio = step / Math.max(0.05, usual)
    if (ratio >= ratioMin) jumps.push({ frame, step, ratio, usual })
  }
  return jumps
}

/** The greater of the usual steps before and after: what begins to move fast at once is no jump. */
function usualStep(steps: Float32Array, frame: number): number {
  const before = steps.slice(Math.max(1, frame - neighbours), frame)
  const after = steps.slice(frame + 1, frame + 1 + neighbours)
  const usual = [before, after].map((side) => side.sort()[Math.floor((side.length - 1) * usualShare)] ?? 0)
  return Math.max(...usual)
}

/** Whether nothing soon after it is like anything shortly before: when a flash fades, what was there comes back. */
function staysAway(frames: FrameColumns, frame: number, step: number, flashFrames: number): boolean {
  const last = Math.min(frames.lumaMean.length - 1, frame + flashFrames)
  const first = Math.max(0, frame - flashFrames)
  for (let before = first; before < frame; before++)
    for (let after = frame; after <= last; after++)
      if (tileDistance(frames, before, after) < remaining * step) return false
  return true
}
