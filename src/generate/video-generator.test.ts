import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { manualClock } from '../../test/support/manual-clock.ts'
import { seededRandom } from '../system/random.ts'
import type { GenerationMonitor, MonitoredGeneration } from './monitor.ts'
import type { GenerateVideoOptions } from './request.ts'
import { VideoGenerator, type VideoGeneratorOptions } from './video-generator.ts'
import type { HostedVideoModel, LocalVideoModel } from './video-model.ts'

const folder = mkdtempSync(join(tmpdir(), 'framewatch-generator-'))
process.env['TMPDIR'] = folder
afterAll(() => rmSync(folder, { recursive: true }))

const small = { width: 320, height: 180, fps: 12, durationSeconds: 1, seed: 7 }
let videos = 0

function request(changes: Partial<GenerateVideoOptions> = {}): GenerateVideoOptions {
  return {
    prompt: 'A fox runs. It leaps.',
    outputPath: join(folder, `${videos++}.mp4`),
    ...small,
    ...changes,
  }
}

/** Keeps everything it is told, in order. */
function recordingMonitor() {
  const calls: unknown[][] = []
  const methods = ['stage', 'progress', 'complete', 'fail', 'cancel', 'reject', 'timeOut'] as const
  const monitor: GenerationMonitor = {
    startGeneration(started) {
      calls.push(['start', started])
      const note = (name: string) => [name, (...args: unknown[]) => calls.push([name, ...args])]
      return { id: 'gen_1', ...Object.fromEntries(methods.map(note)) } as unknown as MonitoredGeneration
    },
  }
  const names = () =>
    calls.filter(([name]) => name !== 'progress').map(([name, stage]) => (name === 'stage' ? stage : name))
  return { monitor, calls, names }
}

const failing = (doGenerateToFile: LocalVideoModel['doGenerateToFile']): LocalVideoModel => ({
  ...{ provider: 'test', modelId: 'broken', defaults: small, doGenerateToFile },
})

/** Everything in the folder that a generation may leave by mistake. */
const leftovers = () =>
  readdirSync(folder).filter((name) => name.endsWith('.part') || name.startsWith('framewatch-'))

const storyboardStages = ['prepare', 'plan', 'render_and_encode', 'probe']

describe('a generation', () => {
  test('returns the facts of the file that is there', async () => {
    const options = request()
    const video = await new VideoGenerator().generateVideo(options)
    expect(video).toMatchObject({
      ...{ id: expect.stringMatching(/^gen_/), model: 'storyboard', seed: 7, warnings: [] },
      output: {
        ...{ path: options.outputPath, width: 320, height: 180, fps: 12, frames: 12, durationSeconds: 1 },
        ...{ videoCodec: 'h264', audioCodec: 'aac', sizeBytes: readFileSync(options.outputPath).length },
      },
    })
    expect(video.timings.stages.map(({ name }) => name)).toEqual(storyboardStages)
    const sumMs = video.timings.stages.reduce((sum, { durationMs }) => sum + durationMs, 0)
    expect(video.timings.totalMs).toBeGreaterThanOrEqual(sumMs)
    expect(leftovers()).toEqual([])
  })

  test('is told to the monitor from its request to its output', async () => {
    const { monitor, calls, names } = recordingMonitor()
    const generator = new VideoGenerator({
      monitoringService: monitor,
      config: { fps: 12, durationSeconds: 1 },
    })
    const options = request({ fps: undefined, durationSeconds: undefined, tags: { tenant: 'a' } })
    const video = await generator.generateVideo(options)
    expect(video.id).toBe('gen_1')
    expect(names()).toEqual(['start', ...storyboardStages, 'complete'])
    expect(calls[0]?.[1]).toEqual({
      ...{ model: 'storyboard', engine: 'ffmpeg', prompt: options.prompt, tags: { tenant: 'a' } },
      ...{ ...small, frames: 12 },
    })
    expect(calls.filter(([name]) => name === 'progress').at(-1)).toEqual(['progress', 12, 12])
    expect(calls.at(-1)).toEqual(['complete', { output: video.output }])
  })

  test('is the same with a monitor, without one, and with one that throws at every call', async () => {
    const broken: GenerationMonitor = {
      startGeneration: () =>
        new Proxy({} as MonitoredGeneration, {
          get() {
            throw new Error('monitor')
          },
        }),
    }
    const dead: GenerationMonitor = {
      startGeneration() {
        throw new Error('monitor')
      },
    }
    const monitors = [undefined, recordingMonitor().monitor, broken, dead]
    const made = await Promise.all(
      monitors.map(async (monitoringService) => {
        const { output, seed, warnings, timings } = await new VideoGenerator({
          monitoringService,
        }).generateVideo(request())
        const stages = timings.stages.map(({ name }) => name)
        return {
          ...output,
          path: '',
          seed,
          warnings,
          stages,
          bytes: readFileSync(output.path).toString('base64'),
        }
      }),
    )
    for (const video of made) expect(video).toEqual(made[0])
  })

  test('goes on when the progress callback or a promise of the monitor fails', async () => {
    const { monitor } = recordingMonitor()
    const rejecting: GenerationMonitor = {
      startGeneration: (started) => ({
        ...monitor.startGeneration(started),
        stage: () => Promise.reject(new Error('late')),
      }),
    }
    const onProgress = () => {
      throw new Error('caller')
    }
    const video = await new VideoGenerator({ monitoringService: rejecting }).generateVideo(
      request({ onProgress }),
    )
    expect(video.output.frames).toBe(12)
  })

  test('replaces an existing file', async () => {
    const options = request()
    writeFileSync(options.outputPath, 'old')
    await new VideoGenerator().generateVideo(options)
    expect(readFileSync(options.outputPath).length).toBeGreaterThan(1000)
  })

  test('takes any AI SDK model and probes what it returned', async () => {
    const { output } = await new VideoGenerator().generateVideo(request())
    const data = readFileSync(output.path).toString('base64')
    const model: Extract<HostedVideoModel, { specificationVersion: 'v4' }> = {
      ...{ specificationVersion: 'v4', provider: 'acme', modelId: 'acme-1', maxVideosPerCall: 1 },
      doGenerate: () =>
        Promise.resolve({
          videos: [{ type: 'base64', data, mediaType: 'video/mp4' }],
          warnings: [{ type: 'unsupported', feature: 'seed' }],
          response: { timestamp: new Date(0), modelId: 'acme-1', headers: undefined },
        }),
    }
    const options = { prompt: 'a fox', outputPath: join(folder, 'hosted.mp4') }
    const video = await new VideoGenerator({ model }).generateVideo(options)
    expect(video).toMatchObject({
      ...{ model: 'acme-1', seed: undefined, warnings: [{ type: 'unsupported', feature: 'seed' }] },
      output: { ...output, path: options.outputPath },
    })
  })
})

