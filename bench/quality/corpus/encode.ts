import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { rm, writeFile } from 'node:fs/promises'
import type { Writable } from 'node:stream'
import type { Clip, Footage, Sound } from './clip.ts'

/** How a clip becomes a file. */
export interface Encoding {
  readonly codec: 'h264' | 'hevc' | 'vp9' | 'mpeg4'
  readonly container: 'mp4' | 'webm' | 'mov' | 'mkv'
  /** Of the codec's own scale; for mpeg4 the quantizer, 2 to 31. One of this and `bitrateKbps`. */
  readonly crf?: number
  readonly bitrateKbps?: number
  /** Of x264 and x265. @default 'veryfast' */
  readonly preset?: string
  /** @default 'yuv420p' */
  readonly pixelFormat?: 'yuv420p' | 'yuv444p' | 'yuv420p10le'
  /** The index stands before the data. @default false */
  readonly hasFastStart?: boolean
  /** @default what the codec does */
  readonly bFrames?: number
  /** Before the name of the output. */
  readonly extraArgs?: readonly string[]
  /** @default 'ffmpeg' */
  readonly ffmpegPath?: string
}

/**
 * Encodes a clip with ffmpeg.
 *
 * @param path - is overwritten.
 * @throws Error with what ffmpeg wrote, when it fails.
 */
export async function encodeClip(clip: Clip, path: string, encoding: Encoding): Promise<void> {
  const wavPath = clip.sound ? `${path}.wav` : undefined
  if (clip.sound && wavPath) await writeFile(wavPath, wavOf(clip.sound))
  try {
    await encode(clip.footage, wavPath, path, encoding)
  } finally {
    if (wavPath) await rm(wavPath, { force: true })
  }
}

async function encode(
  footage: Footage,
  wavPath: string | undefined,
  path: string,
  encoding: Encoding,
): Promise<void> {
  const child = spawn(encoding.ffmpegPath ?? 'ffmpeg', argumentsOf(footage, wavPath, path, encoding), {
    stdio: ['pipe', 'ignore', 'pipe'],
  })
  let complaint = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-4000)
  })
  const ended = endOf(child)
  // A program that ends early closes its input: the reason is in its exit, not in the broken pipe.
  child.stdin.on('error', () => {})
  await feed(footage, child.stdin)
  const code = await ended
  if (code !== 0) throw new Error(`ffmpeg ended with ${code} on ${path}: ${complaint}`)
}

function endOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
}

/** Two buffers in turn: one is painted while the other goes out. */
async function feed(footage: Footage, input: Writable): Promise<void> {
  const buffers = [0, 1].map(() => new Uint8Array(footage.width * footage.height * 1.5))
  let sent: Promise<unknown> = Promise.resolve()
  for (let index = 0; index < footage.frames; index++) {
    const buffer = buffers[index % 2] as Uint8Array
    footage.draw(index, buffer)
    await sent
    if (input.destroyed) return
    sent = new Promise((resolve) => input.write(buffer, resolve))
    // Lets the pipe be written before the next frame keeps the thread.
    await new Promise((resolve) => setImmediate(resolve))
  }
  await sent
  input.end()
  if (!input.writableFinished && !input.destroyed)
    await Promise.race([once(input, 'finish'), once(input, 'close')])
}

function argumentsOf(
  { width, height, fps }: Footage,
  wavPath: string | undefined,
  path: string,
  encoding: Encoding,
): string[] {
  const { container, hasFastStart, extraArgs = [] } = encoding
  const colours = [
    '-colorspace',
    'bt709',
    '-color_primaries',
    'bt709',
    '-color_trc',
    'bt709',
    '-color_range',
    'tv',
  ]
  const isMp4 = container === 'mp4' || container === 'mov'
  return [
    ...['-hide_banner', '-loglevel', 'error', '-nostdin', '-y'],
    ...['-f', 'rawvideo', '-pix_fmt', 'yuv420p', ...colours],
    ...['-s', `${width}x${height}`, '-r', String(fps), '-i', 'pipe:0'],
    ...(wavPath ? ['-i', wavPath] : []),
    ...videoArguments(encoding),
    ...colours,
    ...['-threads', '1'],
    ...(wavPath ? audioArguments(container) : []),
    ...(isMp4 && hasFastStart ? ['-movflags', '+faststart'] : []),
    ...extraArgs,
    ...['-f', container === 'mkv' ? 'matroska' : container, path],
  ]
}

function videoArguments(encoding: Encoding): string[] {
  const { codec, crf, bitrateKbps, preset = 'veryfast', pixelFormat = 'yuv420p', bFrames } = encoding
  const rate = bitrateKbps === undefined ? ['-crf', String(crf ?? 23)] : ['-b:v', `${bitrateKbps}k`]
  const common = ['-pix_fmt', pixelFormat, ...(bFrames === undefined ? [] : ['-bf', String(bFrames)])]
  switch (codec) {
    case 'h264':
      return ['-c:v', 'libx264', '-preset', preset, ...rate, ...common]
    case 'hevc':
      return [
        '-c:v',
        'libx265',
        '-preset',
        preset,
        '-x265-params',
        'log-level=error:pools=none',
        '-tag:v',
        'hvc1',
        ...rate,
        ...common,
      ]
    case 'vp9':
      return [
        '-c:v',
        'libvpx-vp9',
        '-deadline',
        'realtime',
        '-cpu-used',
        '7',
        ...rate,
        ...(crf === undefined ? [] : ['-b:v', '0']),
        '-pix_fmt',
        pixelFormat,
      ]
    case 'mpeg4':
      return ['-c:v', 'mpeg4', ...(bitrateKbps === undefined ? ['-q:v', String(crf ?? 4)] : rate), ...common]
  }
}

function audioArguments(container: Encoding['container']): string[] {
  return container === 'webm' ? ['-c:a', 'libopus', '-b:a', '96k'] : ['-c:a', 'aac', '-b:a', '128k']
}

/** A WAV file of 16-bit samples. */
export function wavOf({ sampleRateHz, channels, samples }: Sound): Buffer {
  const header = Buffer.alloc(44)
  const size = samples.length * 2
  header.write('RIFF', 0, 'latin1')
  header.writeUInt32LE(36 + size, 4)
  header.write('WAVEfmt ', 8, 'latin1')
  header.writeUInt32LE(16, 16)
  header.writeUInt16LE(1, 20)
  header.writeUInt16LE(channels, 22)
  header.writeUInt32LE(sampleRateHz, 24)
  header.writeUInt32LE(sampleRateHz * channels * 2, 28)
  header.writeUInt16LE(channels * 2, 32)
  header.writeUInt16LE(16, 34)
  header.write('data', 36, 'latin1')
  header.writeUInt32LE(size, 40)
  const whole = Int16Array.from(samples, (sample) => Math.round(Math.max(-1, Math.min(1, sample)) * 32_767))
  return Buffer.concat([header, Buffer.from(whole.buffer)])
}
