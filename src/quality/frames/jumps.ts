/** Frames that show something else than the one before, for good: cuts and jumps, told from fast movement and flashes. */
import { medianOf } from '../stretch.ts'
import type { FrameColumns } from './frame-meter.ts'
import { tileDistance, tileSteps } from './tile-distance.ts'

/** How many frames on each side tell what is usual. */
const neighbours = 6
/** A flash is over after so many frames. */
const flashFrames = 5
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
export function cutsOf(frames: FrameColumns, stepMin: number, ratioMin: number): readonly Jump[] {
  return jumpsOf(frames, stepMin, ratioMin).filter(({ frame, step }) => staysAway(frames, frame, step))
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
  const medians = [before, after].filter((side) => side.length > 0).map(medianOf)
  return Math.max(0, ...medians)
}

function staysAway(frames: FrameColumns, frame: number, step: number): boolean {
  const last = Math.min(frames.lumaMean.length - 1, frame + flashFrames)
  const first = Math.max(0, frame - flashFrames)
  for (let after = frame + 1; after <= last; after++)
    if (tileDistance(frames, after, frame - 1) < remaining * step) return false
  // The end of a flash comes back to what was before it.
  for (let before = first; before < frame - 1; before++)
    if (tileDistance(frames, before, frame) < remaining * step) return false
  return true
}
