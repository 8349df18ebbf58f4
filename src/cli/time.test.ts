import { expect, test } from 'vitest'
import { timeBefore } from './time.ts'

const nowMs = Date.UTC(2026, 4, 1, 12)
const parse = timeBefore(nowMs)

test.each([
  ['-24h', nowMs - 86_400_000],
  ['24h', nowMs - 86_400_000],
  ['-90s', nowMs - 90_000],
  ['-7d', nowMs - 7 * 86_400_000],
  ['-5m', nowMs - 300_000],
  ['1760000000000', 1_760_000_000_000],
  ['0', 0],
  ['2026-05-01', Date.UTC(2026, 4, 1)],
  ['2026-05-01T12:00', nowMs],
  ['2026-05-01T12:00:00.5', nowMs + 500],
  ['2026-05-01T12:00:00Z', nowMs],
  ['2026-05-01T14:00:00+02:00', nowMs],
])('%s is a time', (text, expected) => {
  expect(parse(text)).toBe(expected)
})

test.each([
  '',
  'now',
  '-24',
  '24',
  '24w',
  '-1.5h',
  '2026',
  '2026-13-01',
  '2026-05-01 12:00',
  'May 1',
  '1e12',
  '-9999999999999999d',
])('"%s" is none', (text) => {
  expect(() => parse(text)).toThrow('Expected a time')
})
