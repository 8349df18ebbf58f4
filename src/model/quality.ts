/** What is found when the file of a finished generation is opened: its defects, its measures, the verdict. */

/** Everything that can be wrong with a video; `docs/quality.md` defines each. */
export const defectTypes = [
  'unreadable',
  'empty',
  'wrong_resolution',
  'wrong_fps',
  'too_short',
  'too_long',
  'black',
  'frozen',
  'flicker',
  'noise',
  'blurred',
  'blocky',
  'abrupt_cut',
  'loop_seam',
  'colour_drift',
  'ghost_frames',
  'silent',
  'clipping',
  'loudness',
  'av_mismatch',
] as const
export type DefectType = (typeof defectTypes)[number]

/** `major`: the video is of no use. `minor`: a viewer sees or hears it. */
export type DefectSeverity = 'minor' | 'major'

/** One thing that is wrong, and where. */
export interface Defect {
  readonly type: DefectType
  /** Seconds of the video's own time. */
  readonly startSeconds: number
  readonly endSeconds: number
  readonly severity: DefectSeverity
  /** The measured value that passed its threshold, in words with units. */
  readonly evidence: string
}

/**
 * `ok`: everything that the profile asks for was checked, and nothing found. `defective`: something is wrong.
 * `unreadable`: it cannot be played as it should. `unverified`: it could not be checked, or not all of it.
 */
export type QualityVerdict = 'ok' | 'defective' | 'unreadable' | 'unverified'

/** What the video should be. What is left out is not checked. */
export interface QualityExpectations {
  /** Pixels, as shown: after rotation. */
  readonly width?: number
  readonly height?: number
  readonly fps?: number
  readonly durationSeconds?: number
  /** True: it must have sound; false: it needs none, and silence is fine. */
  readonly audio?: boolean
  /** The number of shots asked for: cuts beyond it are defects. */
  readonly shots?: number
  /** True: its end must lead into its start. */
  readonly loop?: boolean
}

/** Measures of a video, each documented in `docs/quality.md`. A measure that does not apply is left out. */
export const qualityMetrics = [
  'spatialInformation',
  'temporalInformation',
  'temporalFlicker',
  'residualFlicker',
  'sharpness',
  'blockiness',
  'noise',
  'motion',
  'motionSmoothness',
  'blackShare',
  'frozenShare',
  'colourfulness',
  'loudnessLufs',
  'bitsPerPixel',
  'qualityScore',
] as const
export type QualityMetric = (typeof qualityMetrics)[number]
export type QualityMetrics = Readonly<Partial<Record<QualityMetric, number>>>

/** What the container and its streams say. */
export interface VideoProbe {
  readonly container: string
  readonly sizeBytes: number
  /** Of the video stream, seconds; of the container where the stream does not tell; 0 where neither does. */
  readonly durationSeconds: number
  /** Pixels, as shown: after rotation. */
  readonly width: number
  readonly height: number
  /** The average. */
  readonly fps: number
  /** As the container counts them; undefined where it does not. */
  readonly frames?: number
  readonly videoCodec: string
  readonly pixelFormat: string
  readonly audio?: {
    readonly codec: string
    readonly channels: number
    readonly sampleRateHz: number
    readonly durationSeconds: number
  }
}

/** What was not looked at, and why. */
export interface SkippedPart {
  readonly startSeconds: number
  readonly endSeconds: number
  readonly reason: string
}

/** The result of one check. */
export interface QualityReport {
  readonly file: string
  readonly verdict: QualityVerdict
  /** For `unreadable` and `unverified`: why, one sentence. */
  readonly reason?: string
  readonly defects: readonly Defect[]
  readonly metrics: QualityMetrics
  /** The factors of `qualityScore`, each 0..1. */
  readonly scoreParts: Readonly<Record<string, number>>
  /** Undefined when nothing could be read. */
  readonly probe?: VideoProbe
  readonly profile: string
  /** The program that decoded, and its version. Undefined when there was none. */
  readonly decoder?: {
    readonly path: string
    readonly version: string
    readonly source: 'configured' | 'system' | 'bundled'
  }
  /** Frames that were decoded and looked at, and frames looked at in their full resolution. */
  readonly checkedFrames: number
  readonly fullResolutionFrames: number
  readonly skipped: readonly SkippedPart[]
  /** Wall time of the check, milliseconds. */
  readonly costMs: number
}
