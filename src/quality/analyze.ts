/** Opens a video and says what is wrong with it: the file, then what its container tells, then every frame of it. */
import { type FfmpegTools, findFfmpeg } from '../media/ffmpeg.ts'
import { type ProbedVideo, probeStreams } from '../media/probe.ts'
import { isFramewatchError, messageOf, systemCodeOf } from '../model/errors.ts'
import type { Defect, QualityExpectations, QualityReport, VideoProbe } from '../model/quality.ts'
import { type Clock, systemClock } from '../system/clock.ts'
import { exec } from '../system/exec.ts'
import { open, stat } from '../system/files.ts'
import { maxPixels, type ThumbnailOrder } from './decode/arguments.ts'
import { isCutOff } from './ending.ts'
import type { VideoEvidence } from './evidence.ts'
import { defaultMaxFrames, type Measured, measureVideo } from './measure.ts'
import { metricsOf } from './metrics.ts'
import { checksOf, profileOf, type QualityProfile } from './profile.ts'
import { qualityScoreOf, scorePartsOf } from './score.ts'
import { decoderComplaint, isHeaderFalse, isSoundBroken, isTruncated } from './soundness.ts'

export interface AnalyzeOptions {
  /** Wall time that decoding may take. @default the clip's own duration, at least 5 s and at most 10 minutes */
  readonly budgetMs?: number
  /** A folder that exists: `poster.jpg` and `strip-1.jpg` to `strip-5.jpg` are written there. */
  readonly thumbnailDir?: string
  /** @default the ffmpeg on the PATH, else the bundled one */
  readonly ffmpegPath?: string
  readonly ffprobePath?: string
  /** What `ffmpeg -version` printed, by path: filled and read, so that who checks several videos asks once. */
  readonly builds?: Map<string, string>
  readonly clock?: Clock
  /** Aborting rejects with its reason. */
  readonly signal?: AbortSignal
}

const probeTimeoutMs = 20_000
const versionTimeoutMs = 10_000
const minBudgetMs = 5000
const maxBudgetMs = 600_000

type Findings = Omit<QualityReport, 'file' | 'profile' | 'costMs'>
const nothing = {
  defects: [],
  metrics: {},
  scoreParts: {},
  checkedFrames: 0,
  fullResolutionFrames: 0,
  skipped: [],
}

/** As `analyzeVideo` of `analyze-video.ts`, which loads this file when it is needed. */
export async function analyzeVideo(
  path: string,
  expectations: QualityExpectations = {},
  profile = 'default',
  options: AnalyzeOptions = {},
): Promise<QualityReport> {
  const { clock = systemClock() } = options
  const startMs = clock.monotonicMs()
  const chosen = profileOf(profile)
  const measured = await measureFile(path, expectations, { ...options, clock })
  const findings = 'verdict' in measured ? measured : judge(measured, chosen)
  return { file: path, profile, ...findings, costMs: Math.round(clock.monotonicMs() - startMs) }
}

type Options = AnalyzeOptions & { readonly clock: Clock }

/** A video that was decoded, wholly or in part, and not yet judged. */
interface MeasuredFile extends Measured {
  readonly video: ProbedVideo
  readonly decoder: NonNullable<QualityReport['decoder']>
  readonly budgetMs: number
  /** Says that its end is missing. */
  readonly cutOff: string | undefined
}

/** Measures one video; the findings are those of a file that cannot be measured. */
export async function measureFile(
  path: string,
  expectations: QualityExpectations,
  options: Options,
): Promise<MeasuredFile | Findings> {
  const early = await judgeFile(path)
  if (early) return early
  let tools: FfmpegTools
  try {
    tools = findFfmpeg(options)
  } catch (error) {
    return unverified(messageOf(error))
  }
  const [{ build, ...decoder }, video] = await Promise.all([
    decoderOf(tools, options),
    probeStreams(path, { ...options, ffprobePath: tools.ffprobePath, timeoutMs: probeTimeoutMs }).catch(
      (error: unknown) => {
        if (options.signal?.aborted) throw error
        return judgeProbeError(error)
      },
    ),
  ])
  if ('verdict' in video) return { ...video, decoder }
  const pixels = video.width * video.height
  if (pixels > maxPixels)
    return { ...unverified(`${video.width} x ${video.height} pixels are more than are decoded`), decoder }
  const budgetMs =
    options.budgetMs ?? Math.min(maxBudgetMs, Math.max(minBudgetMs, video.durationSeconds * 1000))
  const measure = (thumbnails?: ThumbnailOrder) =>
    measureVideo(path, video, expectations, {
      ...{ ffmpegPath: tools.ffmpegPath, ffmpegBuild: build, clock: options.clock },
      ...{ budgetMs, signal: options.signal, thumbnails },
    })
  const thumbnails = thumbnailsOf(options, video)
  const first = await measure(thumbnails)
  // Pictures that cannot be written, as on a full disk, end the decoder, and say nothing of the video.
  const measured = thumbnails && hasFailed(first.end) ? await measure() : first
  if (measured.end.reason === 'abort') throw options.signal?.reason
  const cutOff = await isCutOff(path, video.container).catch(() => undefined)
  return { ...measured, video, decoder, budgetMs, cutOff }
}

function hasFailed({ reason, exitCode, stderr }: Measured['end']): boolean {
  return reason === 'exit' && (exitCode !== 0 || decoderComplaint(stderr) !== undefined)
}

/** What can be said without opening it as a video; undefined when that is nothing. */
async function judgeFile(path: string): Promise<Findings | undefined> {
  try {
    const { size, ...file } = await stat(path).then((found) => ({ size: found.size, isFile: found.isFile() }))
    if (!file.isFile) return unverified('It is no regular file')
    // Whether it may be read is asked before ffprobe, whose error would say that it is broken.
    await (await open(path, 'r')).close()
    return size === 0 ? unusable('empty', 'the file has no bytes') : undefined
  } catch (error) {
    const code = systemCodeOf(error)
    return unverified(
      code === 'ENOENT' ? 'There is no such file' : `It cannot be opened: ${messageOf(error)}`,
    )
  }
}

