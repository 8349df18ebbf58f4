/**
 * `silent`: sound that is not there.
 *
 * - No sound track where sound is expected: major, the whole clip.
 * - A track in which every window of 100 ms is below -60 dBFS RMS, in its loudest channel and about its mean: major, the
 *   whole clip. A track without a single sample is one.
 * - Silence in one piece for at least 40 % of the sound and about 2 s: minor, where it is. A pause of speech is shorter than
 *   1.5 s; of the 2 s a quarter is forgiven, because codecs smear sound into both ends of a silence, by up to 100 ms.
 * - The same of one second, where it lasts to the end and is below -90 dBFS RMS: no microphone is as quiet as that.
 *
 * Where no sound is expected (`audio: false`) silence is no defect. The level is that which ffmpeg's `silencedetect` has by
 * default: -60 dB.
 */
import type { Defect } from '../../model/quality.ts'
import type { DefectCheck } from '../defect.ts'
import { isSilent, silentBelowDbfs, silentWindows } from '../sound/silence.ts'
import { pictureSecondsOf, type SoundCheckEvidence } from '../sound/sound-evidence.ts'
import { stretchesOf } from '../sound/stretches.ts'

type SilentEvidence = Pick<SoundCheckEvidence, 'probe' | 'expectations' | 'pictureSeconds'> & {
  readonly sound?: Pick<NonNullable<SoundCheckEvidence['sound']>, 'rms' | 'measuredSeconds'>
}

const thresholds = {
  silentBelowDbfs,
  silentShareMin: 0.4,
  silentSecondsMin: 1.75,
  /** Of a sound that ends before its track does. */
  digitalBelowDbfs: -90,
  endSecondsMin: 1,
}

export const silentCheck: DefectCheck<SilentEvidence, typeof thresholds> = {
  type: 'silent',
  thresholds,
  find(evidence, limits) {
    const { sound, probe, expectations } = evidence
    if (expectations.audio === false) return []
    const whole = { type: 'silent', severity: 'major', startSeconds: 0 } as const
    const endSeconds = Math.max(pictureSecondsOf(evidence), sound?.measuredSeconds ?? 0)
    if (!probe.audio) {
      if (expectations.audio !== true) return []
      return [{ ...whole, endSeconds, evidence: 'sound is expected, and there is no sound track' }]
    }
    if (!sound) return []
    if (isSilent(sound, limits.silentBelowDbfs))
      return [{ ...whole, endSeconds, evidence: `${loudestOf(sound.rms)} throughout` }]
    return longSilences(sound, limits)
  },
}

function longSilences(sound: NonNullable<SilentEvidence['sound']>, limits: typeof thresholds): Defect[] {
  const silencesBelow = (dbfs: number, secondsMin: number) =>
    stretchesOf(silentWindows(sound, dbfs), sound.measuredSeconds).filter(
      ({ startSeconds, endSeconds }) => endSeconds - startSeconds >= secondsMin,
    )
  const long = silencesBelow(limits.silentBelowDbfs, limits.silentSecondsMin)
  const last = silencesBelow(limits.digitalBelowDbfs, limits.endSecondsMin).filter(
    ({ endSeconds }) => endSeconds >= sound.measuredSeconds && long.at(-1)?.endSeconds !== endSeconds,
  )
  return [...long, ...last].flatMap(({ startSeconds, endSeconds }) => {
    const seconds = endSeconds - startSeconds
    const share = seconds / sound.measuredSeconds
    if (share < limits.silentShareMin) return []
    const evidence = `below ${limits.silentBelowDbfs} dBFS RMS for ${seconds.toFixed(1)} s, ${(share * 100).toFixed(0)} % of the sound`
    return [{ type: 'silent', severity: 'minor', startSeconds, endSeconds, evidence } as const]
  })
}

function loudestOf(rms: Float32Array): string {
  const loudest = rms.reduce((highest, value) => Math.max(highest, value), 0)
  if (loudest === 0) return rms.length === 0 ? 'no samples' : 'digital silence'
  return `at most ${(20 * Math.log10(loudest)).toFixed(1)} dBFS RMS`
}
