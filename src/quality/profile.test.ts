import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { checks } from './checks.ts'
import { profileOf } from './profile.ts'
import { profileNames } from './profile-names.ts'

const folder = mkdtempSync(join(tmpdir(), 'framewatch-profile-'))
afterAll(() => rmSync(folder, { recursive: true }))

function written(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

describe('a profile', () => {
  test.each(profileNames)('of the package names checks and thresholds that exist: %s', (name) => {
    const { off, thresholds } = profileOf(name)
    const typeOf = (type: string) => checks.find((check) => check.type === type)
    expect(off.every(typeOf)).toBe(true)
    for (const [type, given] of Object.entries(thresholds))
      expect(Object.keys(typeOf(type)?.thresholds ?? {})).toEqual(expect.arrayContaining(Object.keys(given)))
  })

  test.each(['', 'Default', 'toString', '__proto__', 'constructor'])('is unknown by the name %j', (name) => {
    expect(() => profileOf(name)).toThrow(expect.objectContaining({ code: 'QUALITY_PROFILE_UNKNOWN' }))
  })

  test('of a file adds to the one that it extends', () => {
    const path = written('own.yaml', 'extends: anime\noff: [silent]\nthresholds: {frozen: {minSeconds: 9}}\n')
    expect(profileOf(path)).toEqual({
      name: path,
      off: ['ghost_frames', 'silent'],
      thresholds: { ...profileOf('anime').thresholds, frozen: { minSeconds: 9, minShare: 0.3 } },
    })
  })

  test('of a file may be JSON', () => {
    expect(profileOf(written('own.json', '{"off": ["black"]}'))).toMatchObject({ off: ['black'] })
  })

  test.each([
    ['a defect that does not exist', 'off: [ugly]', /expected a type of defect/],
    ['a threshold that does not exist', 'thresholds: {black: {size: 1}}', /expected one of/],
    ['a threshold of what has none', 'thresholds: {unreadable: {size: 1}}', /it has no thresholds/],
    ['a threshold that is no number', 'thresholds: {frozen: {minSeconds: soon}}', /expected a number/],
    ['another setting', 'strict: true', /strict/],
    ['a base that does not exist', 'extends: cinema', /expected one of default/],
  ])('of a file is refused for %s', (_, text, message) => {
    expect(() => profileOf(written('bad.yaml', text))).toThrow(message)
  })

  test('of a file that is not there is refused', () => {
    expect(() => profileOf(join(folder, 'absent.yaml'))).toThrow(/absent\.yaml/)
  })
})
