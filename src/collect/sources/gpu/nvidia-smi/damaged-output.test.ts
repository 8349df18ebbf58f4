import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { csv, text, xml } from '../../../../../test/support/nvidia-smi-output.ts'
import { parseSmiCsv } from './smi-csv.ts'
import { gpusOf } from './smi-gpus.ts'
import { parseSmiText } from './smi-text.ts'
import type { SmiTree } from './smi-tree.ts'
import { parseSmiXml } from './smi-xml.ts'

const mib = 2 ** 20

describe('whatever the output is', () => {
  const formats: readonly (readonly [string, string, (output: string) => SmiTree, RegExp])[] = [
    ['XML', xml, parseSmiXml, /^nvidia-smi wrote no XML/],
    ['text', text, parseSmiText, /^nvidia-smi wrote no log/],
    ['CSV', csv, parseSmiCsv, /^nvidia-smi wrote no CSV/],
  ]

  test.each(formats)('damaged %s gives only sound numbers, or the one error', (_, sample, parse, error) => {
    const damaged = fc
      .array(
        fc.record({
          at: fc.nat(sample.length),
          length: fc.nat(60),
          insert: fc.oneof(
            fc.string(),
            fc.constantFrom('-', '9'.repeat(25), '<', '</gpu>', '\n', ' : ', ', '),
          ),
        }),
        { maxLength: 6 },
      )
      .map((edits) =>
        edits.reduce(
          (output, { at, length, insert }) => output.slice(0, at) + insert + output.slice(at + length),
          sample,
        ),
      )
    fc.assert(
      fc.property(damaged, (output) => isSound(output, parse, error)),
      { numRuns: 400 },
    )
  })

  test.each(formats)(
    'arbitrary text in place of %s gives only sound numbers, or the one error',
    (_, sample, parse, error) => {
      const words = fc.constantFrom(
        '<gpu>',
        '<',
        '>',
        '/',
        'nvidia_smi_log',
        '=====NVSMI LOG=====',
        '\n',
        '    ',
        ' : ',
        'GPU 00:00',
        '-1 W',
        sample.slice(0, 300),
      )
      const anything = fc.array(fc.oneof(words, fc.string())).map((parts) => parts.join(''))
      fc.assert(
        fc.property(anything, (output) => isSound(output, parse, error)),
        { numRuns: 300 },
      )
    },
  )

  test('four MiB of one character are read in no time that grows with its square', () => {
    for (const character of ['<', '>', ' ', ':', '\n', '"', '='])
      for (const [, sample, parse, error] of formats)
        expect(isSound(sample + character.repeat(4 * mib), parse, error)).toBe(true)
  })
})

function isSound(output: string, parse: (output: string) => SmiTree, error: RegExp): boolean {
  try {
    const { gpus, skipped } = gpusOf(parse(output))
    return (
      skipped >= 0 &&
      gpus.every((gpu) => numbersOf(gpu).every((value) => Number.isFinite(value) && value >= 0))
    )
  } catch (thrown) {
    return thrown instanceof Error && error.test(thrown.message)
  }
}

/** All but the margin, which is below 0 when the limit is passed. */
function numbersOf(value: unknown): number[] {
  if (typeof value === 'number') return [value]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) =>
    key === 'temperatureMarginCelsius' ? [] : numbersOf(inner),
  )
}
