import { accessSync, chmodSync, constants, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
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

/** Optional packages may be left out, and a system user may not be allowed to run those of another. */
function bundled(name: string): string | undefined {
  try {
    const { path } = createRequire(import.meta.url)(`@${name}-installer/${name}`)
    accessSync(path, constants.X_OK)
    return path
  } catch {
    return undefined
  }
}

describe('the search for ffmpeg', () => {
  test('takes the configured programs before any other', () => {
    const [ffmpegPath, ffprobePath] = [program('my-ffmpeg'), program('my-ffprobe')]
    expect(findFfmpeg({ ffmpegPath, ffprobePath, searchPath: '/usr/bin' })).toEqual({
      ffmpegPath,
      ffprobePath,
      source: 'configured',
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
    expect(findFfmpeg({ searchPath })).toEqual({ ffmpegPath, ffprobePath, source: 'system' })
  })

  test('ends with the bundled programs, or says which is missing', () => {
    const [ffmpegPath, ffprobePath] = [bundled('ffmpeg'), bundled('ffprobe')]
    const search = () => findFfmpeg({ searchPath: '' })
    if (ffmpegPath && ffprobePath)
      return expect(search()).toEqual({ ffmpegPath, ffprobePath, source: 'bundled' })
    const details = { program: ffmpegPath ? 'ffprobe' : 'ffmpeg' }
    expect(search).toThrow(
      expect.objectContaining({ code: 'FFMPEG_NOT_FOUND', details: expect.objectContaining(details) }),
    )
  })
})
