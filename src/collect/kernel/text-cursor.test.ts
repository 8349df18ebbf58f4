import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { KernelText } from './kernel-file.ts'
import { TextCursor } from './text-cursor.ts'

const cursorOf = (text: string) => new TextCursor(Buffer.from(text))

test('reads words and numbers of a line, and stops at its end', () => {
  const cursor = cursorOf('  cpu0  12 x7\t34\nnext')
  expect([cursor.word(), cursor.wholeNumber(), cursor.word(), cursor.wholeNumber()]).toEqual([
    'cpu0',
    12,
    'x7',
    34,
  ])
  expect([cursor.isAtLineEnd, cursor.word(), cursor.wholeNumber()]).toEqual([true, '', Number.NaN])
  cursor.skipLine()
  expect([cursor.restOfLine(), cursor.isAtEnd]).toEqual(['next', true])
})

test.each(['-1', '+1', '1.5', '0x10', '1e3', '12a', 'N/A', ''])('%o is no whole number', (word) => {
  const cursor = cursorOf(`${word} 5`)
  const isEmpty = word === ''
  expect([cursor.wholeNumber(), cursor.wholeNumber()]).toEqual(isEmpty ? [5, Number.NaN] : [Number.NaN, 5])
})

test('rounds what a double cannot hold to the nearest, and refuses what 64 bits cannot', () => {
  expect(cursorOf('9223372036854775807').wholeNumber()).toBe(2 ** 63)
  expect(cursorOf('18446744073709551615').wholeNumber()).toBe(2 ** 64)
  expect(cursorOf('99999999999999999999').wholeNumber()).toBeNaN()
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (count) => {
      expect(cursorOf(`${count}`).wholeNumber()).toBe(Number(count))
    }),
  )
})

test('takes a name up to the last colon of its word', () => {
  expect(cursorOf('eth0:1:99').wordUpToLast(':')).toBe('eth0:1')
  const cursor = cursorOf('  eth0: 42')
  expect([cursor.wordUpToLast(':'), cursor.wholeNumber()]).toEqual(['eth0', 42])
  expect(cursorOf('eth0 42').wordUpToLast(':')).toBeUndefined()
  expect(cursorOf(': 42').wordUpToLast(':')).toBeUndefined()
})

test('splits any text into the words that split() finds, line by line', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'é', '7', ' ', '\t', '\n', ':') })
  fc.assert(
    fc.property(text, (given) => {
      const lines: string[][] = []
      for (const cursor = cursorOf(given); !cursor.isAtEnd; cursor.skipLine()) {
        const words: string[] = []
        while (!cursor.isAtLineEnd) words.push(cursor.word())
        lines.push(words)
      }
      const expected = given.split('\n').map((line) => line.split(/[ \t]+/).filter((word) => word !== ''))
      if (given === '' || given.endsWith('\n')) expected.pop()
      expect(lines).toEqual(expected)
    }),
  )
})

describe('a text', () => {
  test('finds a name only at the start of a line, and its number behind it', () => {
    const text = KernelText.of('npgfault 1\npgfault_x 2\npgfault 33\n')
    expect([text.count('pgfault '), text.count('npgfault '), text.count('gone ')]).toEqual([
      33,
      1,
      Number.NaN,
    ])
  })

  test('does not look behind its end', () => {
    const bytes = Buffer.from('a 1\nb 2\n')
    const text = new KernelText(bytes, 4)
    expect([text.count('a '), text.count('b '), `${text}`]).toEqual([1, Number.NaN, 'a 1\n'])
    const cursor = text.cursor()
    cursor.skipLine()
    expect(cursor.isAtEnd).toBe(true)
  })
})
