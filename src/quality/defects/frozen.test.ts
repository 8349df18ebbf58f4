import { describe, expect, test } from 'vitest'
import { filmed, pan, type Shot } from '../../../test/support/footage.ts'
import { frozen } from './frozen.ts'

const find = (shots: readonly Shot[]) => frozen.find(filmed(shots), frozen.thresholds)
const held = (from: number, to: number, frames = 96) =>
  pan(frames).map((shot, index) => (index > from && index <= to ? { x: 2 * from } : shot))

describe('a frozen picture', () => {
  test('is found with its times', () => {
    const [defect, ...others] = find(held(24, 48))
    expect(others).toEqual([])
    expect(defect).toMatchObject({ type: 'frozen', severity: 'minor' })
    expect(defect?.startSeconds).toBeCloseTo(1, 1)
    expect(defect?.endSeconds).toBeCloseTo(49 / 24, 1)
  })

  test('is found at the end, and major when it is most of the clip', () => {
    expect(find(held(36, 95))).toMatchObject([{ endSeconds: 4, severity: 'major' }])
  })

  test('is found under fresh grain', () => {
    const grainy = held(24, 56).map((shot, index) => ({
      ...shot,
      light: (luma: number, x: number, y: number) =>
        luma + ((x * 7919 + y * 104_729 + index * 15_485) % 7) - 3,
    }))
    expect(find(grainy)).toHaveLength(1)
  })

  test('of half a second is none, nor is a slow pan', () => {
    expect(find(held(24, 36))).toEqual([])
    expect(find(pan(96).map((_, index) => ({ x: Math.floor(index / 8) })))).toEqual([])
  })

  test('that is blank is black, not frozen', () => {
    expect(find(pan(48).map((shot) => ({ ...shot, light: () => 16 })))).toEqual([])
  })

  test('is found while a coder still refines it, part by part, and a key frame comes', () => {
    const refined = (index: number) => (luma: number, _x: number, y: number) => {
      const passes = Math.floor((index - 20) / 10) + (Math.floor(y / 18) <= (index - 20) % 10 ? 1 : 0)
      return luma + 1.4 * passes + (index >= 35 && (y & 1) === 1 ? 1 : 0)
    }
    const shots = Array.from({ length: 72 }, (_, index) =>
      index < 20 ? { x: 24 * index } : index < 52 ? { x: 480, light: refined(index) } : { x: 24 * index },
    )
    const [defect, ...more] = find(shots)
    expect(more).toEqual([])
    expect(defect?.startSeconds).toBeCloseTo(20 / 24, 1)
    expect(defect?.endSeconds).toBeCloseTo(52 / 24, 1)
  })
})
