import type { DefectType } from '../../../../src/model/quality.ts'
import { abruptCut } from './abrupt-cut.ts'
import { avMismatch } from './av-mismatch.ts'
import { black } from './black.ts'
import { blocky } from './blocky.ts'
import { blurred } from './blurred.ts'
import { clipping } from './clipping.ts'
import { colourDrift } from './colour-drift.ts'
import { empty } from './empty.ts'
import { flicker } from './flicker.ts'
import { frozen } from './frozen.ts'
import { ghostFrames } from './ghost-frames.ts'
import type { Injection } from './inject.ts'
import { loopSeam } from './loop-seam.ts'
import { loudness } from './loudness.ts'
import { noise } from './noise.ts'
import { silent } from './silent.ts'
import { tooLong } from './too-long.ts'
import { tooShort } from './too-short.ts'
import { unreadable } from './unreadable.ts'
import { wrongFps } from './wrong-fps.ts'
import { wrongResolution } from './wrong-resolution.ts'

/** Every type of defect, by its name. */
export const injections: Readonly<Record<DefectType, Injection>> = {
  unreadable,
  empty,
  wrong_resolution: wrongResolution,
  wrong_fps: wrongFps,
  too_short: tooShort,
  too_long: tooLong,
  black,
  frozen,
  flicker,
  noise,
  blurred,
  blocky,
  abrupt_cut: abruptCut,
  loop_seam: loopSeam,
  colour_drift: colourDrift,
  ghost_frames: ghostFrames,
  silent,
  clipping,
  loudness,
  av_mismatch: avMismatch,
}
