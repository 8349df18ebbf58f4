import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Defect, QualityMetrics } from '../model/quality.ts'
import { qualityScoreOf, scorePartsOf } from './score.ts'

const defect = (severity: Defect['severity']): Defect => ({
  ...{ type: 'black', startSeconds: 0, endSeconds: 1, severity, evidence: 'black' },
})
const share = fc.double({ min: 0, max: 1, noNaN: true })
const level = fc.double({ min: 0, max: 255, noNaN: true })
const metrics: fc.Arbitrary<QualityMetrics> = fc.record(
  {
    ...{ blackShare: share, frozenShare: share, sharpness: share, motionSmoothness: share },
    ...{ residualFlicker: level, noise: level, blockiness: level },
  },
  { requiredKeys: [] },
)

describe('the quality score', () => {
  test('and all of its parts are 0 to 1, whatever was measured', () => {
    fc.assert(
      fc.property(metrics, fc.nat({ max: 5 }), (measured, minors) => {
        const parts = scorePartsOf(
          measured,
          Array.from({ length: minors }, () => defect('minor')),
        )
        for (const part of [...Object.values(parts), qualityScoreOf(parts)]) {
          expect(part).toBeGreaterThanOrEqual(0)
          expect(part).toBeLessThanOrEqual(1)
        }
      }),
    )
  })

  test('is halved by a minor defect, and nothing with a major one', () => {
    const score = (...defects: Defect[]) =>
      qualityScoreOf(scorePartsOf({ sharpness: 0.4, noise: 2 }, defects))
    expect(score(defect('minor'))).toBeCloseTo(score() / 2)
    expect(score(defect('minor'), defect('major'))).toBe(0)
  })

  test('does not get better when more is wrong', () => {
    fc.assert(
      fc.property(metrics, level, level, (measured, one, other) => {
        const score = (noise: number) => qualityScoreOf(scorePartsOf({ ...measured, noise }, []))
        expect(score(Math.max(one, other))).toBeLessThanOrEqual(score(Math.min(one, other)))
      }),
    )
  })

  test('has no part for what was not measured, and is 0 without any', () => {
    expect(scorePartsOf({}, [])).toEqual({ soundness: 1 })
    expect(qualityScoreOf({ soundness: 1 })).toBe(0)
  })
})
