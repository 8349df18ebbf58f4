import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { findFfmpeg } from './ffmpeg.ts'

const folder = mkdtempSync(join(tmpdir(), 'framewatch-find-'))
afterAll(() => rmSync(folder, { recursive: true }))

function program(name: string, mode = 0o755): string {
  const path = join(folder, name)
  writeFileSync(path, '#!/bin/sh\n')
  chmodSync(path, mode)
  return path
}

describe('the search for ffmpeg', () => {
  test('takes the configured programs before any other', () => {
    const [ffmpegPath, ffprobePath] = [program('my-ffmpeg'), program('my-ffprobe')]
    expect(findFfmpeg({ ffmpegPath, ffprobePath, searchPath: '/usr/bin' })).toEqual({
      ffmpegPath,
      ffprobePath,
    })
  })

  test('does not replace a configured program that cannot be run', () => {
    const ffmpegPath = program('no-ffmpeg', 0o644)
    expect(() => findFfmpeg({ ffmpegPath })).toThrow(
      expect.objectContaining({
        code: 'FFMPEG_NOT_FOUND',
        details: { program: 'ffmpeg', path: ffmpegPath },
      }),
    )
  })

  test('goes through the path in order, past what is not executable', () => {
    const [ffmpegPath, ffprobePath] = [program('ffmpeg'), program('ffprobe')]
    const searchPath = `/nowhere::${folder}:/usr/bin`
    expect(findFfmpeg({ searchPath })).toEqual({ ffmpegPath, ffprobePath })
  })

  test('ends with the bundled programs, or says which is missing', () => {
    try {
      expect(findFfmpeg({ searchPath: '' }).ffmpegPath).toContain('ffmpeg-installer')
    } catch (error) {
      // Optional packages may be left out, and a system user may not be allowed to run those of another.
      expect(error).toMatchObject({ code: 'FFMPEG_NOT_FOUND' })
    }
  })
})
