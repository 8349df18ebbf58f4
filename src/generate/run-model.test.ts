import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { manualClock } from '../../test/support/manual-clock.ts'
import { type ModelRun, runModel } from './run-model.ts'
import type { HostedVideoModel } from './video-model.ts'

type V4 = Extract<HostedVideoModel, { specificationVersion: 'v4' }>
type Result = Awaited<ReturnType<NonNullable<V4['doGenerate']>>>
type Video = Result['videos'][number]
type Status = Awaited<ReturnType<NonNullable<V4['doStatus']>>>

const folder = mkdtempSync(join(tmpdir(), 'framewatch-run-'))
const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, index) => index % 251))
const response = { timestamp: new Date(0), modelId: 'test', headers: undefined }
let server: Server
let origin = ''

beforeAll(async () => {
  server = createServer((request, answer) => {
    if (request.url === '/video') return answer.setHeader('content-length', bytes.length).end(bytes)
    if (request.url === '/endless') return void answer.write(bytes)
    answer.writeHead(403).end('denied')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
  rmSync(folder, { recursive: true })
})

const base = { specificationVersion: 'v4', provider: 'test', modelId: 'test-1', maxVideosPerCall: 1 } as const

function answering(...videos: Video[]): V4 {
  return { ...base, doGenerate: () => Promise.resolve({ videos, warnings: [], response }) }
}

/** A model that is asked for its state, and answers in this order. */
function polled(...statuses: Status[]): V4 {
  const operation = { task: 7 }
  return {
    ...base,
    doStart: () => Promise.resolve({ operation, warnings: [{ type: 'other', message: 'slow' }], response }),
    doStatus: (options) => {
      expect(options.operation).toEqual(operation)
      return Promise.resolve(statuses.shift() ?? { status: 'pending', response })
    },
  }
}

function prepare(changes: Partial<ModelRun> = {}) {
  const clock = manualClock()
  const stages: string[] = []
  const run: ModelRun = {
    ...{ prompt: 'a fox', providerOptions: { test: { loop: true } }, outputPath: join(folder, 'video') },
    ...{ width: 640, height: 360, fps: 24, durationSeconds: 4, seed: 7, clock, fetch },
    ...{
      signal: new AbortController().signal,
      timeoutMs: 60_000,
      pollIntervalMs: 2000,
      maxVideoBytes: 1_000_000,
    },
    ...{ onStage: (name) => stages.push(name), onProgress: () => undefined },
    ...changes,
  }
  return { clock, stages, run }
}

const url = (path: string): Video => ({ type: 'url', url: `${origin}${path}`, mediaType: 'video/mp4' })

describe('a hosted model', () => {
  test.each<[string, () => Video, string]>([
    ['base64', () => ({ type: 'base64', data: bytes.toString('base64'), mediaType: 'video/mp4' }), 'write'],
    ['binary', () => ({ type: 'binary', data: new Uint8Array(bytes), mediaType: 'video/mp4' }), 'write'],
    ['an address', () => url('/video'), 'download'],
  ])('may answer with %s', async (_, video, stage) => {
    const { run, stages } = prepare()
    await runModel(answering(video()), run)
    expect(readFileSync(run.outputPath).equals(bytes)).toBe(true)
    expect(stages).toEqual(['generate', stage])
  })

  test('of specification v3 works the same', async () => {
    const { run } = prepare()
    const video = { type: 'base64', data: bytes.toString('base64'), mediaType: 'video/mp4' } as const
    const doGenerate = () => Promise.resolve({ videos: [video], warnings: [], response })
    await runModel({ ...base, specificationVersion: 'v3', doGenerate }, run)
    expect(readFileSync(run.outputPath).equals(bytes)).toBe(true)
  })

  test('is asked for what was decided, in the terms of the AI SDK', async () => {
    const { run } = prepare()
    const asked: unknown[] = []
    const model: V4 = {
      ...base,
      doGenerate(options) {
        asked.push(options)
        return Promise.resolve({ videos: [url('/video')], warnings: [], response })
      },
    }
    await runModel(model, run)
    expect(asked).toMatchObject([
      {
        ...{ prompt: 'a fox', n: 1, resolution: '640x360', duration: 4, fps: 24, seed: 7 },
        ...{ providerOptions: { test: { loop: true } }, abortSignal: run.signal },
      },
    ])
  })

  test('tells of the progress of a download', async () => {
    const steps: [number, number][] = []
    const { run } = prepare({ onProgress: (completed, total) => steps.push([completed, total]) })
    await runModel(answering(url('/video')), run)
    expect(steps.at(-1)).toEqual([bytes.length, bytes.length])
  })

  test.each<[string, () => Video[], RegExp]>([
    ['no video', () => [], /returned no video/],
    ['a delivery elsewhere', () => [{ type: 'uploaded', mediaType: 'video/mp4' }], /storage of its own/],
    ['an address that is refused', () => [url('/secret?key=abc')], /answered with 403/],
    ['a malformed address', () => [{ type: 'url', url: 'abc', mediaType: '' }], /malformed address/],
  ])('that answers with %s fails with a typed error that tells no secret', async (_, videos, message) => {
    const failure = await runModel(answering(...videos()), prepare().run).catch((error: unknown) => error)
    expect(failure).toMatchObject({ code: 'GENERATION_FAILED', message: expect.stringMatching(message) })
    expect(String(failure)).not.toContain('key=abc')
  })

  test.each<[string, () => Video]>([
    ['downloaded', () => url('/video')],
    ['endless', () => url('/endless')],
    ['in memory', () => ({ type: 'binary', data: new Uint8Array(bytes), mediaType: 'video/mp4' })],
  ])('may not fill the disk: a video too large, %s, is refused', async (_, video) => {
    const { run } = prepare({ maxVideoBytes: 1000 })
    await expect(runModel(answering(video()), run)).rejects.toThrow(/larger than `maxVideoBytes`, 1000 bytes/)
  })

  test('fails with its own error', async () => {
    const failure = new TypeError('content policy')
    const model: V4 = { ...base, doGenerate: () => Promise.reject(failure) }
    await expect(runModel(model, prepare().run)).rejects.toBe(failure)
  })

  test('that ignores an abort is not waited for', async () => {
    const controller = new AbortController()
    const model: V4 = { ...base, doGenerate: () => new Promise(() => controller.abort(new Error('enough'))) }
    await expect(runModel(model, prepare({ signal: controller.signal }).run)).rejects.toThrow('enough')
  })

  test('that stops sending can be aborted', async () => {
    const controller = new AbortController()
    const { run } = prepare({ signal: controller.signal, maxVideoBytes: 1e9 })
    const response = await fetch(`${origin}/endless`)
    const abortSoon: typeof fetch = async (...args) => {
      queueMicrotask(() => controller.abort(new Error('enough')))
      return fetch(...args)
    }
    await response.body?.cancel()
    await expect(runModel(answering(url('/endless')), { ...run, fetch: abortSoon })).rejects.toThrow('enough')
  })
})

describe('a model that is polled', () => {
  const pending: Status = { status: 'pending', response }

  test('is asked at the interval until it is done', async () => {
    const { run, clock, stages } = prepare()
    const completed: Status = { status: 'completed', videos: [url('/video')], warnings: [], response }
    const done = runModel(polled(pending, pending, completed), run)
    await clock.advance(0)
    await clock.advance(3999)
    expect(stages).toEqual(['submit', 'wait'])
    await clock.advance(1)
    expect(await done).toEqual([{ type: 'other', message: 'slow' }])
    expect(stages).toEqual(['submit', 'wait', 'download'])
    expect(readFileSync(run.outputPath).equals(bytes)).toBe(true)
  })

  test('fails with what the provider says', async () => {
    const { run } = prepare()
    await expect(runModel(polled({ status: 'error', error: 'NSFW', response }), run)).rejects.toMatchObject({
      code: 'GENERATION_FAILED',
      message: expect.stringContaining('NSFW'),
    })
  })

  test('for ever is ended by the signal, and leaves no timer', async () => {
    const controller = new AbortController()
    const { run, clock } = prepare({ signal: controller.signal })
    const done = runModel(polled(), run)
    const outcome = expect(done).rejects.toThrow('enough')
    await clock.advance(60_000)
    controller.abort(new Error('enough'))
    await outcome
    expect(clock.pending()).toBe(0)
  })
})
