import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Cell, Column, Row, TableWriter } from './table.ts'
import { csvWriter, ndjsonWriter } from './text-formats.ts'

const columns: readonly Column[] = [
  { name: 'at', type: 'time', isOptional: true },
  { name: 'count', type: 'integer', isOptional: true },
  { name: 'value', type: 'number', isOptional: true },
  { name: 'said, "so"', type: 'text', isOptional: true },
  { name: 'tags', type: 'json', isOptional: true },
]

async function textOf(make: typeof csvWriter, batches: readonly (readonly Row[])[]): Promise<string> {
  let text = ''
  const writer: TableWriter = make(columns, async (chunk) => {
    text += chunk
  })
  for (const batch of batches) await writer.write(batch)
  await writer.finish()
  return text
}

/** RFC 4180, by the letter; an unquoted empty field is nothing. */
function parseCsv(text: string): (string | null)[][] {
  const records: (string | null)[][] = []
  let record: (string | null)[] = []
  const field = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/gy
  for (let match = field.exec(text); match; match = field.exec(text)) {
    const [, quoted, plain] = match
    record.push(quoted === undefined ? plain || null : quoted.replaceAll('""', '"'))
    if (match[3] === ',') continue
    records.push(record)
    record = []
    if (field.lastIndex === text.length) return records
  }
  throw new Error(`No CSV from here on: ${text.slice(field.lastIndex)}`)
}

const cell = {
  time: fc.integer({ min: 0, max: 4e12 }),
  number: fc.double({ noNaN: true, noDefaultInfinity: true }),
  text: fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.constantFrom('', '"', ',', '\r\n', 'a\nb', '=1+1', ' x '),
  ),
  json: fc.json(),
}
const orNothing = (arbitrary: fc.Arbitrary<Cell>) => fc.option(arbitrary, { nil: null })
const row: fc.Arbitrary<Row> = fc.tuple(
  orNothing(cell.time),
  orNothing(fc.maxSafeInteger()),
  orNothing(cell.number),
  orNothing(cell.text),
  orNothing(cell.json),
)
const batches = fc.array(fc.array(row, { minLength: 1, maxLength: 4 }), { maxLength: 4 })

describe('CSV', () => {
  test('comes back as it was, whatever the texts and the numbers', async () => {
    const property = fc.asyncProperty(batches, async (given) => {
      const [header, ...records] = parseCsv(await textOf(csvWriter, given))
      expect(header).toEqual(columns.map(({ name }) => name))
      const read = records.map(([at = null, count = null, value = null, said = null, tags = null]) => [
        at === null ? null : Date.parse(at),
        count === null ? null : Number(count),
        value === null ? null : Number(value),
        said,
        tags,
      ])
      // Zero has no sign in text.
      const written = given.flat().map((cells) => cells.map((value) => (value === 0 ? 0 : value)))
      expect(read).toEqual(written)
    })
    await fc.assert(property)
  })

  test('looks as RFC 4180 says, and changes no data', async () => {
    const text = await textOf(csvWriter, [
      [[0, 1, 0.1, '=1+1, "x"', '{"a":1}']],
      [[null, null, null, '', null]],
    ])
    expect(text).toBe(
      'at,count,value,"said, ""so""",tags\r\n' +
        '1970-01-01T00:00:00.000Z,1,0.1,"=1+1, ""x""","{""a"":1}"\r\n' +
        ',,,"",\r\n',
    )
  })

  test('of no rows is the header alone', async () => {
    expect(await textOf(csvWriter, [])).toBe('at,count,value,"said, ""so""",tags\r\n')
  })
})

describe('NDJSON', () => {
  test('is one object a line that comes back as it was', async () => {
    const property = fc.asyncProperty(batches, async (given) => {
      const lines = (await textOf(ndjsonWriter, given)).split('\n')
      expect(lines.pop()).toBe('')
      const rows = given.flat()
      expect(lines.map((line) => JSON.parse(line))).toEqual(
        rows.map(([at, count, value, said, tags]) => ({
          at: typeof at === 'number' ? new Date(at).toISOString() : null,
          count: count === 0 ? 0 : count,
          value: value === 0 ? 0 : value,
          'said, "so"': said,
          tags: typeof tags === 'string' ? JSON.parse(tags) : null,
        })),
      )
    })
    await fc.assert(property)
  })

  test('of no rows is empty', async () => {
    expect(await textOf(ndjsonWriter, [])).toBe('')
  })
})
