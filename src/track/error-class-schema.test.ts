import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseOptions } from '../config/validate.ts'
import { errorClassifier } from './error-class.ts'
import { errorClassesSchema } from './error-class-schema.ts'
import { compilePattern, patternFault, patternTextChars } from './error-pattern.ts'

const parse = (value: unknown) => parseOptions(errorClassesSchema(), value, { label: 'file' })

test('rules become plain data that a classifier takes, codes as text', () => {
  const rules = parse([
    { class: 'queue_full', code: 429 },
    { class: 'tiling_bug', pattern: 'tile .{0,20} overlaps' },
  ])
  expect(rules).toEqual([
    { class: 'queue_full', code: '429' },
    { class: 'tiling_bug', pattern: 'tile .{0,20} overlaps' },
  ])
  expect(structuredClone(rules)).toEqual(rules)
  expect(errorClassifier(rules)({ message: 'x', code: '429' })).toBe('queue_full')
})

test.each([
  ['a rule with neither', [{ class: 'a' }], 'expected either `pattern` or `code`'],
  ['a rule with both', [{ class: 'a', pattern: 'x', code: 'y' }], 'expected either `pattern` or `code`'],
  ['a class with a space', [{ class: 'a b', code: 'y' }], 'lower-case letters'],
  ['an unknown key', [{ class: 'a', code: 'y', level: 1 }], 'unknown key `[0].level`'],
  ['a broken pattern', [{ class: 'a', pattern: '(' }], 'expected a regular expression'],
  ['a pattern that matches everything', [{ class: 'a', pattern: '.*' }], 'does not match everything'],
  ['a pattern that runs long', [{ class: 'a', pattern: '(a+)+b' }], 'repeats less'],
  ['no list', {}, 'expected a list of rules'],
  ['no rule', [null], 'expected a rule'],
  ['too many', Array.from({ length: 65 }, () => ({ class: 'a', code: 'y' })), 'at most 64 rules'],
])('%s is refused with what was expected', (_, value, message) => {
  expect(() => parse(value)).toThrow(message)
})

describe('a pattern', () => {
  test.each([
    'CUDA error \\d+',
    'foo.*bar',
    'node (?:A|B|C) .{0,40} failed',
    'a{2,5}b?c?',
    '[a-z]+: failed',
    '\\(x\\) \\[y\\] \\p{Lu}x',
    'vae|unet|clip',
    '.{0,15}x.{0,15}y',
  ])('%s is taken', (pattern) => {
    expect(patternFault(pattern)).toBeUndefined()
  })

  test.each([
    '(a+)+b',
    '(a|aa)+b',
    '(?:a?){30}a{30}',
    'x.*y.*z',
    '(\\w+\\s?)*$x',
    '[ab]*[bc]*[cd]*x',
    '(a)\\1',
    '(?=a)a',
    '(?<!a)b',
    '(?<name>a)',
    'a{1,5000}b',
    '.*a{900}b',
    '',
    'a?',
    'x'.repeat(201),
    '[',
  ])('%s is refused', (pattern) => {
    expect(patternFault(pattern)).toBeTypeOf('string')
  })

  test('that is taken runs a short time on the worst of texts', () => {
    for (const pattern of [`.*${'a'.repeat(190)}b`, '[a-z]+.?.?b', 'a.{0,60}a.{0,60}b']) {
      expect(patternFault(pattern)).toBeUndefined()
      const startedMs = performance.now()
      compilePattern(pattern).test('a'.repeat(patternTextChars))
      expect(performance.now() - startedMs).toBeLessThan(1000)
    }
  })

  test('of any text is taken or refused, and what is taken can be used', () => {
    const piece = fc.constantFrom(
      'a',
      '.',
      '*',
      '+',
      '?',
      '{2,3}',
      '(',
      '(?:',
      ')',
      '[',
      ']',
      '|',
      '\\',
      'd',
      '^',
      '$',
      '1',
      '{',
    )
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 20 }).map((pieces) => pieces.join('')),
        (pattern) => {
          if (patternFault(pattern) === undefined) compilePattern(pattern).test('aaaadd1')
        },
      ),
      { numRuns: 3000 },
    )
  })
})
