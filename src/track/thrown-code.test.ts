import { expect, test } from 'vitest'
import { codeOfThrown } from './thrown-code.ts'

test.each([
  ['a Node error', Object.assign(new Error('x'), { code: 'ENOSPC', errno: -28 }), 'ENOSPC'],
  ['a gRPC error', Object.assign(new Error('x'), { code: 8, details: 'x' }), '8'],
  ['an AI SDK call', Object.assign(new Error('x'), { name: 'AI_APICallError', statusCode: 429 }), '429'],
  [
    'an AI SDK error without a status',
    Object.assign(new Error('x'), { name: 'AI_LoadAPIKeyError' }),
    'AI_LoadAPIKeyError',
  ],
  ['an AWS error', Object.assign(new Error('x'), { name: 'ThrottlingException' }), 'ThrottlingException'],
  ['an OpenAI error', { code: 'moderation_blocked', status: 400 }, 'moderation_blocked'],
  ['a code that says nothing beside a status', { code: 'E_FAILED', status: 503 }, '503'],
  ['a Runway task', { failureCode: 'SAFETY.INPUT.TEXT', status: 'FAILED' }, 'SAFETY.INPUT.TEXT'],
  ['a child process', { exitCode: 137, signal: null }, '137'],
  ['a killed child process', { exitCode: null, signal: 'SIGKILL' }, 'SIGKILL'],
  [
    'a child process that ended by itself',
    Object.assign(new Error('x'), { code: 8, killed: false }),
    undefined,
  ],
  ['its exit code', { exitCode: 2 }, undefined],
  ['a Replicate prediction', { status: 'failed' }, undefined],
  ['a code nobody knows', { code: 'E_FAILED' }, 'E_FAILED'],
  ['a plain error', new Error('x'), undefined],
  ['nothing', null, undefined],
  ['a text', 'ENOSPC', undefined],
])('%s has the code %#', (_, thrown, code) => {
  expect(codeOfThrown(thrown)).toBe(code)
})

test('a hostile object has none, or a short one', () => {
  const hostile = {
    get code(): string {
      throw new Error('no')
    },
    failureCode: 'x'.repeat(9000),
  }
  expect(codeOfThrown(hostile)).toHaveLength(200)
})
