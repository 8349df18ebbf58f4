/** The command line of the one pass that decodes a video. */
import { inputGuard, type ProbedVideo } from '../../media/probe.ts'
import { type DecodePlan, timePatienceSeconds } from './plan.ts'

/** Where small pictures for people are written, and how long the video is. */
export interface ThumbnailOrder {
  readonly folder: string
  readonly durationSeconds: number
}

/** File descriptors of the outputs, in the order of `streamExec`. */
const descriptors = { full: 1, small: 3, picked: 4, times: 5, sound: 6 } as const

/** Frames larger than this are not decoded: 8K UHD and a little. */
export const maxPixels = 36_000_000
/** No single allocation of ffmpeg's is larger. */
const maxAllocationBytes = 1 << 30

/**
 * More than the two that a small machine runs at once, so that decoding goes on while pictures are handed over; and not one
 * for each processor of a large one, whose work is another.
 */
const decoderThreads = 10

/** 8-bit formats whose first plane is luma, as it is. */
const planar = /^(yuvj?4[0-4]+p|gray)$/

/**
 * The arguments of ffmpeg.
 *
 * @param how - `keepsTimes`: the option that keeps every frame as it is, which has another name since ffmpeg 5.1;
 *   `decoder`: one of several for the picture.
 */
export function decodeArguments(
  path: string,
  video: ProbedVideo,
  plan: DecodePlan,
  how: {
    readonly keepsTimes: readonly string[]
    readonly decoder?: string
    readonly thumbnails?: ThumbnailOrder
  },
): readonly string[] {
  const { keepsTimes, decoder, thumbnails } = how
  const { small, picked, full, sound } = plan
  const luma = planar.test(video.pixelFormat) ? '' : 'format=yuv444p,'
  const step = plan.fullStepSeconds.toFixed(4)
  const due = `isnan(prev_selected_t)+gte(t-prev_selected_t\\,${step}-${timePatienceSeconds})`
  const branches = thumbnails ? '[a][b][c][e][g]' : '[a][b][c]'
  const filters = [
    `[0:${video.videoStream}]split=${thumbnails ? 5 : 3}${branches}`,
    `[a]scale=${small.width}:${small.height}:flags=area:out_range=tv,format=yuv420p,split[small][d]`,
    `[b]scale=${picked.width}:${picked.height}:flags=neighbor:out_range=tv,format=yuv420p[picked]`,
    `[c]select=${due},${luma}extractplanes=y,scale=${full.width}:${full.height}[full]`,
    '[d]scale=16:16:flags=neighbor,format=gray[times]',
    ...(thumbnails ? thumbnailFilters(thumbnails) : []),
  ]
  // Times are not rounded to the frame rate: two frames would have the same, and ffmpeg complain of each.
  const exact = [...keepsTimes, '-enc_time_base', '1:1000000']
  // A picture is written at once, not piece by piece.
  const raw = [...exact, '-f', 'rawvideo', '-avioflags', 'direct']
  return [
    // With its level before each message: `soundness.ts` reads them.
    ...['-hide_banner', '-nostdin', '-v', 'level+warning', '-max_alloc', String(maxAllocationBytes)],
    ...['-max_pixels', String(maxPixels), ...inputGuard],
    ...['-threads', String(decoderThreads)],
    // Checksums, codes that no encoder writes, and packets that are longer or shorter than what is in them.
    ...(decoder ? ['-c:v', decoder] : []),
    ...['-err_detect', 'crccheck+bitstream+buffer', '-i', `file:${path}`],
    ...['-filter_complex', filters.join(';')],
    ...['-map', '[small]', ...raw, `pipe:${descriptors.small}`],
    ...['-map', '[picked]', ...raw, `pipe:${descriptors.picked}`],
    ...['-map', '[full]', ...raw, `pipe:${descriptors.full}`],
    ...['-map', '[times]', ...exact, '-f', 'framecrc', `pipe:${descriptors.times}`],
    ...(sound && video.audioStream !== undefined
      ? [
          ...['-map', `0:${video.audioStream}`, '-ar', String(sound.sampleRateHz)],
          ...['-ac', String(sound.channels), '-f', 'f32le', `pipe:${descriptors.sound}`],
        ]
      : []),
    ...(thumbnails ? thumbnailOutputs(thumbnails, keepsTimes) : []),
  ]
}

const stripFrames = 5

/** A poster from a third of the video, and a strip of frames from equal parts of it. */
function thumbnailFilters({ durationSeconds }: ThumbnailOrder): readonly string[] {
  const fitted = (width: number) => `scale=min(${width}\\,iw):-2:flags=area,format=yuvj420p`
  const part = `(selected_n+0.5)*${(durationSeconds / stripFrames).toFixed(4)}`
  return [
    `[e]select=gte(t\\,${(durationSeconds / 3).toFixed(4)})*isnan(prev_selected_t),${fitted(640)}[poster]`,
    `[g]select=gte(t\\,${part}),${fitted(320)}[strip]`,
  ]
}

function thumbnailOutputs({ folder }: ThumbnailOrder, keepsTimes: readonly string[]): readonly string[] {
  const base = `file:${folder}`
  // In a pattern of the image muxer a percent sign is written twice; the name of a picture that is updated is none.
  const pattern = `${base.replaceAll('%', '%%')}/strip-%d.jpg`
  const jpeg = ['-c:v', 'mjpeg', '-q:v', '5', '-f', 'image2']
  return [
    ...['-map', '[poster]', ...keepsTimes, '-frames:v', '1', ...jpeg, '-update', '1', `${base}/poster.jpg`],
    ...['-map', '[strip]', ...keepsTimes, '-frames:v', String(stripFrames), ...jpeg, pattern],
  ]
}
