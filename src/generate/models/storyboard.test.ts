import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { findFfmpeg } from '../../media/ffmpeg.ts'
import { probeVideo } from '../../media/probe.ts'
import { systemClock } from '../../system/clock.ts'
import type { LocalVideoOptions } from '../video-model.ts'
import { storyboardModel } from './storyboard.ts'

const folder = mkdtempSync(join(tmpdir(), 'framewatch-storyboard-test-'))
// The private directories of renders appear here, apart from those of other tests.
process.env['TMPDIR'] = folder
afterAll(() => rmSync(folder, { recursive: true }))

const clock = systemClock()
const bundled = tryFind({ searchPath: '' })
const system = tryFind({})
const binaries = [
  { name: 'the system ffmpeg', tools: system?.ffmpegPath === bundled?.ffmpegPath ? undefined : system },
  { name: 'the bundled ffmpeg of 2018', tools: bundled },
]
const { ffprobePath } = findFfmpeg()

function tryFind(search: Parameters<typeof findFfmpeg>[0]) {
  try {
    return findFfmpeg(search)
  } catch {
    return undefined
  }
}

interface Render {
  readonly path: string
  readonly stages: readonly string[]
  readonly steps: readonly (readonly [number, number])[]
}

let renders = 0

async function render(ffmpegPath: string, changes: Partial<LocalVideoOptions> = {}): Promise<Render> {
  const path = join(folder, `${renders++}.mp4`)
  writeFileSync(path, '')
  const stages: string[] = []
  const steps: [number, number][] = []
  await storyboardModel({ findFfmpegPath: () => ffmpegPath, clock }).doGenerateToFile({
    ...{
      prompt: 'A red fox runs through fresh snow. It leaps.',
      outputPath: path,
      seed: 7,
      providerOptions: {},
    },
    ...{ width: 320, height: 180, fps: 12, frames: 18, timeoutMs: 60_000 },
    abortSignal: new AbortController().signal,
    onStage: (name) => stages.push(name),
    onProgress: (completed, total) => steps.push([completed, total]),
    ...changes,
  })
  return { path, stages, steps }
}

function ask(path: string, entries: string): string[] {
  const shown = ['-v', 'error', '-show_entries', entries, '-of', 'csv=p=0', path]
  return execFileSync(ffprobePath, shown, { encoding: 'utf8' }).trim().split('\n')
}

/** The decoded frames of a stream, as hashes. */
function frameHashes(path: string, stream: string): string[] {
  const args = ['-v', 'error', '-i', path, '-map', stream, '-f', 'framemd5', '-']
  const text = execFileSync(findFfmpeg().ffmpegPath, args, { encoding: 'utf8' })
  return text.split('\n').filter((line) => /^\d/.test(line))
}

