import { lazySchema } from '../config/lazy-schema.ts'
import { FramewatchError, isFramewatchError, messageOf } from '../model/errors.ts'
import type { VideoProbe } from '../model/quality.ts'
import { isKilling } from '../system/child-end.ts'
import type { Clock } from '../system/clock.ts'
import { exec } from '../system/exec.ts'
import { stat } from '../system/files.ts'

/** What a video file is. */
export interface VideoFacts {
  readonly sizeBytes: number
  /** Of the video stream, or of the whole file when the container does not tell. */
  readonly durationSeconds: number
  readonly width: number
  readonly height: number
  /** The average. */
  readonly fps: number
  /** Packets of the video stream: one each. */
  readonly frames: number
  readonly videoCodec: string
  /** `null` when the file has no sound. */
  readonly audioCodec: string | null
}

/** A probe, with where its streams are in the file. */
export interface ProbedVideo extends VideoProbe {
  readonly videoStream: number
  /** Undefined when it has no sound. */
  readonly audioStream?: number
  /** Seconds, as the track of the sound tells; undefined where only the container does. */
  readonly soundSeconds?: number
  /** Seconds that the file as a whole tells, and the longest of its tracks; undefined where one of these tells none. */
  readonly claimedSeconds?: { readonly whole: number; readonly longestTrack: number }
  /** It has a sound track, and nobody knows of what. */
  readonly hasBrokenSound?: boolean
}

export interface ProbeOptions {
  readonly ffprobePath: string
  readonly clock: Clock
  /** @default 60000 */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
}

const answerSchema = lazySchema((z) => {
  const numeric = z.string().transform(Number).pipe(z.number()).optional().catch(undefined)
  const stream = z.object({
    index: z.number(),
    codec_type: z.string().optional(),
    codec_name: z.string().default('unknown'),
    pix_fmt: z.string().default('unknown'),
    width: z.number().optional(),
    height: z.number().optional(),
    channels: z.number().default(0),
    sample_rate: numeric,
    avg_frame_rate: z.string().default('0/0'),
    r_frame_rate: z.string().default('0/0'),
    duration: numeric,
    tags: z.object({ DURATION: z.string().optional() }).prefault({}).catch({}),
    nb_frames: numeric,
    nb_read_packets: numeric,
    disposition: z.object({ attached_pic: z.number().default(0) }).prefault({}),
    side_data_list: z.array(z.object({ rotation: z.number().optional() })).default([]),
  })
  return z.object({
    streams: z.array(stream).default([]),
    format: z.object({ format_name: z.string().default('unknown'), duration: numeric }).prefault({}),
  })
})
type Stream = ReturnType<ReturnType<typeof answerSchema>['parse']>['streams'][number]

/** As ffmpeg names them. */
const containers = 'mov,mp4,matroska,webm,avi,mpegts,ogg,flv,gif'

/**
 * The guard of every program that opens a video: only containers that hold their content themselves. The file may be
 * hostile: a playlist would make ffmpeg open other files, or addresses, that it names.
 */
export const inputGuard: readonly string[] = [
  ...['-format_whitelist', containers],
  ...['-protocol_whitelist', 'file'],
]

const defaultTimeoutMs = 60_000

/**
 * Opens a video file with ffprobe and reads what its container tells.
 *
 * @throws FramewatchError `OUTPUT_INVALID` when it cannot be read as a video or has no video stream; details hold `why`,
 *   and `reason`: `unreadable`, `empty` without any stream, or `not_probed` when ffprobe did not get that far. When `signal`
 *   aborts, rejects with its reason.
 */
export async function probeStreams(path: string, options: ProbeOptions): Promise<ProbedVideo> {
  const { streams, format } = await askFfprobe(path, [], options)
  const video = streams.find(
    (stream) => stream.codec_type === 'video' && stream.disposition.attached_pic === 0,
  )
  if (streams.length === 0) throw unreadable(path, 'it is empty', { reason: 'empty' })
  if (!video?.width || !video.height) throw unreadable(path, 'it has no video stream')
  const tracks = streams.filter((stream) => stream.codec_type === 'audio')
  const audio = tracks.find((stream) => stream.channels > 0)
  const turned = isTurned(video)
  const durationSeconds = durationOf(video) ?? format.duration ?? 0
  return {
    container: format.format_name,
    sizeBytes: (await stat(path)).size,
    durationSeconds,
    width: turned ? video.height : video.width,
    height: turned ? video.width : video.height,
    fps: frameRate(video, durationSeconds),
    ...(video.nb_frames ? { frames: video.nb_frames } : {}),
    videoCodec: video.codec_name,
    pixelFormat: video.pix_fmt,
    videoStream: video.index,
    ...claimsOf(streams, format.duration),
    ...(!audio && tracks.length > 0 ? { hasBrokenSound: true } : {}),
    ...(audio && {
      audioStream: audio.index,
      ...(audio.duration !== undefined && { soundSeconds: audio.duration }),
      audio: {
        codec: audio.codec_name,
        channels: audio.channels,
        sampleRateHz: audio.sample_rate ?? 0,
        durationSeconds: durationOf(audio) ?? format.duration ?? 0,
      },
    }),
  }
}

