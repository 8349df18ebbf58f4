/** `wrong_resolution`: pixels, as shown, are not those that were asked for. Any difference counts. */
import type { DefectCheck } from '../defect.ts'
import type { ContainerEvidence } from '../evidence.ts'

export const wrongResolution: DefectCheck<ContainerEvidence, Record<never, number>> = {
  type: 'wrong_resolution',
  thresholds: {},
  find({ probe, expectations, pictureSeconds }) {
    const { width = probe.width, height = probe.height } = expectations
    if (width === probe.width && height === probe.height) return []
    const evidence = `${probe.width} x ${probe.height} pixels where ${width} x ${height} were asked for`
    return [
      { type: 'wrong_resolution', startSeconds: 0, endSeconds: pictureSeconds, severity: 'major', evidence },
    ]
  },
}
