import fc from 'fast-check'
import { expect, test } from 'vitest'
import { FrameAssembler } from './frame-assembler.ts'

test('frames are the bytes in their order, however they are cut into chunks; a rest is no frame', () => {
  const bytes = fc.uint8Array({ maxLength: 200 })
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 40 }), fc.array(bytes, { maxLength: 12 }), (frameBytes, chunks) => {
      const frames: number[][] = []
      const assembler = new FrameAssembler(frameBytes, (frame) => frames.push([...frame]))
      for (const chunk of chunks) assembler.push(chunk)
      const all = chunks.flatMap((chunk) => [...chunk])
      expect(frames).toHaveLength(Math.floor(all.length / frameBytes))
      expect(frames.flat()).toEqual(all.slice(0, frames.length * frameBytes))
    }),
  )
})