/**
 * Opens a video file with ffprobe: the facts of a video that plays.
 *
 * @throws FramewatchError as `probeStreams`, and `OUTPUT_INVALID` when its video stream is empty.
 */
export async function probeVideo(path: string, options: ProbeOptions): Promise<VideoFacts> {
  const video = await probeStreams(path, options)
  const frames = video.frames ?? (await countPackets(path, video.videoStream, options))
  if (!frames || !video.durationSeconds) throw unreadable(path, 'its video stream is empty')
  const { sizeBytes, durationSeconds, width, height, videoCodec } = video
  return {
    ...{ sizeBytes, durationSeconds, width, height, frames, videoCodec },
    fps: video.fps || frames / durationSeconds,
    audioCodec: video.audio?.codec ?? null,
  }
}

/** For containers that do not store the number of frames: reads the whole file, decodes nothing. */
async function countPackets(
  path: string,
  stream: number,
  options: ProbeOptions,
): Promise<number | undefined> {
  const { streams } = await askFfprobe(path, ['-count_packets', '-select_streams', String(stream)], options)
  return streams[0]?.nb_read_packets
}

/** Shown with its sides exchanged: phones record so. */
function isTurned({ side_data_list }: Stream): boolean {
  const rotation = side_data_list.find((data) => data.rotation !== undefined)?.rotation ?? 0
  return Math.abs(Math.round(rotation / 90)) % 2 === 1
}

function claimsOf(streams: readonly Stream[], whole = 0): Pick<ProbedVideo, 'claimedSeconds'> {
  const longestTrack = Math.max(...streams.map((stream) => durationOf(stream) ?? Number.POSITIVE_INFINITY))
  return Number.isFinite(longestTrack) ? { claimedSeconds: { whole, longestTrack } } : {}
}

/** Of one stream; Matroska has it in a tag, as hours, minutes and seconds. Undefined where the container does not tell. */
function durationOf({ duration, tags }: Stream): number | undefined {
  if (duration !== undefined) return duration
  const [, hours, minutes, seconds] = /^(\d+):(\d\d):(\d\d\.?\d*)$/.exec(tags.DURATION ?? '') ?? []
  return seconds === undefined ? undefined : Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)
}

/** 0 when it is not known. */
function frameRate({ avg_frame_rate, r_frame_rate, nb_frames = 0 }: Stream, durationSeconds: number): number {
  const known = ratioOf(avg_frame_rate)
  if (known > 0) return known
  // In Ogg only the codec tells it.
  return nb_frames > 0 && durationSeconds > 0 ? nb_frames / durationSeconds : ratioOf(r_frame_rate)
}

/** 0 when it is none. */
function ratioOf(text: string): number {
  const [numerator = 0, denominator = 0] = text.split('/').map(Number)
  return numerator > 0 && denominator > 0 ? numerator / denominator : 0
}

async function askFfprobe(path: string, selection: readonly string[], options: ProbeOptions) {
  const { ffprobePath, clock, signal, timeoutMs = defaultTimeoutMs } = options
  const shown = ['-print_format', 'json', '-show_streams', '-show_format']
  const args = ['-v', 'error', ...inputGuard, ...selection, ...shown, `file:${path}`]
  try {
    const { stdout } = await exec(ffprobePath, args, { clock, timeoutMs, signal })
    return answerSchema().parse(JSON.parse(stdout))
  } catch (cause) {
    if (signal?.aborted) throw cause
    const { reason: how = 'exit', signal: by } = isFramewatchError(cause) ? cause.details : {}
    // A program that cannot be started, takes too long, or is killed by somebody says nothing about the video.
    const reason = how === 'exit' && !isKilling(by) ? 'unreadable' : 'not_probed'
    throw unreadable(path, `ffprobe cannot read it: ${lastWords(cause, path)}`, { reason, cause })
  }
}

/** What ffprobe said last, without the path in it. */
function lastWords(cause: unknown, path: string): string {
  const remedy = isFramewatchError(cause) ? ` ${cause.remedy}` : ''
  const said = messageOf(cause).slice(0, -remedy.length || undefined)
  if (/Format not on whitelist/.test(said)) return `it is none of ${containers}`
  const line = said.trim().split('\n').at(-1) ?? ''
  return line.replace(`file:${path}: `, '').slice(0, 300)
}

function unreadable(path: string, why: string, { reason = 'unreadable', cause }: Unreadable = {}) {
  return new FramewatchError('OUTPUT_INVALID', `"${path}" is no readable video: ${why}`, {
    details: { path, why, reason },
    cause,
  })
}

interface Unreadable {
  readonly reason?: 'unreadable' | 'empty' | 'not_probed'
  readonly cause?: unknown
}
