import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
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

  test('rejects with the reason of its signal', async () => {
    const reason = new Error('enough')
    await expect(analyzeVideo(path, {}, 'default', { signal: AbortSignal.abort(reason) })).rejects.toBe(
      reason,
    )
  })
})
