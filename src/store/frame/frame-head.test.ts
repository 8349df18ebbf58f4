import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ByteReader } from './bytes.ts'
import { ColumnEncoder, decodeColumn } from './column.ts'
import { decodeFrameHead, encodeFrameHead, findSeries } from './frame-head.ts'

const goldenFile = join(import.meta.dirname, 'golden', 'frame-v1.json')

interface Golden {
  readonly times: readonly number[]
  /** By series id; `null` where the series is not in the tick. */
  readonly series: Readonly<Record<string, readonly (number | null)[]>>
  readonly head: string
  readonly body: string
}

function encodeFrame({ times, series }: Pick<Golden, 'times' | 'series'>): { head: string; body: string } {
  const encoder = new ColumnEncoder()
  const lengths: number[] = []
  for (const column of Object.values(series)) {
    const start = encoder.writer.length
    const values = column.filter((value) => value !== null)
    const present = Uint8Array.from(column, (value) => (value === null ? 0 : 1))
    const hasGaps = values.length < column.length
    encoder.encode(Float64Array.from(values), values.length, hasGaps ? present : undefined)
    lengths.push(encoder.writer.length - start)
  }
  const head = encodeFrameHead('raw', Float64Array.from(times), Object.keys(series).map(Number), lengths)
  return {
    head: Buffer.from(head).toString('hex'),
    body: Buffer.from(encoder.writer.written).toString('hex'),
  }
}

describe('the golden frame of version 1', () => {
  const golden = JSON.parse(readFileSync(goldenFile, 'utf8')) as Golden
  const head = decodeFrameHead(Buffer.from(golden.head, 'hex'))
  const body = Buffer.from(golden.body, 'hex')

  test('has the times and series that it was made of', () => {
    expect([...head.times]).toEqual(golden.times)
    expect([...head.seriesIds]).toEqual(Object.keys(golden.series).map(Number))
    expect(head.offsets.at(-1)).toBe(body.length)
  })

  test.each(Object.keys(golden.series))('gives back series %s', (id) => {
    const place = findSeries(head, Number(id))
    const bytes = body.subarray(head.offsets[place], head.offsets[place + 1])
    const { values, ticks } = decodeColumn(new ByteReader(bytes), head.times.length)
    const column: (number | null)[] = golden.times.map(() => null)
    for (const [index, value] of values.entries()) column[ticks ? (ticks[index] as number) : index] = value
    expect(column).toEqual(golden.series[id])
  })

  test('is what today is written of the same values', () => {
    expect(encodeFrame(golden)).toEqual({ head: golden.head, body: golden.body })
  })
})

test('a head gives back every time, series and length', () => {
  const times = fc.uniqueArray(fc.maxSafeInteger(), { minLength: 1, maxLength: 50 })
  const ids = fc.uniqueArray(fc.integer({ min: 1, max: 2 ** 32 - 2 }), { maxLength: 50 })
  const lengths = fc.array(fc.nat({ max: 2 ** 20 }), { minLength: 300, maxLength: 300 })
  const tier = fc.constantFrom('raw', '1m', '10m')
  const property = fc.property(
    tier,
    times,
    ids,
    lengths,
    (wanted, unsortedTimes, unsortedIds, allLengths) => {
      const sortedTimes = unsortedTimes.toSorted((a, b) => a - b)
      const sortedIds = unsortedIds.toSorted((a, b) => a - b)
      const own = allLengths.slice(0, sortedIds.length * (wanted === 'raw' ? 1 : 6))
      const head = decodeFrameHead(encodeFrameHead(wanted, Float64Array.from(sortedTimes), sortedIds, own))
      expect([head.tier, [...head.times], [...head.seriesIds]]).toEqual([wanted, sortedTimes, sortedIds])
      expect(own.map((_, index) => (head.offsets[index + 1] ?? 0) - (head.offsets[index] ?? 0))).toEqual(own)
      for (const [place, id] of sortedIds.entries()) expect(findSeries(head, id)).toBe(place)
      expect(findSeries(head, 2 ** 32 - 1)).toBe(-1)
    },
  )
  fc.assert(property)
})

test('a head of which any bit was changed, or that was cut short, is damage', () => {
  const head = encodeFrameHead('raw', Float64Array.from([1000, 2000, 3001]), [3, 7, 900], [10, 20, 3000])
  for (let bit = 0; bit < head.length * 8; bit++) {
    const changed = head.slice()
    changed[bit >> 3] = (changed[bit >> 3] as number) ^ (1 << (bit & 7))
    expect(() => decodeFrameHead(changed)).toThrow(expect.objectContaining({ code: 'STORE_DAMAGED' }))
  }
  for (let length = 0; length < head.length; length++)
    expect(() => decodeFrameHead(head.slice(0, length))).toThrow(
      expect.objectContaining({ code: 'STORE_DAMAGED' }),
    )
})
