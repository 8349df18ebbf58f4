/**
 * What a check of a video takes: ten seconds of 1080p H.264 at about 8 Mb/s with sound, as the service's helper checks one
 * after another, beside a decoder that throws everything away.
 */
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { findFfmpeg } from '../src/media/ffmpeg.ts'
import { analyzeVideo } from '../src/quality/analyze.ts'
import type { Benchmark } from './measure.ts'
import { processCpuMs } from './process-cpu.ts'
import { seeded } from './quality/corpus/chance.ts'
import { encodeClip } from './quality/corpus/encode.ts'
import { scenes } from './quality/corpus/scenes.ts'
import { soundOf } from './quality/corpus/sounds.ts'

const run = promisify(execFile)
const { ffmpegPath } = findFfmpeg()
const fps = 30
const kinds = ['pan', 'handheld', 'zoom'] as const

/** One clip of each kind. */
async function render(folder: string, seconds: number): Promise<readonly string[]> {
  const paths: string[] = []
  for (const kind of kinds) {
    const path = join(folder, `${kind}.mp4`)
    // Painting takes longer than encoding: a second is painted, and played there and back.
    const format = { width: 1920, height: 1080, fps, frames: Math.min(fps, seconds * fps), shots: 1 }
    const footage = scenes[kind](format, seeded(1))
    const backwards = { ...footage, frames: seconds * fps }
    const clip = {
      footage: {
        ...backwards,
        draw: (index: number, into: Uint8Array) => footage.draw(thereAndBack(index, footage.frames), into),
      },
      sound: soundOf('music', seconds, seeded(2)),
    }
    await encodeClip(clip, path, { codec: 'h264', container: 'mp4', bitrateKbps: 8000, ffmpegPath })
    paths.push(path)
  }
  return paths
}

function thereAndBack(index: number, frames: number): number {
  const place = index % (2 * frames)
  return place < frames ? place : 2 * frames - 1 - place
}

/** Mean over the clips; CPU time is that of this process and of its children. */
async function timed(paths: readonly string[], work: (path: string) => Promise<unknown>) {
  const cpuMs = processCpuMs('self', { withChildren: true })
  const startMs = performance.now()
  for (const path of paths) await work(path)
  return {
    wallMs: (performance.now() - startMs) / paths.length,
    cpuMs: (processCpuMs('self', { withChildren: true }) - cpuMs) / paths.length,
  }
}

/** As the service's helper keeps them. */
const builds = new Map<string, string>()

async function check(path: string): Promise<void> {
  const { verdict, reason } = await analyzeVideo(path, {}, 'default', { ffmpegPath, builds })
  if (verdict === 'unreadable' || verdict === 'unverified')
    throw new Error(`${path} is ${verdict}: ${reason}`)
}

const decodeOnly = (path: string) =>
  run(ffmpegPath, ['-v', 'error', '-nostdin', '-i', path, '-f', 'null', '-'])

export const benchmark: Benchmark = {
  name: 'quality',
  about:
    'Checking a clip of 1080p30 H.264 at 8 Mb/s with sound, 10 s long, in a process that has checked others before.',
  units: { wallMs: 'ms', cpuMs: 'ms' },
  ratios: ['wallMs', 'cpuMs'],
  goals: [{ metric: 'wallMs', atMost: 1.4, times: ['ffmpeg'] }],
  runs: { quick: 2, full: 9 },
  async open({ quick }) {
    const folder = mkdtempSync(join(tmpdir(), 'framewatch-bench-'))
    const paths = await render(folder, quick ? 2 : 10)
    return [
      {
        ...{ name: 'framewatch', run: () => timed(paths, check) },
        close: async () => rmSync(folder, { recursive: true }),
      },
      { name: 'ffmpeg', run: () => timed(paths, decodeOnly) },
    ]
  },
}
