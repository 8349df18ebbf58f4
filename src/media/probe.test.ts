import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { systemClock } from '../system/clock.ts'
import { findFfmpeg } from './ffmpeg.ts'
import { probeStreams, probeVideo } from './probe.ts'

const folder = mkdtempSync(join(tmpdir(), 'framewatch-probe-'))
afterAll(() => rmSync(folder, { recursive: true }))
const { ffmpegPath, ffprobePath } = findFfmpeg()
const options = { ffprobePath, clock: systemClock() }
const at = (name: string) => join(folder, name)

function make(...args: string[]): void {
  execFileSync(ffmpegPath, ['-v', 'error', ...args])
}

beforeAll(() => {
  const picture = ['-f', 'lavfi', '-i', 'testsrc=s=64x48:r=10:d=1.5']
  const sound = ['-f', 'lavfi', '-i', 'sine=d=1.5']
  make(...picture, ...sound, '-c:v', 'libx264', '-c:a', 'aac', at('both.mp4'))
  make(...picture, '-c:v', 'libvpx', '-deadline', 'realtime', at('silent.webm'))
  make(...sound, at('sound.mp4'))
})

describe('the probe', () => {
  test('reads the facts of an MP4', async () => {
    expect(await probeVideo(at('both.mp4'), options)).toEqual({
      ...{ width: 64, height: 48, fps: 10, frames: 15, durationSeconds: 1.5 },
      ...{ videoCodec: 'h264', audioCodec: 'aac', sizeBytes: expect.any(Number) },
    })
  })

  test('counts the frames of a container that does not store their number', async () => {
    expect(await probeVideo(at('silent.webm'), options)).toMatchObject({
      ...{ frames: 15, durationSeconds: 1.5, videoCodec: 'vp8', audioCodec: null },
    })
  })

  test.each([
    ['text', 'hello'],
    ['nothing', ''],
    ['a playlist that names another file', '#EXTM3U\n#EXTINF:1,\nboth.mp4\n'],
    ['a list of files to join', "ffconcat version 1.0\nfile 'both.mp4'\n"],
  ])('refuses %s', async (_, text) => {
    writeFileSync(at('odd.mp4'), text)
    await expect(probeVideo(at('odd.mp4'), options)).rejects.toMatchObject({ code: 'OUTPUT_INVALID' })
  })

  test('reads the frame rate where only the codec tells it', async () => {
    make('-f', 'lavfi', '-i', 'testsrc=s=64x48:r=10:d=1.5', '-c:v', 'libtheora', at('rate.ogv'))
    expect(await probeStreams(at('rate.ogv'), options)).toMatchObject({ fps: 10 })
  })

  test('says which containers are opened, of a file in another', async () => {
    make('-f', 'lavfi', '-i', 'testsrc=s=64x48:d=0.2', '-f', 'mpeg', at('other.mp4'))
    await expect(probeVideo(at('other.mp4'), options)).rejects.toThrow(
      /ffprobe cannot read it: it is none of mov,mp4,matroska/,
    )
  })

  test('refuses a file without a picture', async () => {
    await expect(probeVideo(at('sound.mp4'), options)).rejects.toThrow(/no video stream/)
  })

  test('refuses a file that is not there', async () => {
    await expect(probeVideo(at('absent.mp4'), options)).rejects.toMatchObject({ code: 'OUTPUT_INVALID' })
  })

  test('that is aborted rejects with the reason', async () => {
    const reason = new Error('enough')
    const signal = AbortSignal.abort(reason)
    await expect(probeVideo(at('both.mp4'), { ...options, signal })).rejects.toBe(reason)
  })
})
