import { crc32 } from 'node:zlib'
import { ByteReader, ByteWriter, damagedFrame, withRoom } from '../../frame/bytes.ts'
import { decodeFrameHead, type FrameHead } from '../../frame/frame-head.ts'
import type { Tier } from '../../sample-query.ts'
import type { Database } from '../database.ts'
import { SampleState } from './sample-state.ts'

/** A chunk with its checksum and its cell is one leaf of 8 KiB, and no more: nothing of the page is left unused. */
export const chunkBytes = 8140
/** Room for the chunks of a frame among the ids: 512 MiB. */
export const chunksPerFrame = 65_536
/** Heads that a connection keeps decoded: two months of ticks every 30 s, two megabytes with 200 series. */
const maxKnownHeads = 512
/** Chunks that a connection keeps, a megabyte: what is on a dashboard is asked for again and again. */
const maxKnownChunks = 128

/** A frame that is there. */
export interface FrameInfo {
  readonly id: number
  readonly tier: Tier
  readonly node: string
  /** Unix milliseconds, inclusive. */
  readonly firstMs: number
  readonly lastMs: number
}

const columns = 'id, tier, node, first_ms AS firstMs, last_ms AS lastMs'

/** Frames as they lie in the store. Methods run inside a transaction of the caller. */
export class FrameTable {
  readonly #database: Database
  readonly #state: SampleState
  readonly #heads = new Map<number, FrameHead>()
  #infos: Map<Tier, readonly FrameInfo[]> | undefined
  readonly #chunks = new Map<number, Uint8Array>()

  constructor(database: Database) {
    this.#database = database
    this.#state = new SampleState(database)
  }

  /** From now on, which frames there are is kept in memory: nobody else makes or deletes any. */
  keepInMemory(): void {
    this.#infos = new Map()
  }

  /** Must be called after a rollback: frames that were made in it are not there. */
  forget(): void {
    this.#infos?.clear()
  }

  /** Frames of a tier that overlap the range, in the order of their ends. */
  overlapping(tier: Tier, fromMs: number, toMs: number): readonly FrameInfo[] {
    if (!this.#infos) return this.#overlapping(tier, fromMs, toMs)
    const known =
      this.#infos.get(tier) ?? this.#overlapping(tier, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)
    this.#infos.set(tier, known)
    return known.filter(({ firstMs, lastMs }) => lastMs >= fromMs && firstMs <= toMs)
  }

  #overlapping(tier: Tier, fromMs: number, toMs: number): readonly FrameInfo[] {
    const sql = `SELECT ${columns} FROM frames WHERE tier = :tier AND last_ms >= :fromMs AND first_ms <= :toMs
      ORDER BY last_ms, id`
    return this.#database.all<FrameInfo>(sql, { tier, ...finite(fromMs, toMs) })
  }

  /** The frames of a tier with the latest ends, latest first. */
  newest(tier: Tier, limit: number, offset: number): FrameInfo[] {
    const sql = `SELECT ${columns} FROM frames WHERE tier = :tier ORDER BY last_ms DESC, id DESC
      LIMIT :limit OFFSET :offset`
    return this.#database.all<FrameInfo>(sql, { tier, limit, offset })
  }

  all(): FrameInfo[] {
    return this.#database.all<FrameInfo>(`SELECT ${columns} FROM frames ORDER BY id`)
  }

  /** The frame of a tier that ends first. */
  oldest(tier: Tier): FrameInfo | undefined {
    const sql = `SELECT ${columns} FROM frames WHERE tier = :tier ORDER BY last_ms, id LIMIT 1`
    return this.#database.get<FrameInfo>(sql, { tier })
  }

