import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createRing, RingReader, RingWriter } from './event-ring.ts'

function ends(capacityBytes?: number) {
  const ring = createRing(capacityBytes)
  return { ring, writer: new RingWriter(ring), reader: new RingReader(ring) }
}

describe('the event ring', () => {
  test('delivers any JSON in order, whatever the sizes, wraps and interleaving of reads', () => {
    const operations = fc.array(
      fc.oneof(
        {
          weight: 3,
          arbitrary: fc.record({
            write: fc.oneof(fc.json(), fc.string({ unit: 'grapheme', maxLength: 90 })),
          }),
        },
        { weight: 1, arbitrary: fc.record({ take: fc.integer({ min: 1, max: 10 }) }) },
      ),
      { maxLength: 300 },
    )
    fc.assert(
      fc.property(operations, (steps) => {
        const { writer, reader } = ends(1024)
        const sent: unknown[] = []
        const received: unknown[] = []
        for (const step of steps) {
          if ('take' in step) received.push(...reader.take(step.take))
          else {
            if (writer.write(step.write, 'keep')) sent.push(step.write)
          }
        }
        for (let more = reader.take(100); more.length > 0; more = reader.take(100)) {
          received.push(...more)
          writer.flushSpilled()
        }
        expect(received).toEqual(sent)
        expect(reader.dropped.events).toBe(0)
      }),
    )
  })

  test('drops progress when half full, and keeps what must be kept', () => {
    const { writer, reader } = ends(1024)
    for (let index = 0; index < 100; index++) writer.write({ progress: index }, 'droppable')
    const { progress } = reader.dropped
    expect(progress).toBeGreaterThan(0)
    for (let index = 0; index < 100; index++) writer.write({ end: index }, 'keep')
    const received: unknown[] = []
    for (let more = reader.take(1000); more.length > 0; more = reader.take(1000)) {
      received.push(...more)
      writer.flushSpilled()
    }
    expect(received).toHaveLength(100 - progress + 100)
    expect(received.slice(-100)).toEqual(Array.from({ length: 100 }, (_, end) => ({ end })))
    expect(reader.dropped).toEqual({ progress, events: 0, invalid: 0 })
  })

  test('is bounded by size: past every buffer, what is lost is counted', () => {
    const { writer, reader } = ends(1024)
    const record = { end: 'x'.repeat(100) }
    for (let index = 0; index < 90_000; index++) writer.write(record, 'keep')
    expect(reader.dropped.events).toBeGreaterThan(10_000)
    expect(reader.dropped.events).toBeLessThan(20_000)
    expect(writer.flushSpilled()).toBe(false)
    const before = reader.dropped.events
    writer.abandonSpilled()
    expect(reader.dropped.events).toBeGreaterThan(before)
    expect(writer.flushSpilled()).toBe(true)
  })

  test('refuses what is too long or cannot be encoded, wherever it stands, and goes on', () => {
    for (let offset = 0; offset < 1024; offset += 64) {
      const { writer, reader } = ends(1024)
      for (let used = 0; used < offset; used += 64) writer.write('y'.repeat(50), 'keep')
      reader.take(100)
      expect(writer.write({ value: 1n }, 'keep')).toBe(false)
      expect(writer.write('x'.repeat(200), 'keep')).toBe(false)
      expect(writer.write('after', 'keep')).toBe(true)
      expect(reader.take(10)).toEqual(['after'])
      expect(reader.dropped.invalid).toBe(2)
    }
  })

  test('takes nothing that was written after the mark', () => {
    const { writer, reader } = ends()
    writer.write('before', 'keep')
    const mark = reader.mark()
    writer.write('after', 'keep')
    expect(reader.take(10, mark)).toEqual(['before'])
    expect(reader.take(10, mark)).toEqual([])
    expect(reader.take(10)).toEqual(['after'])
  })

  test('goes on where its positions pass 2^32', () => {
    const { ring, writer, reader } = ends(1024)
    const words = new Int32Array(ring, 0, 2)
    words.fill(-64)
    for (let index = 0; index < 50; index++) {
      writer.write({ index }, 'keep')
      expect(reader.take(10)).toEqual([{ index }])
    }
    expect(Number(words[0]) >>> 0).toBeLessThan(1 << 20)
  })

  test('wakes a waiting reader on a write and on close', async () => {
    const { writer, reader } = ends()
    const woken = reader.readable()
    writer.write('a', 'keep')
    await woken
    expect(reader.take(10)).toEqual(['a'])
    const closed = reader.readable()
    writer.close()
    await closed
    expect(reader.isClosed).toBe(true)
  })
})
