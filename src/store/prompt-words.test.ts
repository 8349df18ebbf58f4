import fc from 'fast-check'
import { expect, test } from 'vitest'
import { promptTerms, promptWords } from './prompt-words.ts'

test('words are runs of letters and digits, without regard to case', () => {
  expect(promptWords('A Red-fox, 4K; "HDR"!')).toEqual(['a', 'red', 'fox', '4k', 'hdr'])
  expect(promptWords('  …—🎬 ')).toEqual([])
})

test('accents make no difference, and marks that are part of a word do', () => {
  expect(promptWords('Café à ZÜRICH, naïve İstanbul')).toEqual(['cafe', 'a', 'zurich', 'naive', 'istanbul'])
  expect(promptWords('हिन्दी भाषा')).toEqual(['हिन्दी', 'भाषा'])
  expect(promptWords('고양이 한 마리')).toEqual(['고양이', '한', '마리'])
})

test('where words are written without spaces, each character is one', () => {
  expect(promptWords('一只猫 in 4K')).toEqual(['一', '只', '猫', 'in', '4k'])
  expect(promptWords('ガラス')).toEqual(['ガ', 'ラ', 'ス'])
})

test('a star after a word asks for its beginnings; any other says nothing', () => {
  const beginning = { word: 'drag', isPrefix: true }
  expect(promptTerms('red drag*')).toEqual([{ word: 'red', isPrefix: false }, beginning])
  expect(promptTerms('red-drag*')).toEqual([{ word: 'red', isPrefix: false }, beginning])
  expect(promptTerms('* drag** *')).toEqual([beginning])
  expect(promptTerms('drag *')).toEqual([{ word: 'drag', isPrefix: false }])
})

test.each(['', '   ', '"*" OR', 'AND NOT', 'a" NEAR(b', 'words:a', '-a', '^a', '{a b}:c', "'; DROP TABLE x"])(
  'the search `%s` is words or is refused, never syntax',
  (search) => {
    const words = promptWords(search)
    if (words.length > 0) expect(promptTerms(search).map(({ word }) => word)).toEqual(words)
    else expect(() => promptTerms(search)).toThrow('from 1 to 32 words')
  },
)

test('a search of more words than can be meant is refused', () => {
  const search = Array.from({ length: 33 }, (_, index) => `w${index}`).join(' ')
  expect(() => promptTerms(search)).toThrow('from 1 to 32 words')
})

test('a prompt is found by itself, whatever is in it, and its words are letters, marks and digits only', () => {
  const text = fc.string({
    unit: fc.oneof(
      fc.string({ unit: 'binary', minLength: 1, maxLength: 2 }),
      fc.constantFrom(' ', '*', 'a', '猫'),
    ),
  })
  const property = fc.property(text, (prompt) => {
    const words = promptWords(prompt)
    for (const word of words) expect(word).toMatch(/^[\p{L}\p{N}\p{M}]+$/u)
    fc.pre(words.length > 0)
    for (const { word, isPrefix } of promptTerms(prompt))
      expect(words.some((held) => held === word || (isPrefix && held.startsWith(word)))).toBe(true)
  })
  fc.assert(property, { numRuns: 500 })
})