function judgeProbeError(error: unknown): Findings {
  const details = isFramewatchError(error) ? error.details : {}
  const why = String(details['why'] ?? messageOf(error))
  if (details['reason'] === 'empty') return unusable('empty', 'the container holds no stream')
  return details['reason'] === 'unreadable' ? unusable('unreadable', why) : unverified(why)
}

async function decoderOf(
  { ffmpegPath, source }: FfmpegTools,
  { clock, builds }: Options,
): Promise<NonNullable<QualityReport['decoder']> & { readonly build: string }> {
  const build = builds?.get(ffmpegPath) ?? (await buildOf(ffmpegPath, clock))
  if (build !== '') builds?.set(ffmpegPath, build)
  const version = /^ffmpeg version (\S+)/.exec(build)?.[1] ?? 'unknown'
  return { path: ffmpegPath, version, source, build }
}

/** Empty when it does not answer. */
async function buildOf(ffmpegPath: string, clock: Clock): Promise<string> {
  const options = { clock, timeoutMs: versionTimeoutMs }
  return exec(ffmpegPath, ['-version'], options).then(
    ({ stdout }) => stdout,
    () => '',
  )
}

function thumbnailsOf({ thumbnailDir }: Options, video: VideoProbe): ThumbnailOrder | undefined {
  return thumbnailDir === undefined
    ? undefined
    : { folder: thumbnailDir, durationSeconds: video.durationSeconds }
}

/** The verdict on a video that was decoded, wholly or in part. */
export function judge(
  { video, decoder, budgetMs, cutOff, evidence, end }: MeasuredFile,
  profile: QualityProfile,
): Findings {
  const { videoStream: _, audioStream: __, soundSeconds: ___, hasBrokenSound: ____, ...told } = video
  const { claimedSeconds: _____, ...probe } = told
  const checkedFrames = evidence.times.length
  const counts = { decoder, probe, checkedFrames, fullResolutionFrames: evidence.details.length }
  if (end.reason === 'start')
    return { ...unverified(`ffmpeg cannot be started: ${end.stderr}`), decoder, probe }
  const words = decoderComplaint(end.stderr)
  const complaint =
    words ?? (end.exitCode === 0 ? undefined : `the decoder ended with ${end.exitCode ?? 'a crash'}`)
  const stop = stopOf(end, budgetMs)
  if (checkedFrames === 0) {
    if (stop) return { ...unverified(stop), ...counts }
    // Where there is nothing to decode ffmpeg fails too, without a word that matters.
    const why = words ?? (end.exitCode === null ? complaint : undefined)
    return {
      ...(why ? unusable('unreadable', why) : unusable('empty', 'it has no frames')),
      ...counts,
    }
  }
  const broken = stop
    ? undefined
    : (complaint ??
      cutOff ??
      isTruncated(video, evidence.pictureSeconds) ??
      isHeaderFalse(video) ??
      isSoundBroken(video, evidence.sound?.durationSeconds))
  // Of a part of it, lengths say nothing.
  const found = findDefects(evidence, profile, stop !== undefined)
  const defects = broken ? [unreadableDefect(broken, evidence.pictureSeconds), ...found] : found
  const metrics = metricsOf(evidence)
  const scoreParts = scorePartsOf(metrics, defects)
  const shared = {
    ...counts,
    ...{ defects, scoreParts, metrics: { ...metrics, qualityScore: qualityScoreOf(scoreParts) } },
    skipped: stop
      ? [
          {
            startSeconds: evidence.pictureSeconds,
            endSeconds: Math.max(video.durationSeconds, evidence.pictureSeconds),
            reason: stop,
          },
        ]
      : [],
  }
  if (broken) return { ...shared, verdict: 'unreadable', reason: broken }
  if (defects.length > 0) return { ...shared, verdict: 'defective' }
  return stop ? { ...shared, verdict: 'unverified', reason: stop } : { ...shared, verdict: 'ok' }
}

/** Of ffmpeg, when it was asked to end. */
const signalledExitCode = 255

/** What kept it from being decoded to its end. */
function stopOf({ reason, exitCode }: Measured['end'], budgetMs: number): string | undefined {
  if (reason === 'killed' || exitCode === signalledExitCode) return 'ffmpeg was ended by a signal'
  if (reason === 'timeout') return `It was not decoded within ${Math.round(budgetMs)} ms`
  if (reason === 'memory') return 'Decoding it took more memory than it may'
  if (reason === 'frames') return `It has more than the ${defaultMaxFrames} frames that are looked at`
  return undefined
}

const ofLength: ReadonlySet<string> = new Set(['too_short', 'av_mismatch', 'loop_seam'])

function findDefects(evidence: VideoEvidence, profile: QualityProfile, isPart: boolean): readonly Defect[] {
  return checksOf(profile)
    .filter(({ type }) => !(isPart && ofLength.has(type)))
    .flatMap(({ find, thresholds }) => find(evidence, thresholds))
}

function unreadableDefect(evidence: string, endSeconds: number): Defect {
  return { type: 'unreadable', startSeconds: 0, endSeconds, severity: 'major', evidence }
}

function unusable(type: 'unreadable' | 'empty', evidence: string): Findings {
  const defect = { ...unreadableDefect(evidence, 0), type }
  return { ...nothing, verdict: 'unreadable', reason: evidence, defects: [defect] }
}

function unverified(reason: string): Findings {
  return { ...nothing, verdict: 'unverified', reason }
}
