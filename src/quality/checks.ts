/** Every check there is. Adding one is a file in `defects/` and a line here. */
import type { DefectCheck } from './defect.ts'
import { abruptCut } from './defects/abrupt-cut.ts'
import { avMismatchCheck } from './defects/av-mismatch.ts'
import { black } from './defects/black.ts'
import { blocky } from './defects/blocky.ts'
import { blurred } from './defects/blurred.ts'
import { clippingCheck } from './defects/clipping.ts'
import { colourDrift } from './defects/colour-drift.ts'
import { flicker } from './defects/flicker.ts'
import { frozen } from './defects/frozen.ts'
import { ghostFrames } from './defects/ghost-frames.ts'
import { loopSeam } from './defects/loop-seam.ts'
import { loudnessCheck } from './defects/loudness.ts'
import { noise } from './defects/noise.ts'
import { silentCheck } from './defects/silent.ts'
import { tooLong } from './defects/too-long.ts'
import { tooShort } from './defects/too-short.ts'
import { wrongFps } from './defects/wrong-fps.ts'
import { wrongResolution } from './defects/wrong-resolution.ts'
import type { VideoEvidence } from './evidence.ts'

/** Those that a file is judged by before anything of it is measured, `unreadable` and `empty`, are not among them. */
export const checks: readonly DefectCheck<VideoEvidence>[] = [
  wrongResolution,
  wrongFps,
  tooShort,
  tooLong,
  black,
  frozen,
  flicker,
  noise,
  blurred,
  blocky,
  abruptCut,
  loopSeam,
  colourDrift,
  ghostFrames,
  silentCheck,
  clippingCheck,
  loudnessCheck,
  avMismatchCheck,
]
