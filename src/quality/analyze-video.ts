/** The check of one video, for callers who may never ask for one: what it takes is loaded with the first. */
import type { QualityExpectations, QualityReport } from '../model/quality.ts'
import type { AnalyzeOptions } from './analyze.ts'

/**
 * Checks one video. What is wrong with the video, or keeps it from being checked, is in the report.
 *
 * It runs in the process that calls it: measuring takes some 2 ms of its CPU for each frame, in slices of a few
 * milliseconds. ffmpeg, which decodes, is a process of its own at the lowest priority.
 *
 * @param expectations - what it should be; what is left out is not checked.
 * @param profile - the name of a profile, or the path of a profile's file. @default 'default'
 * @throws FramewatchError `QUALITY_PROFILE_UNKNOWN`, and those of a configuration file, for `profile`.
 */
export async function analyzeVideo(
  path: string,
  expectations: QualityExpectations = {},
  profile = 'default',
  options: AnalyzeOptions = {},
): Promise<QualityReport> {
  const analyzer = await import('./analyze.ts')
  return analyzer.analyzeVideo(path, expectations, profile, options)
}
