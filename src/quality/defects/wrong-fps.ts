/**
 * `wrong_fps`: frames per second, counted from decoded frames and their times, differ by more than `toleranceShare` from
 * what was asked for. 23.976 for 24 (SMPTE ST 2036-1 has both) differs by 0.1 %.
 */
import type { DefectCheck, Thresholds } from '../defect.ts'
import type { ContainerEvidence } from '../evidence.ts'

const thresholds = { toleranceShare: 0.01 } as const satisfies Thresholds

export const wrongFps: DefectCheck<ContainerEvidence, typeof thresholds> = {
  type: 'wrong_fps',
  thresholds,
  find({ probe, expectations, pictureSeconds, measuredFps }, limits) {
    const { fps } = expectations
    // Where too few frames tell, what the container says is all there is.
    const actual = measuredFps ?? probe.fps
    if (fps === undefined || Math.abs(actual - fps) <= limits.toleranceShare * fps) return []
    const evidence = `${actual.toFixed(2)} frames per second where ${fps} were asked for`
    return [{ type: 'wrong_fps', startSeconds: 0, endSeconds: pictureSeconds, severity: 'minor', evidence }]
  },
}
