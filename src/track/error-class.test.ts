import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { classifyError, errorClassifier } from './error-class.ts'
import { errorClassTable } from './error-class-table.ts'
import { codesOf, meaningOfCode } from './error-codes.ts'

test.each([
  ['Cannot write "/proc/x.mp4"', 'OUTPUT_UNWRITABLE', 'output_unwritable'],
  ['Expected `width` to be even, got 3', 'GENERATION_INVALID', 'invalid_input'],
  ['The generation passed its time limit', 'GENERATION_TIMED_OUT', 'timeout'],
  ['The model returned a file that is not a readable video', 'OUTPUT_INVALID', 'encode_failed'],
  ['Neither ffmpeg nor ffprobe can be run', 'FFMPEG_NOT_FOUND', 'model_missing'],
  ['ffmpeg exited with code 1: height not divisible by 2', 'PROCESS_FAILED', 'encode_failed'],
  ['The process was stopped', 'PROCESS_FAILED', 'worker_crash'],
  ['The model failed: CUDA out of memory', 'GENERATION_FAILED', 'gpu_out_of_memory'],
])('our own %s (%s) is %s', (message, code, errorClass) => {
  expect(classifyError({ message, code })).toBe(errorClass)
})

describe('what a message merely mentions does not count', () => {
  test.each([
    ['Unknown NaNoVideo pipeline', undefined, 'unknown'],
    ['banana: something else', undefined, 'unknown'],
    ['Expected number, received NaN', undefined, 'invalid_input'],
    ["Unknown parameter: 'timeout'.", undefined, 'invalid_input'],
    ['`timeout` must be between 1 and 600', undefined, 'invalid_input'],
    ["Unrecognized key(s) in object: 'timeout', 'moderation'", undefined, 'invalid_input'],
    [
      "WanPipeline.__call__() got an unexpected keyword argument 'safety_checker'",
      undefined,
      'invalid_input',
    ],
    [
      'Your text about a man who lost his memory was flagged by our safety system',
      undefined,
      'content_filter',
    ],
    ['Content policy violation: scene "the soldier is out of memory and time"', undefined, 'content_filter'],
    [
      'Invalid request. prompt: "a server runs out of memory, CUDA out of memory"',
      undefined,
      'invalid_input',
    ],
    [
      '{"detail":[{"type":"value_error","input":"CUDA out of memory, neon"}],"msg":"invalid"}',
      undefined,
      'invalid_input',
    ],
    ['{\\"prompt\\": \\"nsfw, moderation\\", \\"error\\": \\"socket hang up\\"}', undefined, 'network'],
    ['Prompt too long: a poster that says out of memory and 429 too many requests', '413', 'invalid_input'],
    ['A robot that has run out of memory: prompt is too long', '400', 'invalid_input'],
    ['CUDA out of memory painted on a wall', 'content_policy_violation', 'content_filter'],
    ['The video shows an internal server error page', 'ECONNRESET', 'network'],
    ['Tried to read 429 bytes', undefined, 'unknown'],
    ['Saved 500 frames', undefined, 'unknown'],
    ['The operation timed out', undefined, 'timeout'],
    ['something else', undefined, 'unknown'],
    ['', undefined, 'unknown'],
  ])('%s (%s) is %s', (message, code, errorClass) => {
    expect(classifyError({ message, code })).toBe(errorClass)
  })

  test('the end of a long traceback does: there it says what happened', () => {
    const message = `Traceback (most recent call last):\n${'  File "x.py", line 1\n'.repeat(400)}torch.OutOfMemoryError: x`
    expect(classifyError({ message })).toBe('gpu_out_of_memory')
  })
})

describe('an HTTP status', () => {
  test.each([
    ['400', 'invalid_input'],
    ['401', 'authentication'],
    ['402', 'quota'],
    ['403', 'authentication'],
    ['408', 'timeout'],
    ['422', 'invalid_input'],
    ['429', 'rate_limit'],
    ['500', 'provider_error'],
    ['504', 'timeout'],
    ['529', 'provider_error'],
    ['599', 'provider_error'],
  ])('%s alone is %s', (code, errorClass) => {
    expect(classifyError({ message: 'request failed', code })).toBe(errorClass)
  })
})

describe('rules of the user', () => {
  const classify = errorClassifier([
    { class: 'tiling_bug', pattern: 'vae tile \\d+ overlaps' },
    { class: 'queue_full', code: 'E_BUSY' },
    { class: 'provider_error', pattern: 'out of memory' },
  ])

  test.each([
    ['RuntimeError: VAE tile 12 overlaps', undefined, 'tiling_bug'],
    ['try later', 'e_busy', 'queue_full'],
    ['try later', 'E_BUSY_2', 'unknown'],
    ['CUDA out of memory', undefined, 'provider_error'],
    ['CUDA error: x', undefined, 'gpu_error'],
    ['prompt: "out of memory", fetch failed', undefined, 'network'],
  ])('come before what is built in: %s (%s) is %s', (message, code, errorClass) => {
    expect(classify({ message, code })).toBe(errorClass)
  })

  test('but after the class that the caller gave', () => {
    expect(classify({ message: 'CUDA out of memory', errorClass: 'mine' })).toBe('mine')
  })

  test('see the end of a long message too', () => {
    expect(classify({ message: `${'x'.repeat(9000)} vae tile 1 overlaps` })).toBe('tiling_bug')
  })
})

test('every code has one meaning, and every class but `unknown` something that leads to it', () => {
  const classes = Object.keys(errorClassTable) as (keyof typeof errorClassTable)[]
  const codes = classes.flatMap((errorClass) => {
    const { always, vague } = codesOf(errorClass)
    return [...always, ...vague].map((code) => ({ code, errorClass }))
  })
  expect(new Set(codes.map(({ code }) => code)).size).toBe(codes.length)
  for (const { code, errorClass } of codes) expect(meaningOfCode(code)?.errorClass).toBe(errorClass)
})

test('any text gives a known class, and soon: no message makes a pattern run long', () => {
  const part = fc.constantFrom(
    'CUDA ',
    'memory ',
    'prompt: "',
    'not in list: ',
    'model ',
    'a',
    ' ',
    '\\',
    '"',
    "'",
    '\n',
    '429 ',
  )
  const text = fc.oneof(
    fc.string({ maxLength: 300 }),
    fc.array(part, { maxLength: 200 }).map((parts) => parts.join('')),
  )
  fc.assert(
    fc.property(text, text, (message, code) => {
      expect(errorClassTable).toHaveProperty(classifyError({ message, code }))
    }),
  )
  for (const repeated of [
    'prompt="',
    'model ',
    'cuda',
    'value not in list: a',
    '\\"prompt\\":\\"',
    'exceeded the ',
    '_timeout',
  ]) {
    const startedMs = performance.now()
    classifyError({ message: repeated.repeat(5000) })
    expect(performance.now() - startedMs).toBeLessThan(500)
  }
})
