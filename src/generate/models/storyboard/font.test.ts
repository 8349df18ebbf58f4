import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { FramewatchError } from '../../../model/errors.ts'
import { Font } from './font.ts'

const path = createRequire(import.meta.url).resolve('dejavu-fonts-ttf/ttf/DejaVuSans-Bold.ttf')
const font = Font.parse(readFileSync(path))

test('the width of a character is its advance in em', () => {
  // Units of the em square, 2048 to the em, as the font itself has them.
  expect(font.widthOf('7')).toBeCloseTo(1425 / 2048, 6)
  expect(font.widthOf('W')).toBeCloseTo(2259 / 2048, 6)
})

test('the width of a line is the sum of its characters', () => {
  expect(font.widthOf('77')).toBeCloseTo(2 * font.widthOf('7'), 9)
})

test('characters outside the font are known and take no room', () => {
  expect(font.canDraw('é')).toBe(true)
  expect(font.canDraw('狐')).toBe(false)
  expect(font.widthOf('狐')).toBe(0)
})

test('bytes that are no font give a typed error', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      expect(() => Font.parse(bytes)).toThrow(FramewatchError)
    }),
  )
})
