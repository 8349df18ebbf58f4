/** The published measures of a check, beside what their definitions give on every pixel of every frame. */
import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { analyzeVideo } from '../src/quality/analyze.ts'
import { FrameAssembler } from '../src/quality/decode/frame-assembler.ts'
import { hasFfmpeg } from './support/ffmpeg.ts'

const folder = mkdtempSync(join(tmpdir(), 'framewatch-measures-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** Frames of a file in one format, at their full size; each is a buffer of its own. */
async function framesOf(
  path: string,
  format: 'gray' | 'bgr24',
  frameBytes: number,
  take: (frame: Uint8Array) => void,
) {
  // Luma as it is coded: without the expansion to the full range.
  const filter = format === 'gray' ? 'extractplanes=y' : 'format=bgr24'
  const args = ['-v', 'error', '-i', path, '-vf', filter, '-fps_mode', 'passthrough', '-f', 'rawvideo', '-']
  const child = spawn('ffmpeg', args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const assembler = new FrameAssembler(frameBytes, (frame) => take(Uint8Array.from(frame)))
  for await (const chunk of child.stdout) assembler.push(chunk)
}

function deviation(values: Float32Array | Int16Array): number {
  let [sum, squares] = [0, 0]
  for (const value of values) {
    sum += value
    squares += value * value
  }
  return Math.sqrt(squares / values.length - (sum / values.length) ** 2)
}

/** ITU-T P.910 (2022-07), 7.7. */
function spatialInformation(frame: Uint8Array, width: number, height: number): number {
  const magnitudes = new Float32Array((width - 2) * (height - 2))
  let at = 0
  for (let y = 1; y < height - 1; y++)
    for (let x = 1; x < width - 1; x++) {
      const luma = (dx: number, dy: number) => frame[(y + dy) * width + x + dx] as number
      const across = luma(1, -1) + 2 * luma(1, 0) + luma(1, 1) - luma(-1, -1) - 2 * luma(-1, 0) - luma(-1, 1)
      const along = luma(-1, 1) + 2 * luma(0, 1) + luma(1, 1) - luma(-1, -1) - 2 * luma(0, -1) - luma(1, -1)
      magnitudes[at++] = Math.hypot(across, along)
    }
  return deviation(magnitudes)
}

/** By their definitions: SI and TI of P.910, and the mean absolute error of VBench's `temporal_flickering.py`. */
async function measuresOf(path: string, width: number, height: number) {
  const pixels = width * height
  let [si, ti, error, pairs] = [0, 0, 0, 0]
  let before: Uint8Array | undefined
  await framesOf(path, 'gray', pixels, (frame) => {
    si = Math.max(si, spatialInformation(frame, width, height))
    const past = before
    if (past) ti = Math.max(ti, deviation(Int16Array.from(frame, (luma, at) => luma - (past[at] as number))))
    before = frame
  })
  before = undefined
  await framesOf(path, 'bgr24', pixels * 3, (frame) => {
    if (before) {
      let sum = 0
      for (let at = 0; at < frame.length; at++)
        sum += Math.abs((frame[at] as number) - (before[at] as number))
      error += sum / frame.length
      pairs++
    }
    before = frame
  })
  return { si, ti, error: error / pairs }
}

/**
 * How far they may be off, in hundredths. Of larger pictures than 480p a sample of 57,600 pixels is looked at, of 14,400 of
 * them the colour: TI is the greatest over all frames of what they tell of each, and small marks may move beside them.
 */
const bounds = { whole: { si: 1, ti: 0.1, error: 1 }, sampled: { si: 1, ti: 3, error: 9 } }

const scroll = 'scroll=horizontal=0.004:vertical=0.002'
const clips = [
  ['a fractal, 320 x 180', 320, 180, 'mandelbrot=s=320x180:r=24:start_scale=0.5', ''],
  [
    'cells, 320 x 180',
    320,
    180,
    'life=s=320x180:r=12:mold=20:ratio=0.2:death_color=#303080:life_color=#c0c020:seed=3',
    '',
  ],
  ['marks and text, 480p', 854, 480, 'testsrc2=s=854x480:r=24', ''],
  ['a fractal, 480p', 854, 480, 'mandelbrot=s=854x480:r=24:start_scale=0.7', ''],
  [
    'a texture that moves, 720p',
    1280,
    720,
    'cellauto=s=1280x720:r=24:rule=110:seed=5:stitch=1:full=1',
    `,gblur=1.2,${scroll}`,
  ],
  ['a fractal, 720p', 1280, 720, 'mandelbrot=s=1280x720:r=24:start_scale=0.4', ''],
  ['colours that turn, 720p', 1280, 720, 'testsrc2=s=1280x720:r=24', ',gblur=4,hue=h=40*t'],
  ['a fractal, 1080p', 1920, 1080, 'mandelbrot=s=1920x1080:r=24:start_scale=0.6', ''],
  ['marks and text, 1080p', 1920, 1080, 'testsrc2=s=1920x1080:r=24', ''],
] as const

describe.skipIf(!hasFfmpeg)(
  'spatial and temporal information, and flicker, agree with their definitions',
  () => {
    test.each(clips)(
      'on %s',
      async (name, width, height, source, filter) => {
        const path = join(folder, `${name}.mp4`)
        const seconds = height > 500 ? '1' : '2'
        execFileSync('ffmpeg', [
          ...['-v', 'error', '-f', 'lavfi', '-i', `${source}${filter},format=yuv420p`, '-t', seconds],
          ...['-c:v', 'libx264', '-preset', 'ultrafast', '-crf', '18', path],
        ])
        const truth = await measuresOf(path, width, height)
        const { metrics } = await analyzeVideo(path, {}, 'default', { budgetMs: 60_000 })
        const ours = {
          si: metrics.spatialInformation ?? Number.NaN,
          ti: metrics.temporalInformation ?? Number.NaN,
          error: 255 * (1 - (metrics.temporalFlicker ?? Number.NaN)),
        }
        const bound = bounds[height > 480 ? 'sampled' : 'whole']
        for (const measure of ['si', 'ti', 'error'] as const)
          expect(100 * Math.abs(ours[measure] / truth[measure] - 1), measure).toBeLessThan(bound[measure])
        const flicker = 1 - truth.error / 255
        expect(Math.abs((metrics.temporalFlicker ?? 0) / flicker - 1), 'flicker').toBeLessThan(0.01)
      },
      60_000,
    )
  },
)
