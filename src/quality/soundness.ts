/** Whether a video could be decoded as its container says: what ffmpeg complained of, and how much of it came. */
import type { ProbedVideo } from '../media/probe.ts'
import { stderrTailChars } from '../system/child-end.ts'

/** What ffmpeg prints at the level of errors though nothing is wrong with the file. */
const harmless = [
  // Of its own outputs, for files whose times go back.
  /non monoton/i,
  /Application provided invalid/,
  // Its text streams and attachments are not decoded.
  /Could not find codec parameters/,
  // It has no frames: that is another defect.
  /Cannot determine format of input stream .* after EOF/,
  // It has no frames: that is another defect.
  /Error marking filters as finished/,
  /Unsupported codec .* for input stream/,
]
/** Of its warnings, those that tell of damage that it has covered up. */
const covered = /corrupt|conceal|damage|mismatch|continuity check failed|prematurely|truncat|incomplete/i
const maxChars = 300

/**
 * The first error that a decoder or demuxer reported, or warning of damage; undefined when there was none.
 *
 * @param stderr - of ffmpeg at `-v level+warning`.
 */
export function decoderComplaint(stderr: string): string | undefined {
  const line = stderr
    .split('\n')
    .map((text) => text.trim())
    .find(isComplaint)
  // Addresses of ffmpeg's memory differ from run to run.
  if (line) {
    const words = line.replace(/ @ 0x[0-9a-f]+|\[(warning|error|fatal|panic)\] /g, '')
    return `the decoder reports: ${words.slice(0, maxChars)}`
  }
  // An error may have been among what was not kept.
  return stderr.length >= stderrTailChars ? 'the decoder reports more than is kept' : undefined
}

function isComplaint(line: string): boolean {
  // A message of several lines has its level in the first.
  const level = /\[(warning|error|fatal|panic)\] /.exec(line)?.[1]
  if (level === undefined || harmless.some((pattern) => pattern.test(line))) return false
  return level !== 'warning' || covered.test(line)
}

/** The last frames may be left out by an edit list, or be shown longer than others. */
const missingFrames = 2.5
const missingShare = 0.02

/** Says so when less came than the container tells. */
export function isTruncated(
  { durationSeconds, fps }: Pick<ProbedVideo, 'durationSeconds' | 'fps'>,
  pictureSeconds: number,
): string | undefined {
  const frameSeconds = fps > 0 ? 1 / fps : 0
  const patience = missingFrames * frameSeconds + missingShare * durationSeconds
  if (durationSeconds - pictureSeconds <= patience) return undefined
  return `it ends after ${pictureSeconds.toFixed(2)} s of the ${durationSeconds.toFixed(2)} s that its header tells`
}

/** Says so when the file as a whole claims far more than any of its tracks has, which players then show. */
export function isHeaderFalse({ claimedSeconds }: Pick<ProbedVideo, 'claimedSeconds'>): string | undefined {
  const { whole = 0, longestTrack = 0 } = claimedSeconds ?? {}
  // A track may begin late, and show parts of it again.
  if (whole <= 2 * longestTrack + 1) return undefined
  return `its header tells ${whole.toFixed(2)} s, and no track is longer than ${longestTrack.toFixed(2)} s`
}

/** Sound is packed in frames of up to 0.12 s, and begins before it is heard. */
const soundPatienceSeconds = 0.25

/** Says so when the sound is not as long as its own track tells, or cannot be decoded. */
export function isSoundBroken(
  { hasBrokenSound, soundSeconds }: Pick<ProbedVideo, 'hasBrokenSound' | 'soundSeconds'>,
  decodedSeconds: number | undefined,
): string | undefined {
  if (hasBrokenSound) return 'it has a sound track of a kind that cannot be told'
  if (soundSeconds === undefined || decodedSeconds === undefined) return undefined
  const patience = soundPatienceSeconds + missingShare * soundSeconds
  if (Math.abs(soundSeconds - decodedSeconds) <= patience) return undefined
  return `it has ${decodedSeconds.toFixed(2)} s of sound, and its header tells ${soundSeconds.toFixed(2)} s`
}
