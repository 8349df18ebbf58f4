/**
 * `loudness`: integrated loudness (ITU-R BS.1770-4) that nobody would deliver, outside -40 to -6.5 LUFS.
 *
 * Deliveries aim at -23 LUFS (EBU R 128), -24 (ATSC A/85), or some -20 to -14 for streaming (AES TD1008). -40 is 16 LU below
 * the quietest of these: next to another video it is hardly heard. -6 is 8 LU above
 * the loudest, which only distortion reaches, and a codec takes half a LU off sound that is so distorted. Sound that is silent throughout is the matter of `silent`; where no sound is expected
 * (`audio: false`) quiet sound is fine.
 */
import type { DefectCheck } from '../defect.ts'
import { isSilent, silentBelowDbfs } from '../sound/silence.ts'
import type { SoundCheckEvidence, SoundEvidence } from '../sound/sound-evidence.ts'

interface LoudnessEvidence extends Pick<SoundCheckEvidence, 'expectations'> {
  readonly sound?: Pick<SoundEvidence, 'integratedLoudnessLufs' | 'durationSeconds' | 'rms'>
}

const thresholds = { loudnessLufsMin: -40, loudnessLufsMax: -6.5 }

export const loudnessCheck: DefectCheck<LoudnessEvidence, typeof thresholds> = {
  type: 'loudness',
  thresholds,
  find({ sound, expectations }, limits) {
    const lufs = sound?.integratedLoudnessLufs
    if (!sound || lufs === undefined || isSilent(sound, silentBelowDbfs)) return []
    const isQuiet = lufs < limits.loudnessLufsMin && expectations.audio !== false
    if (!isQuiet && lufs <= limits.loudnessLufsMax) return []
    const limit = isQuiet ? `below ${limits.loudnessLufsMin}` : `above ${limits.loudnessLufsMax}`
    return [
      {
        type: 'loudness',
        severity: 'minor',
        startSeconds: 0,
        endSeconds: sound.durationSeconds,
        evidence: `${lufs.toFixed(1)} LUFS, ${limit} LUFS`,
      },
    ]
  },
}