describe.each(binaries)('a storyboard by $name', ({ name, tools }) => {
  const skipped = tools === undefined
  const ffmpegPath = tools?.ffmpegPath ?? ''
  const title = (text: string) => (skipped ? `${text} (skipped: ${name} is not on this machine)` : text)

  test.skipIf(skipped)(
    title('is H.264 and AAC of exactly the size, rate and number of frames asked for'),
    async () => {
      const { path } = await render(ffmpegPath)
      expect(await probeVideo(path, { ffprobePath, clock })).toMatchObject({
        ...{ width: 320, height: 180, fps: 12, frames: 18, durationSeconds: 1.5 },
        ...{ videoCodec: 'h264', audioCodec: 'aac' },
      })
      expect(ask(path, 'stream=pix_fmt')[0]).toBe('yuv420p')
    },
  )

  test.skipIf(skipped).each([
    { fps: 24, frames: 36 },
    { fps: 60, frames: 61 },
    { fps: 7, frames: 5 },
    { fps: 30, frames: 1 },
  ])(
    title('has sound and a file as long as its $frames frames at $fps fps, within a frame'),
    async (rate) => {
      const { path } = await render(ffmpegPath, { ...rate, width: 128, height: 128 })
      const lengths = [...ask(path, 'stream=duration'), ...ask(path, 'format=duration')].map(Number)
      expect(lengths).toHaveLength(3)
      for (const seconds of lengths)
        expect(Math.abs(seconds - rate.frames / rate.fps)).toBeLessThanOrEqual(1 / rate.fps)
    },
  )

  test.skipIf(skipped)(title('can be played before it is loaded: its index comes first'), async () => {
    const bytes = readFileSync((await render(ffmpegPath)).path)
    expect(bytes.indexOf('moov')).toBeLessThan(bytes.indexOf('mdat'))
  })

  test.skipIf(skipped)(title('is the same for the same seed, to the last frame and sample'), async () => {
    const [first, second] = [await render(ffmpegPath), await render(ffmpegPath)]
    expect(frameHashes(second.path, '0:v')).toEqual(frameHashes(first.path, '0:v'))
    expect(frameHashes(second.path, '0:a')).toEqual(frameHashes(first.path, '0:a'))
  })

  test.skipIf(skipped)(title('is another for another seed, and moves within every scene'), async () => {
    const first = frameHashes((await render(ffmpegPath)).path, '0:v')
    const other = frameHashes((await render(ffmpegPath, { seed: 8 })).path, '0:v')
    expect(other).not.toEqual(first)
    expect(new Set(first.map((line) => line.split(',').at(-1))).size).toBeGreaterThan(first.length / 2)
  })

  test.skipIf(skipped)(title('reports its two stages, and frames as steps up to the last'), async () => {
    const { stages, steps } = await render(ffmpegPath)
    expect(stages).toEqual(['plan', 'render_and_encode'])
    expect(steps.at(-1)).toEqual([18, 18])
    expect(steps.map(([completed]) => completed)).toEqual(
      steps.map(([completed]) => completed).sort((a, b) => a - b),
    )
  })

  test.skipIf(skipped).each([
    ['quotes, options and expansions', `'"; rm -rf /; %{pts}:text=x,[out]\\' \`id\` $(id) &&`],
    ['controls and NUL', 'a\0b\n\r\x1b[31m\u202Edlrow\uD800'],
    ['emoji and right-to-left text', '😀👩‍👩‍👧‍👦 שלום עולם مرحبا'],
    ['a hundred kilobytes', 'All work and no play. '.repeat(4800)],
    ['one endless word', 'x'.repeat(3000)],
    ['nothing the font can draw', '狐狐狐'],
  ])(title('takes a prompt of %s'), async (_, prompt) => {
    const { path } = await render(ffmpegPath, { prompt, width: 128, height: 128, frames: 6, fps: 6 })
    expect(await probeVideo(path, { ffprobePath, clock })).toMatchObject({ frames: 6 })
  })

  test.skipIf(skipped)(title('that is aborted leaves no process and no file of its own'), async () => {
    const controller = new AbortController()
    const reason = new Error('enough')
    const aborted = render(ffmpegPath, {
      ...{ width: 1280, height: 720, frames: 24 * 60, abortSignal: controller.signal },
      onProgress: () => controller.abort(reason),
    })
    await expect(aborted).rejects.toBe(reason)
    expect(readdirSync(folder).filter((name) => name.startsWith('framewatch-storyboard-'))).toEqual([])
    expect(runningRenders(join(folder, `${renders - 1}.mp4`))).toEqual([])
  })
})

/** Processes of this machine that have the path among their arguments. */
function runningRenders(path: string): string[] {
  return execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.includes(path))
}

test('a storyboard without ffmpeg fails with the error of the search', async () => {
  const failure = new Error('none')
  const model = storyboardModel({
    clock,
    findFfmpegPath() {
      throw failure
    },
  })
  const call = model.doGenerateToFile({
    ...{ prompt: 'a', outputPath: join(folder, 'none.mp4'), seed: 1, providerOptions: {}, timeoutMs: 1000 },
    ...{ width: 128, height: 128, fps: 1, frames: 1, abortSignal: new AbortController().signal },
    ...{ onStage: () => undefined, onProgress: () => undefined },
  })
  await expect(call).rejects.toBe(failure)
})
