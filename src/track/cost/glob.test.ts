import fc from 'fast-check'
import { expect, test } from 'vitest'
import { matchesGlob, specificityOf } from './glob.ts'

test.each([
  ['NVIDIA H100 80GB HBM3', '*h100*', true, 'any case, stars at both ends'],
  ['wan2.2-t2v-14b', 'wan2.2-*', true, 'a beginning'],
  ['wan2.2-t2v-14b', 'wan2.2', false, 'no star: the whole text'],
  ['wan2.2-t2v-14b', 'wan2-2*', false, 'a full stop is a full stop'],
  ['aXbXc', 'a*b*c', true, 'stars between'],
  ['ab', 'ab*b', false, 'no character counts twice'],
  ['', '*', true, 'nothing is anything'],
])('of "%s", "%s" is matched: %s (%s)', (text, pattern, expected) => {
  expect(matchesGlob(text, pattern)).toBe(expected)
})

test('it agrees with the regular expression of the same meaning', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '.', '*', '\n'), maxLength: 8 })
  fc.assert(
    fc.property(text, text, (subject, pattern) => {
      const source = pattern
        .split('*')
        .map((part) => part.replace('.', '\\.').replaceAll(/(?<!\\)\./g, '\\.'))
        .join('.*')
      expect(matchesGlob(subject, pattern)).toBe(new RegExp(`^${source}$`, 's').test(subject))
    }),
    { numRuns: 2000 },
  )
})

test('a hostile pattern takes no long time', () => {
  expect(matchesGlob('a'.repeat(200), `${'*a'.repeat(99)}*b`)).toBe(false)
})

test('a text without stars is the most specific, then the one that says most, then none at all', () => {
  const patterns = [undefined, '*', 'w*', '*wan*', 'wan2*', 'w']
  const ranks = patterns.map(specificityOf)
  expect(ranks).toEqual(ranks.toSorted((a, b) => a - b))
  expect(new Set(ranks).size).toBe(patterns.length)
})
