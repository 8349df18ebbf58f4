/**
 * `too_short`: the picture is shorter than asked for, by more than `toleranceShare` of that and `toleranceSeconds`: models round to
 * whole latents, of four or eight frames.
 */
import type { DefectCheck, Thresholds } from '../defect.ts'
import type { ContainerEvidence } from '../evidence.ts'

const thresholds = { toleranceShare: 0.08, toleranceSeconds: 0.2 } as const satisfies Thresholds

export const tooShort: DefectCheck<ContainerEvidence, typeof thresholds> = {
  type: 'too_short',
  thresholds,
  find({ expectations, pictureSeconds }, limits) {
    const expected = expectations.durationSeconds
    if (expected === undefined) return []
    const missing = expected - pictureSeconds
    if (missing <= Math.max(limits.toleranceSeconds, limits.toleranceShare * expected)) return []
    const evidence = `${pictureSeconds.toFixed(2)} s where ${expected} s were asked for`
    return [{ type: 'too_short', startSeconds: 0, endSeconds: pictureSeconds, severity: 'major', evidence }]
  },
}
