import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { resolveConfig } from './config.ts'
import { VideoGenerator } from './video-generator.ts'

const folder = mkdtempSync(join(tmpdir(), 'framewatch-generate-config-'))
afterAll(() => rmSync(folder, { recursive: true }))

function fromFile(text: string) {
  const configPath = join(folder, 'generator.yaml')
  writeFileSync(configPath, text)
  return resolveConfig({ configPath })
}

describe('the configuration of a generator', () => {
  test('has defaults, and leaves the parameters of the video to the model', () => {
    expect(resolveConfig({})).toEqual({
      ...{ model: 'storyboard', timeoutMs: 1_800_000, pollIntervalMs: 2000, maxVideoBytes: 2_147_483_648 },
    })
  })

  test('is the same from a file as from code', () => {
    const config = {
      model: 'storyboard',
      width: 320,
      height: 180,
      fps: 30,
      durationSeconds: 2.5,
      timeoutMs: 5000,
    } as const
    expect(fromFile('width: 320\nheight: 180\nfps: 30\ndurationSeconds: 2.5\ntimeoutMs: 5000\n')).toEqual(
      resolveConfig({ config }),
    )
  })

  test('from a file names file, line and key of what is wrong', () => {
    expect(() => fromFile('fps: 24\nwidht: 640\n')).toThrow(/generator\.yaml:2:1: unknown key `widht`/)
  })

  test.each([
    ['an odd width', { width: 641 }],
    ['a frame too small for text', { height: 64 }],
    ['a rate with a fraction', { fps: 23.976 }],
    ['no duration', { durationSeconds: 0 }],
    ['an unknown model', { model: 'sora' }],
    ['an unknown key', { seed: 1 }],
    ['a time limit of none', { timeoutMs: 0 }],
  ])('refuses %s by name', (_, config) => {
    const [key = ''] = Object.keys(config)
    expect(() => resolveConfig({ config: config as never })).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', details: expect.objectContaining({ key }) }),
    )
  })

  test('is given once, not twice', () => {
    expect(() => resolveConfig({ configPath: 'a.yaml', config: {} })).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID' }),
    )
  })

  test('in a file that is missing says so', () => {
    expect(() => resolveConfig({ configPath: join(folder, 'absent.yaml') })).toThrow(
      expect.objectContaining({ code: 'CONFIG_FILE_NOT_FOUND' }),
    )
  })
})

describe('the options of a generator', () => {
  test.each([
    ['null', null],
    ['a number', 7],
    ['an unknown key', { monitoring: {} }],
    ['a monitoring service that cannot start a generation', { monitoringService: {} }],
    ['a monitoring service of null', { monitoringService: null }],
    ['a configuration of null', { config: null }],
    ['the name of a model', { model: 'storyboard' }],
    ['a path of no characters', { configPath: '' }],
    ['a clock without a timer', { clock: { nowMs: () => 0, monotonicMs: () => 0 } }],
  ])('refuse %s', (_, options) => {
    expect(() => new VideoGenerator(options as never)).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID' }),
    )
  })
})
