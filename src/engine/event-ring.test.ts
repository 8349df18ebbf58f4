import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { RecordReader } from '../track/record-codec.ts'
import { createRing, RingReader, RingWriter } from './event-ring.ts'

function readText(record: RecordReader): string {
  record.tag()
  return record.text()
}

/** A ring whose records are a text each; both ends are at `position`. */
function ends(capacityBytes?: number, position = 0) {
  const ring = createRing(capacityBytes)
  new Int32Array(ring, 0, 2).fill(position)
  const writer = new RingWriter(ring)
  const reader = new RingReader(ring)
  const take = (limit: number, mark?: number) => reader.take(readText, limit, mark)
  return {
    ring,
    writer,
    reader,
    take,
    /** False for one that was dropped. */
    write(text: string, { isProgress = false, isName = false } = {}): boolean {
      const out = writer.open(isProgress)
      if (isName) out?.nameField(1, text)
      else out?.textField(1, text, 1000)
      if (out) writer.commit()
      return out !== undefined
    },
    takeAll() {
      const taken: string[] = []
      for (let more = take(1000); more.length > 0; more = take(1000)) {
        taken.push(...more)
        writer.flushSpilled()
      }
      return taken
    },
  }
}

describe('the event ring', () => {
  test('delivers any texts in order, whatever the sizes, wraps and interleaving of reads', () => {
    const operations = fc.array(
      fc.oneof(
        {
          weight: 3,
          arbitrary: fc.record({
            write: fc
              .string({ unit: 'grapheme', maxLength: 60 })
              .map((text) => text.slice(0, 160).toWellFormed()),
            isName: fc.boolean(),
          }),
        },
        { weight: 1, arbitrary: fc.record({ take: fc.integer({ min: 1, max: 10 }) }) },
      ),
      { maxLength: 300 },
    )
    fc.assert(
      fc.property(operations, (steps) => {
        const { write, take, takeAll, reader } = ends(4096)
        const sent: string[] = []
        const received: string[] = []
        for (const step of steps) {
          if ('take' in step) received.push(...take(step.take))
          else {
            write(step.write, step)
            sent.push(step.write)
          }
        }
        received.push(...takeAll())
        expect(received).toEqual(sent)
        expect(reader.dropped.events).toBe(0)
      }),
    )
  })

  test('takes no progress when half full, and keeps what must be kept', () => {
    const ring = ends(4096)
    let progress = 0
    for (let index = 0; index < 400; index++)
      if (!ring.write(`progress ${index}`, { isProgress: true })) progress += 1
    expect(progress).toBeGreaterThan(200)
    for (let index = 0; index < 400; index++) ring.write(`end ${index}`, { isName: true })
    const received = ring.takeAll()
    expect(received).toHaveLength(400 - progress + 400)
    expect(received.slice(-400)).toEqual(Array.from({ length: 400 }, (_, index) => `end ${index}`))
    expect(ring.reader.dropped).toEqual({ progress: 0, events: 0, invalid: 0 })
  })

  test('is bounded by size: past every buffer, what is lost is counted, and names told after it are still known', () => {
    const ring = ends(4096)
    for (let index = 0; index < 90_000; index++) ring.write('x'.repeat(100), { isName: true })
    expect(ring.reader.dropped.events).toBeGreaterThan(10_000)
    expect(ring.reader.dropped.events).toBeLessThan(25_000)
    expect(ring.writer.flushSpilled()).toBe(false)
    const before = ring.reader.dropped.events
    ring.writer.abandonSpilled()
    expect(ring.reader.dropped.events).toBeGreaterThan(before)
    expect(ring.writer.flushSpilled()).toBe(true)
    ring.takeAll()
    for (const name of ['a', 'b', 'a', 'x'.repeat(100)]) ring.write(name, { isName: true })
    expect(ring.takeAll()).toEqual(['a', 'b', 'a', 'x'.repeat(100)])
  })

  test('takes nothing that was written after the mark', () => {
    const { write, take, reader } = ends()
    write('before')
    const mark = reader.mark()
    write('after')
    expect(take(10, mark)).toEqual(['before'])
    expect(take(10, mark)).toEqual([])
    expect(take(10)).toEqual(['after'])
  })

  test('goes on where its positions pass 2^32', () => {
    const { ring, write, take } = ends(4096, -64)
    for (let index = 0; index < 50; index++) {
      write(`record ${index}`)
      expect(take(10)).toEqual([`record ${index}`])
    }
    expect(Number(new Int32Array(ring)[0]) >>> 0).toBeLessThan(1 << 20)
  })

  test('wakes a waiting reader on a write and on close', async () => {
    const { writer, reader, write, take } = ends()
    const woken = reader.readable()
    write('a')
    await woken
    expect(take(10)).toEqual(['a'])
    const closed = reader.readable()
    writer.close()
    await closed
    expect(reader.isClosed).toBe(true)
  })
})
