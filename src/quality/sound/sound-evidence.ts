import type { QualityExpectations, VideoProbe } from '../../model/quality.ts'

/** Length of a window, seconds. */
export const windowSeconds = 0.1

/** What was measured of a sound. Lists hold a number for each window of 100 ms; the last window may be shorter. */
export interface SoundEvidence {
  /** Of all that was decoded, measured or not. */
  readonly durationSeconds: number
  /** What the windows cover: less than the duration where the sound is longer than the meter's limit. */
  readonly measuredSeconds: number
  /** The greatest sample, full scale being 1; a decoder of AAC, Opus or Vorbis gives samples beyond it. */
  readonly peaks: Float32Array
  /** Of the loudest channel, about its mean: a constant offset cannot be heard. Full scale is 1. */
  readonly rms: Float32Array
  /** Samples at 0.94 of full scale or beyond, as a share of the window; of the channel that has most. */
  readonly hotShares: Float32Array
  /** Clipped samples, as a share of the second that ends with the window (`clipped-share.ts`); of the worst channel. */
  readonly clippedShares: Float32Array
  /** LUFS (ITU-R BS.1770-4); undefined for what is shorter than 400 ms, or nowhere above -70 LUFS. */
  readonly integratedLoudnessLufs?: number
  /** dB of full scale; undefined when every sample is 0. */
  readonly samplePeakDbfs?: number
  /** Samples that are no numbers, or beyond any sound: taken for 0. */
  readonly brokenSamples: number
}

/** What the checks of sound look at. */
export interface SoundCheckEvidence {
  /** Undefined when there is no sound, or it was not decoded. */
  readonly sound?: SoundEvidence
  readonly probe: Pick<VideoProbe, 'audio' | 'durationSeconds'>
  readonly expectations: QualityExpectations
  /** Of the picture, as decoded; 0 when it was not. */
  readonly pictureSeconds: number
}

/** Seconds of the picture: what was decoded, else what the container tells. */
export function pictureSecondsOf(evidence: Pick<SoundCheckEvidence, 'pictureSeconds' | 'probe'>): number {
  return evidence.pictureSeconds > 0 ? evidence.pictureSeconds : evidence.probe.durationSeconds
}
