/**
 * A frame: some hundred ticks of one node, one column a series. It is two strings of bytes: the head, which says which
 * ticks and series there are and where their columns lie, and the body, which is the columns. The format is written
 * down byte by byte in docs/reference/storage-format.md.
 */
import { crc32 } from 'node:zlib'
import { type Tier, tiers } from '../sample-query.ts'
import { ByteReader, damagedFrame } from './bytes.ts'
import { ColumnEncoder, decodeColumn } from './column.ts'

const magic = [0x46, 0x57, 0x01] as const
/** Of ticks in a frame: what is more in a head is damage, not data. */
export const maxFrameTicks = 65_536
const maxSeriesId = 2 ** 32 - 1

/** Columns of a series in a frame of each tier: the values; or min, max, sum, count, last and sketches of a step. */
const columnsPerSeries: Readonly<Record<Tier, number>> = { raw: 1, '1m': 6, '10m': 6 }

/** Where the columns of a frame lie. */
export interface FrameHead {
  readonly tier: Tier
  /** Unix milliseconds, ascending. */
  readonly times: Float64Array
  /** Ascending. */
  readonly seriesIds: Uint32Array
  /** Of each column in the body, series by series, and the end of the last. */
  readonly offsets: Uint32Array
}

/** @param lengths - bytes of each column, `columnsPerSeries` for each series. */
export function encodeFrameHead(
  tier: Tier,
  times: Float64Array,
  seriesIds: ArrayLike<number>,
  lengths: ArrayLike<number>,
): Uint8Array {
  const encoder = new ColumnEncoder()
  const { writer } = encoder
  for (const byte of magic) writer.byte(byte)
  writer.byte(tiers.indexOf(tier))
  writer.varint(times.length)
  encoder.encode(times, times.length)
  writer.varint(seriesIds.length)
  const width = columnsPerSeries[tier]
  let before = 0
  for (let index = 0; index < seriesIds.length; index++) {
    const id = seriesIds[index] as number
    writer.varint(id - before)
    before = id
    for (let column = 0; column < width; column++) writer.varint(lengths[index * width + column] as number)
  }
  writer.uint32(crc32(writer.written))
  return writer.written.slice()
}

/** @throws FramewatchError `STORE_DAMAGED` on bytes that are no head, or of a version that is not known. */
export function decodeFrameHead(bytes: Uint8Array): FrameHead {
  if (bytes.length < 8) throw damagedFrame('its head ends too early')
  const content = bytes.subarray(0, -4)
  if (new ByteReader(bytes, content.length).uint32() !== crc32(content))
    throw damagedFrame('the checksum of its head does not match')
  const reader = new ByteReader(content)
  for (const byte of magic) if (reader.byte() !== byte) throw damagedFrame('its head has another format')
  const tier = tiers[reader.byte()]
  if (tier === undefined) throw damagedFrame('it is of no known tier')
  const tickCount = reader.count(maxFrameTicks)
  const { values: times } = decodeColumn(reader, tickCount)
  if (times.length !== tickCount) throw damagedFrame('ticks without times')
  return { tier, times, ...readDirectory(reader, columnsPerSeries[tier]) }
}

function readDirectory(reader: ByteReader, width: number): Pick<FrameHead, 'seriesIds' | 'offsets'> {
  // An entry takes a byte for the series and one for each column: a count that is too high cannot allocate much.
  const seriesCount = reader.count(reader.left / (1 + width))
  const seriesIds = new Uint32Array(seriesCount)
  const offsets = new Uint32Array(seriesCount * width + 1)
  let id = 0
  let offset = 0
  for (let index = 0; index < seriesCount; index++) {
    id += reader.count(maxSeriesId - id)
    seriesIds[index] = id
    for (let column = 0; column < width; column++) {
      offset += reader.count(2 ** 31)
      offsets[index * width + column + 1] = offset
    }
  }
  return { seriesIds, offsets }
}

/** The place of a series in a frame; -1 when it is not in it. */
export function findSeries({ seriesIds }: FrameHead, seriesId: number): number {
  let low = 0
  let high = seriesIds.length - 1
  while (low <= high) {
    const middle = (low + high) >>> 1
    const id = seriesIds[middle] as number
    if (id === seriesId) return middle
    if (id < seriesId) low = middle + 1
    else high = middle - 1
  }
  return -1
}
