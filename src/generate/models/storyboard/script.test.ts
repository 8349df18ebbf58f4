import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cleanText, writeScript } from './script.ts'

describe('a script', () => {
  test('gives each sentence a scene', () => {
    expect(writeScript('A fox runs. It leaps! Does it land?', 3).scenes).toEqual([
      'A fox runs.',
      'It leaps!',
      'Does it land?',
    ])
  })

  test('cuts a long sentence at a comma first', () => {
    const { scenes } = writeScript('A fox runs through the snow, then it leaps over a frozen stream', 2)
    expect(scenes).toEqual(['A fox runs through the snow', 'then it leaps over a frozen stream'])
  })

  test('cuts a sentence without commas before a preposition', () => {
    expect(writeScript('A small red fox runs through fresh snow', 2).scenes).toEqual([
      'A small red fox runs',
      'through fresh snow',
    ])
  })

  test('does not cut a short sentence', () => {
    expect(writeScript('A red fox', 4).scenes).toEqual(['A red fox'])
  })

  test('does not cut inside a number', () => {
    expect(writeScript('It costs 1,000.50 at 12:30', 4).scenes.join(' ')).toBe('It costs 1,000.50 at 12:30')
  })

  test('lets the shortest neighbours share a scene', () => {
    expect(writeScript('One. Two. A much longer sentence here.', 2).scenes).toEqual([
      'One. Two.',
      'A much longer sentence here.',
    ])
  })

  test('takes its title from the first clause', () => {
    expect(writeScript('A red fox at dawn, in snow. It leaps.', 2).title).toBe('A red fox at dawn')
  })

  test('ends a shortened title before words that lead on', () => {
    const title = writeScript('One two three four five six seven of the nine ten eleven', 2).title
    expect(title).toBe('One two three four five six seven…')
  })

  test('of nothing visible is untitled', () => {
    expect(writeScript('', 3)).toEqual({ title: 'Untitled', scenes: ['Untitled'] })
  })

  test('divides sentences of scripts without spaces', () => {
    expect(writeScript('狐が走る。川を跳ぶ。', 2).scenes).toEqual(['狐が走る。', '川を跳ぶ。'])
  })

  test('of any text has a title and no more scenes than asked, and loses no word', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', maxLength: 300 }),
        fc.integer({ min: 1, max: 4 }),
        (raw, count) => {
          const text = cleanText(raw)
          const { title, scenes } = writeScript(text, count)
          expect(title).not.toBe('')
          expect(scenes.length).toBeGreaterThan(0)
          expect(scenes.length).toBeLessThanOrEqual(count)
          const letters = (value: string) => value.replace(/[\s,:;،、]/gu, '')
          if (text !== '') expect(letters(scenes.join(''))).toBe(letters(text))
        },
      ),
    )
  })
})

describe('clean text', () => {
  test('is one line without controls, direction overrides and lone surrogates', () => {
    expect(cleanText('a\0b\n\tc\u202Ed\uD800e  f')).toBe('a b cde f')
  })

  test('has one space where characters that cannot be seen stood between spaces', () => {
    expect(cleanText('a\0\u{14647}\0 \ufe0f b')).toBe('a b')
  })

  test('keeps emoji, quotes and escapes as they are', () => {
    expect(cleanText(`'"\\%{pts}:😀`)).toBe(`'"\\%{pts}:😀`)
  })

  test('of any text has no control character and no run of spaces', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (raw) => {
        const text = cleanText(raw)
        expect(text).not.toMatch(/\p{C}| {2}|^ | $/u)
        expect(text.isWellFormed()).toBe(true)
      }),
    )
  })
})
