import fc from 'fast-check'
import { expect, test } from 'vitest'
import { seriesKey } from '../../../model/sample.ts'
import { ExposedSamples, type ExposedSamplesOptions } from './exposed-samples.ts'

const maxSeries = 20

const gather = (text: string, options: Partial<ExposedSamplesOptions> = {}) => {
  const { parser, end } = new ExposedSamples({
    exporter: 'it',
    isWanted: () => true,
    maxSeries,
    redact: (given) => given,
    keepsDcgm: false,
    ...options,
  }).begin()
  parser.push(text)
  return end()
}

test('whatever an exporter sends, samples are few, finite, each of another series, and described', () => {
  const line = fc
    .record({
      name: fc.constantFrom('a', 'b_total', 'c_sum', 'DCGM_FI_DEV_GPU_UTIL'),
      label: fc.constantFrom('x', 'exporter', 'y'),
      text: fc.string({ unit: 'binary' }).map((text) => text.replaceAll(/[\\"\n]/g, '')),
      value: fc.constantFrom('1', 'NaN', '+Inf', '1e400', '9223372036854775794', 'x'),
    })
    .map(({ name, label, text, value }) => `${name}{${label}="${text}"} ${value}`)
  fc.assert(
    fc.property(
      fc.array(fc.oneof({ weight: 5, arbitrary: line }, fc.string({ unit: 'binary' })), { maxLength: 60 }),
      (lines) => {
        const { samples, described } = gather(lines.join('\n'))
        expect(samples.length).toBeLessThanOrEqual(maxSeries)
        expect(new Set(samples.map(seriesKey)).size).toBe(samples.length)
        const names = new Set(described.map(({ name }) => name))
        for (const { name, attributes, value } of samples) {
          expect(Number.isFinite(value)).toBe(true)
          expect(attributes['exporter']).toBe('it')
          expect(names).toContain(name)
          for (const text of Object.values(attributes)) {
            expect(text.length).toBeLessThanOrEqual(200)
            expect(text).not.toMatch(/\p{Cc}/u)
            expect(text.isWellFormed()).toBe(true)
          }
        }
      },
    ),
  )
})

test('of a series that comes without end, most lines are only counted', () => {
  const { samples, skipped } = gather('a 1\n'.repeat(10_000))
  expect(samples).toHaveLength(1)
  expect(skipped).toBe(9999)
})

test('lines that are no numbers do not take the place of those that are', () => {
  const { samples, skipped } = gather(`${'a NaN\n'.repeat(50)}b 1\n`)
  expect(samples.map(({ name }) => name)).toEqual(['b'])
  expect(skipped).toBe(0)
})
