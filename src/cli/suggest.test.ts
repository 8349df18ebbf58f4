import { expect, test } from 'vitest'
import { didYouMean, nearestNames } from './suggest.ts'

const names = ['system.cpu.utilization', 'system.cpu.time', 'system.memory.utilization', 'hw.gpu.io']

test.each([
  ['system.cpu.utilisation', ['system.cpu.utilization']],
  ['SYSTEM.CPU.TIME', ['system.cpu.time']],
  ['utilization', ['system.cpu.utilization', 'system.memory.utilization']],
  ['completely.different.thing', []],
  ['', []],
])('"%s" may have meant %j', (text, expected) => {
  expect(nearestNames(text, names)).toEqual(expect.arrayContaining(expected))
  if (expected.length === 0) expect(nearestNames(text, names)).toEqual([])
  else expect(nearestNames(text, names)[0]).toBe(expected[0])
})

test('names them in one sentence', () => {
  expect(didYouMean('hw.gpu.oi', names)).toBe(' (did you mean "hw.gpu.io"?)')
  expect(didYouMean('zzzzzz', names)).toBe('')
})
