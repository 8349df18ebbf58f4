/**
 * Decodes a video once, in a process of its own, and hands out its pictures and sound as they come: bounded in time,
 * memory and output, without a network, and with no other file opened.
 */
import type { ProbedVideo } from '../../media/probe.ts'
import type { Clock } from '../../system/clock.ts'
import { type StreamExecEnd, streamExec } from '../../system/stream-exec.ts'
import type { Plane } from '../plane.ts'
import { decodeArguments, type ThumbnailOrder } from './arguments.ts'
import { FrameAssembler } from './frame-assembler.ts'
import type { DecodePlan } from './plan.ts'
import { TimeReader } from './time-reader.ts'

/** What takes what was decoded. Every buffer is reused after the call. */
export interface DecodeSink {
  /** Every frame, reduced by averaging: planes of YUV 4:2:0 of `plan.small`. */
  small(frame: Uint8Array): void
  /** Every frame, pixels picked from it: planes of YUV 4:2:0 of `plan.picked`. */
  picked(frame: Uint8Array): void
  /** Some frames as they are: luma. */
  full(plane: Plane): void
  /** The presentation time of every frame. */
  time(timeSeconds: number): void
  /** Interleaved samples, full scale being 1; may end between two channels. */
  sound(samples: Float32Array): void
}

export interface DecodeOptions {
  readonly ffmpegPath: string
  /** What `ffmpeg -version` prints. */
  readonly ffmpegBuild: string
  readonly clock: Clock
  readonly budgetMs: number
  readonly thumbnails?: ThumbnailOrder
  readonly signal?: AbortSignal
}

/** Decoders, by codec, that tell of damage which ffmpeg's own do not see. */
const libvpx: Readonly<Record<string, string>> = { vp8: 'libvpx', vp9: 'libvpx-vp9' }
const sampleBytes = 4
/** What ffmpeg with all its threads and frames of 8K needs, with a reserve. */
const maxResidentBytes = 3 * 2 ** 30

/** @returns how ffmpeg ended. It rejects only with what the sink has thrown. */
export function decode(
  path: string,
  video: ProbedVideo,
  plan: DecodePlan,
  sink: DecodeSink,
  options: DecodeOptions,
): Promise<StreamExecEnd> {
  const { ffmpegPath, ffmpegBuild, clock, budgetMs, thumbnails, signal } = options
  const { width, height } = plan.full
  const outputs = [
    new FrameAssembler(width * height, (data) => sink.full({ width, height, data })),
    new FrameAssembler(bytesOf(plan.small), (frame) => sink.small(frame)),
    new FrameAssembler(bytesOf(plan.picked), (frame) => sink.picked(frame)),
    new TimeReader((timeSeconds) => sink.time(timeSeconds)),
    ...(plan.sound ? [samplesAssembler(sink)] : []),
  ]
  const args = decodeArguments(path, video, plan, {
    keepsTimes: keepsTimes(ffmpegBuild),
    decoder: ffmpegBuild.includes('--enable-libvpx') ? libvpx[video.videoCodec] : undefined,
    thumbnails,
  })
  return streamExec(ffmpegPath, args, {
    ...{ clock, signal, maxResidentBytes },
    timeoutMs: budgetMs,
    outputs: outputs.map((output) => (chunk) => output.push(chunk)),
  })
}

/** Of planes of YUV 4:2:0. */
function bytesOf({ width, height }: { readonly width: number; readonly height: number }): number {
  return width * height + 2 * Math.ceil(width / 2) * Math.ceil(height / 2)
}

/** Chunks of bytes end within samples. */
function samplesAssembler(sink: DecodeSink): { push(chunk: Uint8Array): void } {
  let rest = new Uint8Array(0)
  return {
    push(chunk) {
      const all = new Uint8Array(rest.length + chunk.length)
      all.set(rest)
      all.set(chunk, rest.length)
      const whole = all.length - (all.length % sampleBytes)
      rest = all.slice(whole)
      sink.sound(new Float32Array(all.buffer, 0, whole / sampleBytes))
    },
  }
}

/** `-fps_mode` came with ffmpeg 5.1, in 2022; `-vsync` went with 8. Builds between releases tell only their year. */
function keepsTimes(build: string): readonly string[] {
  const [major, minor = 0] = (/^ffmpeg version n?(\d+)\.(\d+)/.exec(build)?.slice(1) ?? []).map(Number)
  const year = Number(/Copyright \(c\) 2000-(\d{4})/.exec(build)?.[1] ?? 9999)
  const isOld = major === undefined ? year <= 2022 : major < 5 || (major === 5 && minor < 1)
  return isOld ? ['-vsync', 'passthrough'] : ['-fps_mode', 'passthrough']
}
