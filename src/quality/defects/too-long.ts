/**
 * `too_long`: the picture is longer than asked for, by more than `toleranceShare` of that and `toleranceSeconds`: models round to
 * whole latents, of four or eight frames.
 */
import type { DefectCheck, Thresholds } from '../defect.ts'
import type { ContainerEvidence } from '../evidence.ts'

const thresholds = { toleranceShare: 0.08, toleranceSeconds: 0.2 } as const satisfies Thresholds

export const tooLong: DefectCheck<ContainerEvidence, typeof thresholds> = {
  type: 'too_long',
  thresholds,
  find({ expectations, pictureSeconds }, limits) {
    const expected = expectations.durationSeconds
    if (expected === undefined) return []
    const more = pictureSeconds - expected
    if (more <= Math.max(limits.toleranceSeconds, limits.toleranceShare * expected)) return []
    const evidence = `${pictureSeconds.toFixed(2)} s where ${expected} s were asked for`
    return [{ type: 'too_long', startSeconds: 0, endSeconds: pictureSeconds, severity: 'minor', evidence }]
  },
}
