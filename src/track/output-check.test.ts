import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Defect, QualityReport } from '../model/quality.ts'
import { ended } from './cost/ended.contract.ts'
import { notChecked, resultOfCheck, withCheck } from './output-check.ts'

const black: Defect = {
  type: 'black',
  startSeconds: 0,
  endSeconds: 2,
  severity: 'major',
  evidence: '100 % of the pixels are black',
}

function report(more: Partial<QualityReport> = {}): QualityReport {
  return {
    file: '/videos/a.mp4',
    verdict: 'ok',
    defects: [],
    metrics: { sharpness: 0.4, qualityScore: 0.9 },
    scoreParts: {},
    profile: 'default',
    decoder: { path: '/usr/bin/ffmpeg', version: '7.1', source: 'system' },
    checkedFrames: 120,
    fullResolutionFrames: 12,
    skipped: [],
    costMs: 812.4,
    ...more,
  }
}

const pending = ended({ check: { verdict: 'pending' }, quality: { sharpness: 7, mood: 1 } })
const checked = (more: Partial<QualityReport>) => withCheck(pending, resultOfCheck(report(more), 5))

describe('a record with the result of its check', () => {
  test('is verified when nothing is wrong, and the scores of the caller stay as they are', () => {
    expect(checked({})).toMatchObject({
      verification: 'verified',
      defects: [],
      quality: { sharpness: 7, mood: 1, qualityScore: 0.9 },
      check: { verdict: 'ok', profile: 'default', decoder: '7.1', checkedAtMs: 5, costMs: 812 },
    })
  })

  test('is defective with each type once', () => {
    const defects = [
      black,
      { ...black, type: 'frozen', severity: 'minor' },
      { ...black, startSeconds: 5 },
    ] as const
    const record = checked({ verdict: 'defective', defects })
    expect(record).toMatchObject({ verification: 'defective', defects: ['black', 'frozen'] })
    expect(record.check).toMatchObject({
      defects: [{ type: 'black' }, { startSeconds: 5 }, { type: 'frozen' }],
    })
  })

  test('is defective when the file cannot be read, with a type that says so', () => {
    const unreadable = checked({ verdict: 'unreadable', reason: 'No moov atom', metrics: {} })
    expect(unreadable).toMatchObject({ verification: 'defective', defects: ['unreadable'] })
    const empty = checked({ verdict: 'unreadable', defects: [{ ...black, type: 'empty' }] })
    expect(empty.defects).toEqual(['empty'])
  })

  test('stays unverified with a reason when it could not be checked, and what was seen is no score of it', () => {
    const record = checked({ verdict: 'unverified', reason: 'No ffmpeg was found' })
    expect(record).toMatchObject({ verification: 'unverified', check: { reason: 'No ffmpeg was found' } })
    expect(record.quality).toEqual(pending.quality)
    expect(withCheck(pending, notChecked('It is off', 5))).toMatchObject({
      verification: 'unverified',
      check: { verdict: 'unverified', reason: 'It is off' },
    })
  })

  test('is bounded, and holds no control character, whatever the checker says', () => {
    const anyDefect = fc.record({
      type: fc.constantFrom('black', 'frozen', 'not-a-type' as 'black'),
      startSeconds: fc.double(),
      endSeconds: fc.double(),
      severity: fc.constantFrom('minor', 'major'),
      evidence: fc.string({ unit: 'binary', maxLength: 2000 }),
    }) as fc.Arbitrary<Defect>
    fc.assert(
      fc.property(
        fc.array(anyDefect, { maxLength: 100 }),
        fc.string({ unit: 'binary', maxLength: 2000 }),
        fc.double(),
        (defects, reason, costMs) => {
          const metrics = { sharpness: Number.NaN, noise: 1, invented: 3 }
          const result = resultOfCheck(report({ verdict: 'defective', defects, reason, costMs, metrics }), 5)
          expect(result.defects.length).toBeLessThanOrEqual(32)
          expect(result.metrics).toEqual({ noise: 1 })
          const kept = JSON.stringify(withCheck(pending, result))
          expect(kept.length).toBeLessThan(40_000)
          expect(kept).not.toMatch(/not-a-type|\\u00[01]/)
          expect(result.costMs).toBeGreaterThanOrEqual(0)
        },
      ),
    )
  })
})
