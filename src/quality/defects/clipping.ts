/**
 * `clipping`: sound that was cut off at full scale, for at least a second.
 *
 * A second is clipped when at least 0.4 % of its samples, in one channel, are: `sound/clipped-share.ts` says which these
 * are, also after AAC, Opus or Vorbis. Clipped seconds less than one apart are one stretch, from its first window of
 * 100 ms that has samples at full scale to its last. No standard has a limit. This one finds
 * sound that had 1 % of its samples cut off for a second after Opus and Vorbis, and 2 % after AAC, which blurs more; 1 % of
 * speech in AAC at 128 kb/s is found about every other time.
 */
import type { DefectCheck } from '../defect.ts'
import type { SoundEvidence } from '../sound/sound-evidence.ts'
import { type Stretch, stretchesOf } from '../sound/stretches.ts'

interface ClippingEvidence {
  readonly sound?: Pick<SoundEvidence, 'clippedShares' | 'hotShares' | 'measuredSeconds'>
}

const thresholds = { clippedShareMin: 0.004 }
/** Windows in the second that a share is of. */
const secondWindows = 10

export const clippingCheck: DefectCheck<ClippingEvidence, typeof thresholds> = {
  type: 'clipping',
  thresholds,
  find({ sound }, limits) {
    if (!sound) return []
    const { clippedShares, hotShares } = sound
    const marks = new Array<boolean>(clippedShares.length).fill(false)
    for (const [index, share] of clippedShares.entries())
      if (share >= limits.clippedShareMin) marks.fill(true, Math.max(0, index + 1 - secondWindows), index + 1)
    const stretches = stretchesOf(marks, sound.measuredSeconds).map((stretch) => trimmed(stretch, hotShares))
    return joined(stretches).map((stretch) => {
      const [begin, end] = windowsOf(stretch)
      // The last second of a stretch may end after it, since its end was trimmed.
      const shares = clippedShares.subarray(begin, end + secondWindows)
      const highest = shares.reduce((a, b) => Math.max(a, b), 0)
      const evidence = `${(highest * 100).toFixed(1)} % of the samples of a second are cut off at full scale`
      return { type: 'clipping', severity: 'minor', ...stretch, evidence }
    })
  },
}

/** Those less than a second apart are one. */
function joined(stretches: readonly Stretch[]): Stretch[] {
  const result: Stretch[] = []
  for (const stretch of stretches) {
    const last = result.at(-1)
    if (last && stretch.startSeconds - last.endSeconds < 1)
      result.splice(-1, 1, { startSeconds: last.startSeconds, endSeconds: stretch.endSeconds })
    else result.push(stretch)
  }
  return result
}

/** Without the windows at its ends that have no sample at full scale: a second reaches further than what is wrong in it. */
function trimmed(stretch: Stretch, hotShares: Float32Array): Stretch {
  let [begin, end] = windowsOf(stretch)
  while (begin < end - 1 && hotShares[begin] === 0) begin++
  while (end > begin + 1 && hotShares[end - 1] === 0) end--
  return { startSeconds: begin / 10, endSeconds: Math.min(end / 10, stretch.endSeconds) }
}

function windowsOf({ startSeconds, endSeconds }: Stretch): [begin: number, end: number] {
  return [Math.round(startSeconds * 10), Math.ceil(endSeconds * 10 - 1e-6)]
}
