/** Whether a video could be decoded as its container says: what ffmpeg complained of, and how much of it came. */
import type { ProbedVideo } from '../media/probe.ts'

/** What ffmpeg prints at the level of errors though nothing is wrong with the file. */
const harmless = [
  // Of its own outputs, for files whose times go back.
  /non monoton/i,
  /Application provided invalid/,
  /^\s*Last message repeated/,
  // Its text streams and attachments are not decoded.
  /Could not find codec parameters/,
  // It has no frames: that is another defect.
  /Cannot determine format of input stream .* after EOF/,
  /Unsupported codec .* for input stream/,
]
const maxChars = 300

/** The first error that a decoder or demuxer reported; undefined when there was none. */
export function decoderComplaint(stderr: string): string | undefined {
  const line = stderr
    .split('\n')
    .map((text) => text.trim())
    .find((text) => text !== '' && !harmless.some((pattern) => pattern.test(text)))
  // Addresses of ffmpeg's memory differ from run to run.
  return line && `the decoder reports: ${line.replace(/ @ 0x[0-9a-f]+/g, '').slice(0, maxChars)}`
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
