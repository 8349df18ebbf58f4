import { describe, expect, test } from 'vitest'
import { decoderComplaint, isHeaderFalse, isSoundBroken, isTruncated } from './soundness.ts'

describe('what the decoder says', () => {
  test.each([
    ['nothing', ''],
    ['a warning about times', '[mp4 @ 0x55e] [warning] DTS 5 < 7 out of order\n'],
    [
      'an error of its own outputs',
      '[null @ 0x1] [error] Application provided invalid, non monotonically dts\n',
    ],
    [
      'a second line of a warning',
      "[warning] Could not find codec parameters\nConsider increasing 'probesize'\n",
    ],
    ['of what it is', '[swscaler @ 0x7f] [warning] deprecated pixel format used\n'],
  ])('is no complaint: %s', (_, stderr) => {
    expect(decoderComplaint(stderr)).toBeUndefined()
  })

  test.each([
    ['[h264 @ 0x5f] [error] error while decoding MB 3 4\n', '[h264] error while decoding MB 3 4'],
    ['[warning] deprecated\n[fatal] Invalid data found\n', 'Invalid data found'],
    ['[warning] /a.mkv: corrupt decoded frame in stream 0\n', '/a.mkv: corrupt decoded frame in stream 0'],
    ['[mpegts @ 0x5] [warning] Packet corrupt (stream = 0)\n', '[mpegts] Packet corrupt (stream = 0)'],
  ])('is a complaint, without addresses and levels: %j', (stderr, words) => {
    expect(decoderComplaint(stderr)).toBe(`the decoder reports: ${words}`)
  })

  test('is bounded', () => {
    expect(decoderComplaint(`[error] ${'x'.repeat(5000)}`)?.length).toBeLessThan(400)
  })

  test('is a complaint when so much is said that an error may have been lost', () => {
    expect(decoderComplaint('[warning] deprecated\n'.repeat(400))).toMatch(/more than is kept/)
  })
})

describe('a length', () => {
  const video = { durationSeconds: 10, fps: 25 }

  test('is that of the header, but for two frames and two hundredths', () => {
    for (const seconds of [9.72, 10, 12]) expect(isTruncated(video, seconds)).toBeUndefined()
    expect(isTruncated(video, 9.69)).toBe('it ends after 9.69 s of the 10.00 s that its header tells')
  })

  test('that no header tells is any', () => {
    expect(isTruncated({ durationSeconds: 0, fps: 0 }, 3)).toBeUndefined()
  })

  test('of the whole may be twice that of the longest track and a second, no more', () => {
    const claims = (whole: number) => ({ claimedSeconds: { whole, longestTrack: 2 } })
    for (const whole of [0, 2, 5]) expect(isHeaderFalse(claims(whole))).toBeUndefined()
    expect(isHeaderFalse(claims(43_200))).toMatch(/tells 43200\.00 s, and no track is longer than 2\.00 s/)
    expect(isHeaderFalse({})).toBeUndefined()
  })

  test('of the sound is that of its track, but for a quarter of a second and two hundredths', () => {
    for (const seconds of [9.56, 10, 10.44])
      expect(isSoundBroken({ soundSeconds: 10 }, seconds)).toBeUndefined()
    for (const seconds of [0, 9.54, 10.46])
      expect(isSoundBroken({ soundSeconds: 10 }, seconds)).toMatch(/its header tells 10\.00 s/)
  })

  test('of a sound that is not there, or not told, is none', () => {
    expect(isSoundBroken({}, 3)).toBeUndefined()
    expect(isSoundBroken({ soundSeconds: 3 }, undefined)).toBeUndefined()
  })

  test('says nothing of a sound track of an unknown kind: that is broken', () => {
    expect(isSoundBroken({ hasBrokenSound: true }, undefined)).toMatch(/cannot be told/)
  })
})
