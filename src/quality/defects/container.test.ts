import { describe, expect, test } from 'vitest'
import { filmed, pan } from '../../../test/support/footage.ts'
import type { QualityExpectations } from '../../model/quality.ts'
import { tooLong } from './too-long.ts'
import { tooShort } from './too-short.ts'
import { wrongFps } from './wrong-fps.ts'
import { wrongResolution } from './wrong-resolution.ts'

/** 320 x 180, 24 frames per second, 2 seconds. */
const film = filmed(pan(48))
const typesFor = (expectations: QualityExpectations) =>
  [wrongResolution, wrongFps, tooShort, tooLong].flatMap((check) =>
    check.find({ ...film, expectations }, check.thresholds).map(({ type }) => type),
  )

describe('what was asked for', () => {
  test('is not checked where nothing was, and holds where it is as asked', () => {
    expect(typesFor({})).toEqual([])
    expect(typesFor({ width: 320, height: 180, fps: 24, durationSeconds: 2 })).toEqual([])
  })

  test.each([
    ['another width', { width: 322 }, 'wrong_resolution'],
    ['another height', { height: 182 }, 'wrong_resolution'],
    ['another rate', { fps: 25 }, 'wrong_fps'],
    ['more seconds', { durationSeconds: 2.3 }, 'too_short'],
    ['fewer seconds', { durationSeconds: 1.7 }, 'too_long'],
  ])('is missed: %s', (_, expectations, type) => {
    expect(typesFor(expectations)).toEqual([type])
  })

  test('is kept within what models round', () => {
    expect(typesFor({ fps: 23.976 })).toEqual([])
    expect(typesFor({ durationSeconds: 2.1 })).toEqual([])
    expect(typesFor({ durationSeconds: 1.9 })).toEqual([])
  })
})
