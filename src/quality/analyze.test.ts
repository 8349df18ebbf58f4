import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { hasFfmpeg } from '../../test/support/ffmpeg.ts'
import { findFfmpeg } from '../media/ffmpeg.ts'
import { analyzeVideo } from './analyze.ts'

const folder = mkdtempSync(join(tmpdir(), 'framewatch-analyze-'))
afterAll(() => rmSync(folder, { recursive: true }))
const path = join(folder, 'clip.mp4')

/** Optional packages, which may be left out. */
function bundled() {
  try {
    return findFfmpeg({ searchPath: '' })
  } catch {
    return undefined
  }
}

describe.skipIf(!hasFfmpeg)('a check', () => {
  test.skipIf(!bundled())('works with the ffmpeg that is bundled, however old it is', async () => {
    const source = ['-f', 'lavfi', '-i', 'mandelbrot=s=160x120:r=15', '-t', '1', '-pix_fmt', 'yuv420p']
    execFileSync('ffmpeg', ['-v', 'error', ...source, '-c:v', 'libx264', path])
    const report = await analyzeVideo(path, {}, 'default', bundled())
    expect(report).toMatchObject({ checkedFrames: 15, verdict: expect.stringMatching(/^(ok|defective)$/) })
  })

  test('takes a sound that goes on after the picture for that, where a container tells one length only', async () => {
    const longer = join(folder, 'longer.mkv')
    const picture = ['-f', 'lavfi', '-i', 'mandelbrot=s=160x120:r=15,trim=duration=2']
    const sound = ['-f', 'lavfi', '-i', 'sine=duration=3']
    execFileSync('ffmpeg', ['-v', 'error', ...picture, ...sound, '-pix_fmt', 'yuv420p', longer])
    const { verdict, defects, probe } = await analyzeVideo(longer)
    expect(verdict).toBe('defective')
    expect(defects.map(({ type }) => type)).toContain('av_mismatch')
    expect(probe?.durationSeconds).toBeCloseTo(2, 1)
  })

  test('measures the same of the full range as of the limited one, at the size at which nothing is scaled', async () => {
    const [limited, full] = await Promise.all(
      ['tv', 'pc'].map(async (range) => {
        const clip = join(folder, `${range}.mkv`)
        const source = ['-f', 'lavfi', '-i', 'mandelbrot=s=320x240:r=15', '-t', '1']
        const filter = ['-vf', `scale=out_range=${range},format=yuv420p`, '-color_range', range]
        execFileSync('ffmpeg', ['-v', 'error', ...source, ...filter, '-c:v', 'ffv1', clip])
        return (await analyzeVideo(clip)).metrics
      }),
    )
    for (const measure of ['spatialInformation', 'temporalInformation', 'temporalFlicker'] as const)
      expect(full?.[measure]).toBeCloseTo(limited?.[measure] ?? Number.NaN, 1)
  })

  test('writes pictures to a folder of any name', async () => {
    const pictures = join(folder, '100 %d')
    mkdirSync(pictures)
    const clip = join(folder, 'seen.mp4')
    const source = ['-f', 'lavfi', '-i', 'mandelbrot=s=160x120:r=15', '-t', '1', '-pix_fmt', 'yuv420p']
    execFileSync('ffmpeg', ['-v', 'error', ...source, clip])
    await analyzeVideo(clip, {}, 'default', { thumbnailDir: pictures })
    const strip = [1, 2, 3, 4, 5].map((number) => `strip-${number}.jpg`)
    expect(readdirSync(pictures).sort()).toEqual(['poster.jpg', ...strip])
    // A video is no worse for a disk that is full, or gone.
    const absent = { thumbnailDir: join(folder, 'absent') }
    expect(await analyzeVideo(clip, {}, 'default', absent)).toMatchObject({
      checkedFrames: 15,
      verdict: 'ok',
    })
  })

  test('calls a stream without frames empty', async () => {
    const empty = join(folder, 'empty.avi')
    const nothing = ['-f', 'lavfi', '-i', 'color=s=160x120:r=15', '-frames:v', '0', '-c:v', 'mpeg4']
    execFileSync('ffmpeg', ['-v', 'error', ...nothing, empty])
    const { verdict, defects } = await analyzeVideo(empty)
    expect(verdict).toBe('unreadable')
    expect(defects).toMatchObject([{ type: 'empty' }])
  })

  test.each(['kill -KILL $$', 'kill -TERM $$', 'exit 255'])(
    'does not hold it against the video that somebody has killed the decoder: %s',
    async (line) => {
      const clip = join(folder, 'whole.mp4')
      const source = ['-f', 'lavfi', '-i', 'mandelbrot=s=160x120:r=15', '-t', '1', '-pix_fmt', 'yuv420p']
      execFileSync('ffmpeg', ['-y', '-v', 'error', ...source, clip])
      const killed = join(folder, 'killed')
      writeFileSync(killed, `#!/bin/sh\n${line}\n`, { mode: 0o755 })
      const decoded = await analyzeVideo(clip, {}, 'default', { ffmpegPath: killed })
      expect(decoded).toMatchObject({ verdict: 'unverified', reason: 'ffmpeg was ended by a signal' })
      if (line.startsWith('exit')) return
      const probed = await analyzeVideo(clip, {}, 'default', { ffprobePath: killed })
      expect(probed).toMatchObject({ verdict: 'unverified', reason: expect.stringContaining('SIG') })
    },
  )

  test('rejects with the reason of its signal', async () => {
    const reason = new Error('enough')
    await expect(analyzeVideo(path, {}, 'default', { signal: AbortSignal.abort(reason) })).rejects.toBe(
      reason,
    )
  })
})
