import fc from 'fast-check'
import { expect, test } from 'vitest'
import { TimeReader } from './time-reader.ts'

test('times are read whatever the chunks are, and lines of the header are not', () => {
  const micros = fc.array(fc.integer({ min: -1_000_000, max: 40_000_000_000 }), { maxLength: 20 })
  fc.assert(
    fc.property(micros, fc.integer({ min: 1, max: 50 }), (times, chunkBytes) => {
      const lines = times.map(
        (time) => `0, ${String(time).padStart(10)}, ${time},        1,      256, 0x5d1a8c3f\n`,
      )
      const text = Buffer.from(`#software: Lavf\n#tb 0: 1/1000000\n${lines.join('')}`)
      const read: number[] = []
      const reader = new TimeReader((timeSeconds) => read.push(timeSeconds))
      for (let at = 0; at < text.length; at += chunkBytes) reader.push(text.subarray(at, at + chunkBytes))
      expect(read).toEqual(times.map((time) => time / 1e6))
    }),
  )
})
