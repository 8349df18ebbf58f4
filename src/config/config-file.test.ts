import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { FramewatchError } from '../model/errors.ts'
import { loadConfigFile } from './config-file.ts'
import { parseOptions } from './validate.ts'

const folder = mkdtempSync(join(tmpdir(), 'framewatch-config-'))
afterAll(() => rmSync(folder, { recursive: true }))

const schema = z.strictObject({
  interval: z.number().positive().default(30),
  rules: z.array(z.strictObject({ metric: z.string(), above: z.number() })).default([]),
})

function load(text: string): z.infer<typeof schema> {
  const path = join(folder, 'framewatch.yaml')
  writeFileSync(path, text)
  return loadConfigFile(path, schema)
}

function failure(act: () => unknown): FramewatchError {
  try {
    act()
  } catch (error) {
    if (error instanceof FramewatchError) return error
    throw error
  }
  throw new Error('Expected a FramewatchError')
}

describe('a configuration file', () => {
  test('gives typed options with defaults', () => {
    expect(load('rules:\n  - metric: a\n    above: 1\n')).toEqual({
      interval: 30,
      rules: [{ metric: 'a', above: 1 }],
    })
  })

  test('may be empty', () => {
    expect(load('# nothing set\n')).toEqual({ interval: 30, rules: [] })
  })

  test('that is missing says so', () => {
    const error = failure(() => loadConfigFile(join(folder, 'absent.yaml'), schema))
    expect(error.code).toBe('CONFIG_FILE_NOT_FOUND')
    expect(error.details['file']).toContain('absent.yaml')
  })

  test('that is not YAML names the line', () => {
    const error = failure(() => load('interval: 3\nrules: [1, 2\nother: }'))
    expect(error).toMatchObject({ code: 'CONFIG_SYNTAX', details: { line: 3 } })
  })

  test('with the same key twice is refused', () => {
    expect(failure(() => load('interval: 3\ninterval: 4\n')).code).toBe('CONFIG_SYNTAX')
  })

  test('with a wrong value names file, line, key, value', () => {
    const error = failure(() => load('# head\ninterval: -3\n'))
    expect(error).toMatchObject({
      code: 'CONFIG_INVALID',
      details: { line: 2, column: 1, key: 'interval', value: '-3' },
    })
    expect(error.message).toContain('framewatch.yaml:2:1: `interval`')
  })

  test('with an unknown key deep inside names its line', () => {
    const error = failure(() => load('rules:\n  - metric: a\n    above: 1\n    abvoe: 2\n'))
    expect(error.details).toMatchObject({ line: 4, key: 'rules[0].abvoe' })
  })

  test('with a missing key points at its parent', () => {
    const error = failure(() => load('interval: 3\nrules:\n  - metric: a\n'))
    expect(error.details).toMatchObject({ line: 3, key: 'rules[0].above' })
  })

  test('reports every wrong key at once', () => {
    const { message } = failure(() => load('interval: x\nfoo: 1\n'))
    expect(message).toContain(':1:1: `interval`')
    expect(message).toContain(':2:1: unknown key `foo`')
  })

  test('of any text gives options or a typed error', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        try {
          load(text)
        } catch (error) {
          expect(error).toBeInstanceOf(FramewatchError)
        }
      }),
    )
  })
})

test('options from code name the key and value too', () => {
  const circular: Record<string, unknown> = {}
  circular['self'] = circular
  const error = failure(() => parseOptions(schema, { interval: circular }, { label: 'options' }))
  expect(error.details).toMatchObject({ key: 'interval', value: '[object Object]' })
})
