import fc from 'fast-check'
import { parquetMetadata, parquetReadObjects } from 'hyparquet'
import { describe, expect, test } from 'vitest'
import { parquetWriter } from './parquet-format.ts'
import type { Column, Row } from './table.ts'

const columns: readonly Column[] = [
  { name: 'at', type: 'time', isOptional: true },
  { name: 'count', type: 'integer', isOptional: false },
  { name: 'value', type: 'number', isOptional: true },
  { name: 'text', type: 'text', isOptional: true },
  { name: 'json', type: 'json', isOptional: false },
]

/** The file, and the pieces it came in. */
async function fileOf(batches: Iterable<readonly Row[]>) {
  const chunks: Uint8Array[] = []
  const writer = await parquetWriter(columns, async (chunk) => {
    if (typeof chunk === 'string') throw new Error('Parquet is no text')
    chunks.push(chunk)
  })
  for (const batch of batches) await writer.write(batch)
  await writer.finish()
  const bytes = Buffer.concat(chunks)
  return {
    chunks,
    file: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer,
  }
}

async function rowsOf(file: ArrayBuffer): Promise<unknown[][]> {
  const records = await parquetReadObjects({ file })
  return records.map((record) => columns.map(({ name }) => record[name] ?? null))
}

/** As a reader gives it back. */
function readBack([at, count, value, text, json]: Row): unknown[] {
  return [typeof at === 'number' ? new Date(at) : null, BigInt(count ?? 0), value, text, json]
}

const row: fc.Arbitrary<Row> = fc.tuple<Row[number][]>(
  fc.option(fc.integer({ min: 0, max: 8e15 })),
  fc.maxSafeInteger(),
  fc.option(fc.double({ noNaN: true })),
  fc.option(fc.string({ unit: 'grapheme' })),
  fc.json(),
)

describe('a Parquet file', () => {
  test('comes back as it was: 64-bit times and integers, every bit of a number, nothing, all of Unicode', async () => {
    const property = fc.asyncProperty(
      fc.array(fc.array(row, { maxLength: 20 }), { maxLength: 5 }),
      async (batches) => {
        const { file } = await fileOf(batches)
        expect(await rowsOf(file)).toEqual(batches.flat().map(readBack))
      },
    )
    await fc.assert(property)
  })

  test('says which columns are times, and which always have a value', async () => {
    const { file } = await fileOf([])
    const { schema, num_rows: rows } = parquetMetadata(file)
    expect(rows).toBe(0n)
    expect(
      schema
        .slice(1)
        .map(({ name, type, converted_type: converted, repetition_type: repetition }) => [
          name,
          type,
          converted,
          repetition,
        ]),
    ).toEqual([
      ['at', 'INT64', 'TIMESTAMP_MILLIS', 'OPTIONAL'],
      ['count', 'INT64', undefined, 'REQUIRED'],
      ['value', 'DOUBLE', undefined, 'OPTIONAL'],
      ['text', 'BYTE_ARRAY', 'UTF8', 'OPTIONAL'],
      ['json', 'BYTE_ARRAY', 'UTF8', 'REQUIRED'],
    ])
  })

  test('of many rows has many row groups, each written before the next is gathered', async () => {
    const batch = (start: number): Row[] =>
      Array.from({ length: 10_000 }, (_, index) => [
        start + index,
        start + index,
        index / 7,
        `row ${index}`,
        '{}',
      ])
    const batches = Array.from({ length: 13 }, (_, index) => batch(index * 10_000))
    const { file, chunks } = await fileOf(batches)
    const groups = parquetMetadata(file).row_groups.map((group) => Number(group.num_rows))
    expect(groups).toEqual([50_000, 50_000, 30_000])
    expect(chunks.length).toBeGreaterThan(3)
    expect(await rowsOf(file)).toEqual(batches.flat().map(readBack))
  })

  test('of long texts has row groups of few rows', async () => {
    const text = 'Zoë 🎬 '.repeat(50_000)
    const { file } = await fileOf(Array.from({ length: 60 }, (_, index) => [[0, index, 0, text, '{}']]))
    const groups = parquetMetadata(file).row_groups.map((group) => Number(group.num_rows))
    expect(groups.length).toBeGreaterThan(2)
    expect(Math.max(...groups) * text.length).toBeLessThan(10_000_000)
    expect((await rowsOf(file)).every(([, , , read]) => read === text)).toBe(true)
  })
})