  /** @throws FramewatchError `STORE_DAMAGED`. */
  head({ id, tier }: Pick<FrameInfo, 'id' | 'tier'>): FrameHead {
    const known = this.#heads.get(id)
    if (known) return known
    const row = this.#database.get<{ head: Uint8Array }>('SELECT head FROM frames WHERE id = :id', { id })
    if (!(row?.head instanceof Uint8Array)) throw damagedFrame(`frame ${id} is missing`)
    const head = decodeFrameHead(row.head)
    if (head.tier !== tier) throw damagedFrame(`frame ${id} is of another tier`)
    keep(this.#heads, maxKnownHeads, id, head)
    return head
  }

  /** Bytes of the body as they lie in one chunk. @throws FramewatchError `STORE_DAMAGED`. */
  chunk(frameId: number, index: number): Uint8Array {
    const id = frameId * chunksPerFrame + index
    const known = this.#chunks.get(id)
    if (known) return known
    const chunk = withRoom(this.#readChunk(id, `chunk ${index} of frame ${frameId}`))
    keep(this.#chunks, maxKnownChunks, id, chunk)
    return chunk
  }

  #readChunk(id: number, name: string): Uint8Array {
    const sql = 'SELECT data FROM frame_chunks WHERE id = :id'
    const row = this.#database.get<{ data: Uint8Array }>(sql, { id })
    if (!(row?.data instanceof Uint8Array) || row.data.length < 4) throw damagedFrame(`${name} is missing`)
    const content = row.data.subarray(4)
    if (new ByteReader(row.data).uint32() !== checksumOf(id, content))
      throw damagedFrame(`${name} does not match its checksum`)
    return content
  }

  /** Gives the id of a new frame, of which chunks may be written before it is there. */
  begin(): number {
    const id = this.#state.get('samples.nextFrame') ?? 1
    this.#state.set('samples.nextFrame', id + 1)
    this.#database.run('INSERT INTO unfinished_frames VALUES (:id)', { id })
    return id
  }

  writeChunk(frameId: number, index: number, content: Uint8Array): void {
    if (index >= chunksPerFrame) throw new Error(`Frame ${frameId} has more than ${chunksPerFrame} chunks`)
    const id = frameId * chunksPerFrame + index
    const writer = new ByteWriter(content.length + 4)
    writer.uint32(checksumOf(id, content))
    writer.bytes(content)
    const sql = 'INSERT OR REPLACE INTO frame_chunks VALUES (:id, :data)'
    this.#database.run(sql, { id, data: writer.written })
  }

  /** Makes a frame whose chunks are written part of the answers. */
  finish(info: FrameInfo, tickCount: number, head: Uint8Array): void {
    const sql = `INSERT INTO frames (id, tier, node, first_ms, last_ms, tick_count, head)
      VALUES (:id, :tier, :node, :firstMs, :lastMs, :tickCount, :head)`
    this.#database.run(sql, { ...info, tickCount, head })
    this.forget()
    this.#database.run('DELETE FROM unfinished_frames WHERE id = :id', { id: info.id })
  }

  delete(id: number): void {
    this.#heads.delete(id)
    this.forget()
    this.#deleteChunks(id)
    this.#database.run('DELETE FROM frames WHERE id = :id', { id })
  }

  /** Deletes the chunks of a frame that was begun. */
  abandon(id: number): void {
    this.#deleteChunks(id)
    this.#database.run('DELETE FROM unfinished_frames WHERE id = :id', { id })
  }

  /** What a writer that died had begun is begun again from the ticks, which are still there. */
  deleteUnfinished(): void {
    for (const { id } of this.#database.all<{ id: number }>('SELECT id FROM unfinished_frames'))
      this.#deleteChunks(id)
    this.#database.run('DELETE FROM unfinished_frames')
  }

  #deleteChunks(frameId: number): void {
    const firstId = frameId * chunksPerFrame
    const sql = 'DELETE FROM frame_chunks WHERE id BETWEEN :firstId AND :lastId'
    this.#database.run(sql, { firstId, lastId: firstId + chunksPerFrame - 1 })
  }
}

/** Frames never change and their ids are never used again: what is kept stays right. The oldest goes first. */
function keep<Value>(known: Map<number, Value>, most: number, id: number, value: Value): void {
  const [oldest] = known.keys()
  if (known.size >= most && oldest !== undefined) known.delete(oldest)
  known.set(id, value)
}

/** Of a chunk in its place: one that lies in the place of another is damage too. */
function checksumOf(id: number, content: Uint8Array): number {
  return crc32(content, id % 2 ** 32)
}

/** SQLite has no infinity among its integers. */
function finite(fromMs: number, toMs: number) {
  return {
    fromMs: Math.max(Number.MIN_SAFE_INTEGER, fromMs),
    toMs: Math.min(Number.MAX_SAFE_INTEGER, toMs),
  }
}

/** Of one question, 8 MiB. */
const maxHeldChunks = 1024

/** Reads columns of frames for one question; of each frame it holds the chunk that was read last. */
export class ColumnReader {
  readonly #frames: FrameTable
  readonly #chunks = new Map<number, { readonly index: number; readonly bytes: Uint8Array }>()

  constructor(frames: FrameTable) {
    this.#frames = frames
  }

  /** The bytes of a column of a frame. @throws FramewatchError `STORE_DAMAGED`. */
  read(frameId: number, { offsets }: FrameHead, column: number): ByteReader {
    const start = offsets[column] as number
    const end = offsets[column + 1] as number
    // Where the body ends just with a chunk, there is no other for an empty column behind it.
    if (start === end) return new ByteReader(new Uint8Array(0))
    const first = Math.floor(start / chunkBytes)
    const last = Math.floor((end - 1) / chunkBytes)
    if (first === last) {
      const chunk = this.#chunk(frameId, first)
      return new ByteReader(chunk.subarray(start - first * chunkBytes, end - first * chunkBytes))
    }
    const bytes = new Uint8Array(end - start)
    for (let index = first; index <= last; index++) {
      const from = Math.max(0, start - index * chunkBytes)
      const part = this.#chunk(frameId, index).subarray(from, end - index * chunkBytes)
      bytes.set(part, index * chunkBytes + from - start)
    }
    return new ByteReader(bytes)
  }

  #chunk(frameId: number, index: number): Uint8Array {
    const known = this.#chunks.get(frameId)
    if (known?.index === index) return known.bytes
    const bytes = this.#frames.chunk(frameId, index)
    keep(this.#chunks, maxHeldChunks, frameId, { index, bytes })
    return bytes
  }
}
