import { lazySchema } from '../config/lazy-schema.ts'
import { FramewatchError } from '../model/errors.ts'
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

export interface ProbeOptions {
  readonly ffprobePath: string
  readonly clock: Clock
  readonly signal?: AbortSignal
}

const answerSchema = lazySchema((z) => {
  const numeric = z.string().transform(Number).pipe(z.number()).optional()
  const stream = z.object({
    codec_type: z.string().optional(),
    codec_name: z.string().default('unknown'),
    width: z.number().optional(),
    height: z.number().optional(),
    avg_frame_rate: z.string().default('0/0'),
    duration: numeric,
    nb_frames: numeric,
    nb_read_packets: numeric,
    disposition: z.object({ attached_pic: z.number().default(0) }).prefault({}),
  })
  return z.object({
    streams: z.array(stream).default([]),
    format: z.object({ duration: numeric }).prefault({}),
  })
})

/**
 * Containers that hold their content themselves. The file may be hostile: a playlist would make ffprobe open other
 * files, or addresses, that it names.
 */
const formats = 'mov,mp4,matroska,webm,avi,mpegts,ogg,flv,gif'
const timeoutMs = 60_000

/**
 * Opens a video file with ffprobe.
 *
 * @throws FramewatchError `OUTPUT_INVALID` when it cannot be read as a video or has no video stream. When `signal`
 *   aborts, rejects with its reason.
 */
export async function probeVideo(path: string, options: ProbeOptions): Promise<VideoFacts> {
  const { streams, format } = await askFfprobe(path, [], options)
  const video = streams.find(
    (stream) => stream.codec_type === 'video' && stream.disposition.attached_pic === 0,
  )
  const { width, height } = video ?? {}
  if (!video || !width || !height) throw unreadable(path, 'it has no video stream')
  const frames = video.nb_frames ?? (await countPackets(path, options))
  const [numerator = 0, denominator = 0] = video.avg_frame_rate.split('/').map(Number)
  const durationSeconds = video.duration ?? format.duration
  if (!frames || !durationSeconds) throw unreadable(path, 'its video stream is empty')
  return {
    ...{ durationSeconds, width, height, frames },
    sizeBytes: (await stat(path)).size,
    fps: denominator > 0 ? numerator / denominator : frames / durationSeconds,
    videoCodec: video.codec_name,
    audioCodec: streams.find((stream) => stream.codec_type === 'audio')?.codec_name ?? null,
  }
}

/** For containers that do not store the number of frames: reads the whole file, decodes nothing. */
async function countPackets(path: string, options: ProbeOptions): Promise<number | undefined> {
  const { streams } = await askFfprobe(path, ['-count_packets', '-select_streams', 'V:0'], options)
  return streams[0]?.nb_read_packets
}

async function askFfprobe(path: string, selection: readonly string[], options: ProbeOptions) {
  const { ffprobePath, clock, signal } = options
  const shown = ['-print_format', 'json', '-show_streams', '-show_format']
  const guard = ['-format_whitelist', formats, '-protocol_whitelist', 'file']
  const args = ['-v', 'error', ...guard, ...selection, ...shown, `file:${path}`]
  try {
    const { stdout } = await exec(ffprobePath, args, { clock, timeoutMs, signal })
    return answerSchema().parse(JSON.parse(stdout))
  } catch (cause) {
    if (signal?.aborted) throw cause
    throw unreadable(path, 'ffprobe cannot read it', cause)
  }
}

function unreadable(path: string, why: string, cause?: unknown): FramewatchError {
  return new FramewatchError('OUTPUT_INVALID', `"${path}" is no readable video: ${why}`, {
    details: { path },
    cause,
  })
}
