/** `framewatch quality`, on files that ffmpeg made. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { seeded } from '../bench/quality/corpus/chance.ts'
import { encodeClip } from '../bench/quality/corpus/encode.ts'
import { scenes } from '../bench/quality/corpus/scenes.ts'
import { soundOf } from '../bench/quality/corpus/sounds.ts'
import { analyzeVideo, type QualityReport } from '../src/index.ts'
import { findFfmpeg } from '../src/media/ffmpeg.ts'
import { framewatch, program } from './support/command.ts'
import { hasFfmpeg } from './support/ffmpeg.ts'
import { isAlive } from './support/is-alive.ts'
import { startProcess } from './support/service-process.ts'

const hostileName = '\u001b[31m\nx\u202e.mp4'

/** The process of ffmpeg that decodes for another one. */
function decoderOf(pid: number): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')
  const found = children.find((child) =>
    readFileSync(`/proc/${child}/cmdline`, 'utf8').includes('-filter_complex'),
  )
  if (!found) throw new Error('It does not decode yet')
  return Number(found)
}

describe.skipIf(!hasFfmpeg)('framewatch quality (needs ffmpeg)', () => {
  let folder = ''
  const at = (name: string) => join(folder, name)
  const good = () => at('good.mp4')

  function ffmpeg(...args: string[]): void {
    execFileSync(findFfmpeg().ffmpegPath, ['-v', 'error', '-y', ...args])
  }

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'framewatch-quality-'))
    const format = { width: 320, height: 180, fps: 24, frames: 72, shots: 1 }
    const clip = { footage: scenes.handheld(format, seeded(5)), sound: soundOf('speech', 3, seeded(3)) }
    await encodeClip(clip, good(), { codec: 'h264', container: 'mp4', crf: 18 })
    ffmpeg('-f', 'lavfi', '-i', 'color=black:s=320x180:r=24:d=3', '-pix_fmt', 'yuv420p', at('black.mp4'))
    ffmpeg('-i', good(), '-an', '-vf', 'tpad=stop_mode=clone:stop_duration=1.5', at('hold.mp4'))
    ffmpeg('-i', good(), '-an', '-vf', 'lutyuv=y=16+(val-16)*0.05:u=128:v=128', at('dark.mp4'))
    writeFileSync(at('text.mp4'), 'no video at all')
    writeFileSync(at(hostileName), '')
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  test('a video that is fine is told of in one line, and the exit code is 0', async () => {
    const { code, stdout, stderr } = await framewatch('quality', good())
    expect(stderr).toBe('')
    expect(stdout).toMatch(/^OK {9}.*good\.mp4 {2}score 0\.\d\d, 320 x 180, 24 fps, 72 frames checked\n$/)
    expect(code).toBe(0)
  })

  test('a video that meets what is expected of it is fine, and one that does not is not', async () => {
    const size = ['--expect-width', '320', '--expect-height', '180']
    const rest = ['--expect-fps', '24', '--expect-duration', '3', '--expect-audio', '--expect-shots', '1']
    expect((await framewatch('quality', good(), ...size, ...rest)).code).toBe(0)
    const wrong = await framewatch('quality', good(), '--expect-width', '640', '--expect-duration', '5.5')
    expect(wrong.code).toBe(1)
    expect(wrong.stdout).toMatch(/^DEFECTIVE .*\n {2}wrong_resolution .*\n {2}too_short /)
    const open = await framewatch('quality', good(), '--expect-loop')
    expect(open.stdout).toMatch(/^ {2}loop_seam .* its end does not lead to its start/m)
  })

  test('a verdict is told by the exit code also where nobody reads the words', async () => {
    const command = 'set -o pipefail; "$0" "$1" quality "$2" "$3" | true'
    const codeOf = async (...files: string[]) =>
      (await startProcess('bash', ['-c', command, process.execPath, program, ...files]).exited).code
    expect(await codeOf(at('black.mp4'), at('black.mp4'))).not.toBe(0)
    expect(await codeOf(good(), at('none.mp4'))).toBe(2)
  })

  test('a black video is defective, with its times and the evidence', async () => {
    const { code, stdout } = await framewatch('quality', at('black.mp4'))
    expect(code).toBe(1)
    expect(stdout).toMatch(/^DEFECTIVE .*\n {2}black {13}major {2}0\.00 to 3\.00 s {2}.*luma 16/)
  })

  test('sound is missing only where it is expected', async () => {
    const expected = await framewatch(
      'quality',
      at('hold.mp4'),
      '--profile',
      'static-scene',
      '--expect-audio',
    )
    expect(expected.stdout).toMatch(/^ {2}silent {12}major /m)
    expect(expected.code).toBe(1)
    const not = await framewatch('quality', at('hold.mp4'), '--profile', 'static-scene', '--expect-no-audio')
    expect(not).toMatchObject({ code: 0, stdout: expect.stringMatching(/^OK /) })
  })

  test('what is no video is unreadable, and what is not there could not be checked', async () => {
    const text = await framewatch('quality', at('text.mp4'))
    expect(text).toMatchObject({ code: 1, stdout: expect.stringMatching(/^UNREADABLE /) })
    const missing = await framewatch('quality', at('no-such.mp4'))
    expect(missing).toMatchObject({ code: 2, stdout: expect.stringMatching(/^UNVERIFIED .*no such file\n$/) })
  })

  test('of several files each is told of, and the worst gives the exit code', async () => {
    const bad = await framewatch('quality', good(), at('black.mp4'))
    expect(bad.code).toBe(1)
    expect(bad.stdout).toMatch(/^OK .*\nDEFECTIVE /)
    expect((await framewatch('quality', at('no-such.mp4'), at('black.mp4'), good())).code).toBe(2)
  })

  test('a decoding that takes longer than it may is cut short, and says so', async () => {
    const { code, stdout } = await framewatch('quality', good(), '--budget', '0.001')
    expect(code).toBe(2)
    expect(stdout).toMatch(/^UNVERIFIED .*not decoded within 1 ms/)
  })

  test('the name of a file cannot drive the terminal', async () => {
    const { code, stdout } = await framewatch('quality', at(hostileName))
    expect(code).toBe(1)
    expect(stdout).not.toMatch(/[^\P{C}\n]/u)
    expect(stdout.trimEnd().split('\n')).toHaveLength(2)
  })

  test('--json is an array of reports, as analyzeVideo gives them', async () => {
    const { code, json } = await framewatch('quality', '--json', good(), at('text.mp4'))
    expect(code).toBe(1)
    const [first, second] = json() as QualityReport[]
    const own = await analyzeVideo(good())
    expect(own.verdict).toBe('ok')
    expect(first).toEqual({ ...own, costMs: expect.any(Number) })
    expect(second).toMatchObject({
      ...{ file: at('text.mp4'), verdict: 'unreadable', profile: 'default', checkedFrames: 0 },
      defects: [{ type: 'unreadable', severity: 'major' }],
      ...{ metrics: {}, scoreParts: {}, skipped: [], costMs: expect.any(Number) },
    })
  })

  test('--thumbnails writes pictures of each video to a folder of its own', async () => {
    const dir = at('pictures')
    mkdirSync(at('other'))
    ffmpeg('-i', good(), '-c', 'copy', at('other/good.mp4'))
    await framewatch('quality', good(), at('other/good.mp4'), '--thumbnails', dir)
    const pictures = ['poster.jpg', ...[1, 2, 3, 4, 5].map((number) => `strip-${number}.jpg`)]
    expect(readdirSync(dir)).toEqual(['good.mp4', 'good.mp4-2'])
    for (const name of readdirSync(dir)) expect(readdirSync(join(dir, name))).toEqual(pictures)
  })

  test.each([
    ['a width below zero', ['--expect-width', '-3'], 'Expected a whole number from 1'],
    ['a rate of zero', ['--expect-fps', '0'], 'Expected a number above 0'],
    ['a length that is no number', ['--expect-duration', 'Infinity'], 'Expected a number above 0'],
    ['a budget of nothing', ['--budget', ''], 'Expected a number above 0'],
    ['sound and none', ['--expect-audio', '--expect-no-audio'], 'cannot be used with'],
    ['an unknown profile', ['--profile', 'nope'], 'QUALITY_PROFILE_UNKNOWN'],
    ['a profile that is not there', ['--profile', './no-such.yaml'], 'CONFIG_FILE_NOT_FOUND'],
  ])('%s is refused', async (_about, options, message) => {
    const { code, stdout, stderr } = await framewatch('quality', good(), ...options)
    expect(stderr).toContain(message)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  })

  test.skipIf(process.platform !== 'linux')(
    'Ctrl-C stops ffmpeg, and ends with the code that shells give it (needs Linux)',
    async () => {
      const path = at('long.mp4')
      ffmpeg('-stream_loop', '400', '-i', good(), '-c', 'copy', path)
      const running = startProcess(process.execPath, [program, 'quality', path])
      const pid = running.child.pid as number
      const decoder = await vi.waitFor(() => decoderOf(pid), { timeout: 10_000 })
      running.child.kill('SIGINT')
      expect(await running.exited).toEqual({ code: 130, signal: null })
      await vi.waitFor(() => expect(isAlive(decoder)).toBe(false))
      expect(running.stderr()).toBe('')
    },
  )

  describe('calibrate', () => {
    let known = ''

    beforeAll(() => {
      known = at('known')
      mkdirSync(join(known, 'deep'), { recursive: true })
      for (const name of ['hold.mp4', 'deep/dark.mp4', `deep/${hostileName}`])
        writeFileSync(join(known, name), readFileSync(at(name.replace('deep/', ''))))
      writeFileSync(join(known, 'notes.txt'), 'no video')
    })

    test('writes a profile that known-good videos pass, and that black ones still do not', async () => {
      const [hold, dark] = [at('hold.mp4'), at('dark.mp4')]
      expect((await framewatch('quality', hold)).stdout).toMatch(/^ {2}frozen /m)
      expect((await framewatch('quality', dark)).stdout).toMatch(/^ {2}black /m)
      const path = at('profile.yaml')
      const made = await framewatch('quality', 'calibrate', known, '--out', path)
      expect(made).toMatchObject({ code: 0, stderr: '' })
      expect(made.stdout).toMatch(/^2 videos measured, 1 left out$/m)
      expect(made.stdout).toMatch(/^black +lumaMax +32 +\d\d(\.\d)? +1 +.*dark\.mp4$/m)
      expect(made.stdout).toMatch(/^frozen .*hold\.mp4$/m)
      expect(made.stdout).not.toMatch(/[^\P{C}\n]/u)
      const yaml = readFileSync(path, 'utf8')
      expect(yaml).toMatch(/^extends: default$/m)
      expect(yaml).toMatch(/^ {4}lumaMax: \S+ # was 32; \S+ is just enough for .*dark\.mp4$/m)
      expect((await framewatch('quality', hold, dark, '--profile', path)).code).toBe(0)
      const black = await framewatch('quality', at('black.mp4'), '--profile', path)
      expect(black).toMatchObject({ code: 1, stdout: expect.stringMatching(/^ {2}black /m) })
      const again = await framewatch('quality', 'calibrate', known, '--out', path)
      expect(again).toMatchObject({ code: 2, stderr: expect.stringContaining('FILE_EXISTS') })
      const next = await framewatch('quality', 'calibrate', known, '--profile', path)
      expect(next).toMatchObject({ code: 0, stderr: expect.stringContaining('all are fine') })
      // A profile cannot extend a file: what was in it is repeated.
      expect(next.stdout).toMatch(/^extends: default\nthresholds:\n {2}black:\n {4}lumaMax: /m)
    })

    test('switches off what no threshold would be enough for', async () => {
      const still = at('still')
      mkdirSync(still)
      ffmpeg(
        '-i',
        good(),
        '-an',
        '-vf',
        'trim=end_frame=1,tpad=stop_mode=clone:stop_duration=5',
        join(still, 'a.mp4'),
      )
      const { code, stdout, stderr } = await framewatch('quality', 'calibrate', still)
      expect(code).toBe(0)
      expect(stdout).toMatch(/^off:\n(.*\n)* {2}- frozen # no threshold is enough for .*a\.mp4$/m)
      expect(stderr).toMatch(/^frozen +on +off +1 /m)
    })

    test('looks at no more videos than it may, and says so', async () => {
      const { json } = await framewatch('quality', 'calibrate', known, '--limit', '2', '--json')
      expect(json()).toMatchObject({
        files: 1,
        isLimited: true,
        leftOut: [{ reason: 'the file has no bytes' }],
      })
    })

    test.each([
      ['a folder that is not there', () => at('no-such'), 'ENOENT'],
      ['a folder without a video', () => at('other/none'), 'No video in '],
    ])('%s is refused', async (_about, path, message) => {
      mkdirSync(at('other/none'), { recursive: true })
      const { code, stdout, stderr } = await framewatch('quality', 'calibrate', path())
      expect(stderr).toContain(message)
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    })
  })
})
