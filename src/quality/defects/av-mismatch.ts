/**
 * `av_mismatch`: picture and sound that are not equally long: by more than 5 % of the longer one and more than 0.35 s. Its
 * times are those of what only one of them has.
 *
 * Both lengths are of what was decoded. Encoders pad sound by whole packets: AAC by up to 2 x 1024 samples (2 x 2048
 * in HE-AAC, 256 ms at 16 kHz) with its priming, Opus by 20 ms; viewers accept sound up to 185 ms apart (ITU-R BT.1359-1).
 * 0.35 s is beyond all of these. A sound that begins late counts only when it is shorter by as much: lengths tell no more.
 */
import type { DefectCheck } from '../defect.ts'
import { pictureSecondsOf, type SoundCheckEvidence, type SoundEvidence } from '../sound/sound-evidence.ts'

interface AvMismatchEvidence extends Pick<SoundCheckEvidence, 'probe' | 'pictureSeconds'> {
  readonly sound?: Pick<SoundEvidence, 'durationSeconds'>
}

const thresholds = { mismatchShareMin: 0.05, mismatchSecondsMin: 0.35 }

export const avMismatchCheck: DefectCheck<AvMismatchEvidence, typeof thresholds> = {
  type: 'av_mismatch',
  thresholds,
  find(evidence, limits) {
    const picture = pictureSecondsOf(evidence)
    const sound = evidence.sound?.durationSeconds ?? 0
    // Without one of them there is nothing to compare: `silent` and `empty` tell of that.
    if (!(picture > 0) || !(sound > 0)) return []
    const [startSeconds, endSeconds] = sound < picture ? [sound, picture] : [picture, sound]
    const seconds = endSeconds - startSeconds
    const share = seconds / endSeconds
    if (seconds <= limits.mismatchSecondsMin || share <= limits.mismatchShareMin) return []
    return [
      {
        type: 'av_mismatch',
        severity: 'minor',
        startSeconds,
        endSeconds,
        evidence: `picture ${picture.toFixed(2)} s, sound ${sound.toFixed(2)} s: ${(share * 100).toFixed(0)} % apart`,
      },
    ]
  },
}
