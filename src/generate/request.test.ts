import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FramewatchError } from '../model/errors.ts'
import { seededRandom } from '../system/random.ts'
import { decideParameters } from './parameters.ts'
import { recordedRequest } from './recorded-request.ts'
import { parseRequest } from './request.ts'
import type { HostedVideoModel, LocalVideoModel } from './video-model.ts'

const valid = { prompt: 'a fox', outputPath: 'fox.mp4' }
const local: LocalVideoModel = {
  provider: 'test',
  modelId: 'local',
  defaults: { width: 640, height: 360, fps: 24, durationSeconds: 4 },
  doGenerateToFile: () => Promise.resolve({ warnings: [] }),
}
const hosted: HostedVideoModel = {
  ...{ specificationVersion: 'v4', provider: 'test', modelId: 'hosted', maxVideosPerCall: 1 },
}

describe('a request', () => {
  test('may be as short as a prompt and a path', () => {
    expect(parseRequest(valid)).toEqual(valid)
  })

  test.each([
    ['prompt', { prompt: ' \n' }],
    ['prompt', { prompt: 7 }],
    ['prompt', { prompt: 'x'.repeat(1_000_001) }],
    ['outputPath', { outputPath: '' }],
    ['outputPath', { outputPath: 'a\0b' }],
    ['width', { width: 641 }],
    ['height', { height: 100_000 }],
    ['fps', { fps: Number.NaN }],
    ['durationSeconds', { durationSeconds: -1 }],
    ['durationSeconds', { durationSeconds: Number.POSITIVE_INFINITY }],
    ['seed', { seed: 2 ** 32 }],
    ['seed', { seed: -1 }],
    ['model', { model: 'sora' }],
    ['model', { model: { modelId: 'x' } }],
    ['abortSignal', { abortSignal: {} }],
    ['tags.tenant', { tags: { tenant: 7 } }],
    ['providerOptions', { providerOptions: [] }],
    ['onProgress', { onProgress: 'log' }],
    ['steps', { steps: 20 }],
  ])('with a wrong `%s` is refused by its name', (parameter, change) => {
    expect(() => parseRequest({ ...valid, ...change })).toThrow(
      expect.objectContaining({
        code: 'GENERATION_INVALID',
        details: expect.objectContaining({ parameter }),
      }),
    )
  })

  test.each(['', 5])('with the path %j is told that a path is expected, and no more', (outputPath) => {
    expect(() => parseRequest({ ...valid, outputPath })).toThrow(/^`outputPath`: expected a path, got /)
  })

  test.each([
    [
      'getter',
      {
        ...valid,
        get width(): number {
          throw new Error('mine')
        },
      },
    ],
    [
      'getter below',
      {
        ...valid,
        tags: {
          get tenant(): string {
            throw new Error('mine')
          },
        },
      },
    ],
    [
      'proxy',
      new Proxy(valid, {
        ownKeys: () => {
          throw new Error('mine')
        },
      }),
    ],
  ])('with a %s that throws is refused, and recorded', (_, options) => {
    expect(() => parseRequest(options)).toThrow(
      expect.objectContaining({ code: 'GENERATION_INVALID', message: expect.stringContaining('mine') }),
    )
    expect(recordedRequest(options, local, undefined)).toMatchObject({ prompt: valid.prompt })
  })

  test('that is refused does not repeat its prompt', () => {
    const prompt = 'secret'.repeat(200_000)
    expect(() => parseRequest({ ...valid, prompt })).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('secret') }),
    )
  })

  test('of any value is accepted or refused with a typed error', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.anything(), fc.record({ prompt: fc.string(), outputPath: fc.anything() })),
        (value) => {
          try {
            parseRequest(value)
          } catch (error) {
            expect(error).toBeInstanceOf(FramewatchError)
          }
        },
      ),
    )
  })
})

describe('the parameters', () => {
  const random = seededRandom(1)

  test('are those of the request, else of the configuration, else of a local model', () => {
    const decided = decideParameters({ fps: 10 }, { fps: 12, durationSeconds: 1.27 }, local, random)
    expect(decided).toMatchObject({ width: 640, height: 360, fps: 10, durationSeconds: 1.27, frames: 13 })
  })

  test('are left to the provider of a hosted model', () => {
    expect(decideParameters({}, {}, hosted, random)).toEqual({})
  })

  test('hold a seed of chance for a local model', () => {
    const seeds = [1, 2].map(() => decideParameters({}, {}, local, random).seed)
    expect(seeds[0]).not.toBe(seeds[1])
    expect(Number.isInteger(seeds[0])).toBe(true)
  })

  test('never hold a width without a height', () => {
    expect(() => decideParameters({ width: 640 }, {}, hosted, random)).toThrow(
      expect.objectContaining({ code: 'GENERATION_INVALID', details: { parameter: 'height' } }),
    )
  })

  test('are at least one frame', () => {
    expect(decideParameters({ durationSeconds: 0.001 }, {}, local, random).frames).toBe(1)
  })
})

test('what is recorded of a refused request is what has the right type', () => {
  const options = { prompt: 7, width: 640, height: 'tall', tags: { tenant: 'a', size: 3 } }
  expect(recordedRequest(options, local, undefined)).toEqual({
    ...{ model: 'local', engine: 'test', width: 640, tags: { tenant: 'a' } },
  })
  expect(recordedRequest({ prompt: 'a' }, local, undefined).tags).toBeUndefined()
  fc.assert(fc.property(fc.anything(), (value) => void recordedRequest(value, local, undefined)))
})