describe('a generation that does not succeed', () => {
  async function failure(generator: VideoGeneratorOptions, changes: Partial<GenerateVideoOptions> = {}) {
    const { monitor, calls, names } = recordingMonitor()
    const options = request(changes)
    if (typeof options.outputPath === 'string' && !changes.outputPath)
      writeFileSync(options.outputPath, 'old')
    const made = new VideoGenerator({ ...generator, monitoringService: monitor }).generateVideo(options)
    const error: unknown = await made.then(
      () => undefined,
      (reason: unknown) => reason,
    )
    const kept = changes.outputPath ? undefined : readFileSync(options.outputPath, 'utf8')
    expect(leftovers()).toEqual([])
    return { error, calls, names: names(), kept, options }
  }

  test('because of its parameters is recorded as rejected, with the reason', async () => {
    const { error, calls, kept } = await failure({}, { width: 641 })
    expect(error).toMatchObject({ code: 'GENERATION_INVALID', details: { parameter: 'width' } })
    expect(calls).toMatchObject([
      ['start', { width: 641, queued: true }],
      ['reject', (error as Error).message],
    ])
    expect(kept).toBe('old')
  })

  test('because of its path fails before the model is asked', async () => {
    const { error, names } = await failure({}, { outputPath: folder })
    expect(error).toMatchObject({ code: 'OUTPUT_UNWRITABLE' })
    expect(names).toEqual(['start', 'prepare', 'fail'])
  })

  test('because the configured ffmpeg cannot be run says so', async () => {
    const { error } = await failure({ config: { ffmpegPath: '/nowhere/ffmpeg' } })
    expect(error).toMatchObject({ code: 'FFMPEG_NOT_FOUND' })
  })

  test('because of its model keeps the old file, and gives the monitor the original error', async () => {
    const cause = new Error('CUDA out of memory')
    const { error, calls, kept } = await failure({
      model: failing(async ({ outputPath }) => {
        writeFileSync(outputPath, 'half a video')
        throw cause
      }),
    })
    expect(error).toMatchObject({ code: 'GENERATION_FAILED', cause })
    expect(calls.at(-1)).toEqual(['fail', cause])
    expect(kept).toBe('old')
  })

  test('because the output is no video keeps that file for inspection, and the old one', async () => {
    const { error, kept, options } = await failure({
      model: failing(async ({ outputPath }) => {
        writeFileSync(outputPath, 'no video')
        return { warnings: [] }
      }),
    })
    const keptPath = `${options.outputPath}.invalid`
    expect(error).toMatchObject({ code: 'OUTPUT_INVALID', details: { keptPath } })
    expect(readFileSync(keptPath, 'utf8')).toBe('no video')
    expect(kept).toBe('old')
  })

  test('because it was aborted while it rendered is cancelled and leaves nothing', async () => {
    const controller = new AbortController()
    const onProgress = ({ completedSteps }: { completedSteps?: number }) => {
      if (completedSteps !== undefined) controller.abort(new Error('user left'))
    }
    const changes = {
      width: 1280,
      height: 720,
      durationSeconds: 60,
      onProgress,
      abortSignal: controller.signal,
    }
    const { error, calls, kept } = await failure({}, changes)
    expect(error).toMatchObject({ code: 'GENERATION_ABORTED' })
    expect(calls.at(-1)).toEqual(['cancel', 'user left'])
    expect(kept).toBe('old')
  })

  test('because it was aborted beforehand never reaches the model', async () => {
    const { error, names } = await failure({}, { abortSignal: AbortSignal.abort() })
    expect(error).toMatchObject({ code: 'GENERATION_ABORTED' })
    expect(names).toEqual(['start', 'prepare', 'cancel'])
  })

  test('in time is recorded as timed out, and leaves no timer', async () => {
    const clock = manualClock()
    const model = failing(async ({ abortSignal }) => {
      const aborted = new Promise((_, reject) =>
        abortSignal.addEventListener('abort', () => reject(abortSignal.reason)),
      )
      await clock.advance(5000)
      await aborted
      return { warnings: [] }
    })
    const { error, calls } = await failure({
      model,
      clock,
      random: seededRandom(1),
      config: { timeoutMs: 5000 },
    })
    expect(error).toMatchObject({ code: 'GENERATION_TIMED_OUT', details: { timeoutMs: 5000 } })
    expect(calls.at(-1)?.[0]).toBe('timeOut')
    expect(clock.pending()).toBe(0)
  })
})
