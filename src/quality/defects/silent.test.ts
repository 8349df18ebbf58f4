import { describe, expect, test } from 'vitest'
import type { SoundCheckEvidence, SoundEvidence } from '../sound/sound-evidence.ts'
import { SoundMeter } from '../sound/sound-meter.ts'
import { silentCheck } from './silent.ts'

const sampleRateHz = 8000

/** A tone in parts: [seconds, dB of full scale, its RMS]. */
function sound(...parts: readonly (readonly [seconds: number, rmsDbfs: number])[]): SoundEvidence {
  const meter = new SoundMeter({ sampleRateHz, channels: 1 })
  for (const [seconds, rmsDbfs] of parts) {
    const amplitude = Math.SQRT2 * 10 ** (rmsDbfs / 20)
    const part = { length: Math.round(seconds * sampleRateHz) }
    meter.push(Float32Array.from(part, (_, index) => amplitude * Math.sin((index * Math.PI) / 8)))
  }
  return meter.finish()
}

const track = { codec: 'aac', channels: 1, sampleRateHz, durationSeconds: 5 }

function find(evidence: Partial<SoundCheckEvidence>, audio?: boolean) {
  const probe = { durationSeconds: 5, audio: evidence.sound && track }
  const whole = { pictureSeconds: 5, expectations: { audio }, probe, ...evidence }
  return silentCheck.find(whole, silentCheck.thresholds)
}

const nothing = Number.NEGATIVE_INFINITY

describe('silence', () => {
  test('is found where sound is expected and there is no track', () => {
    expect(find({}, true)).toEqual([
      {
        ...{ type: 'silent', severity: 'major', startSeconds: 0, endSeconds: 5 },
        evidence: 'sound is expected, and there is no sound track',
      },
    ])
  })

  test('is no defect without a track when nobody asked for sound', () => {
    expect(find({})).toEqual([])
    expect(find({}, false)).toEqual([])
  })

  test.each([
    ['digital silence', nothing, 'digital silence throughout'],
    ['a hiss that nobody hears', -61, 'at most -61.0 dBFS RMS throughout'],
  ])('is major when a track holds %s', (_, rmsDbfs, evidence) => {
    expect(find({ sound: sound([5, rmsDbfs]) })).toEqual([
      { type: 'silent', severity: 'major', startSeconds: 0, endSeconds: 5, evidence },
    ])
  })

  test('is found where a sound ends a second before its track does, and not in a pause or under a hiss', () => {
    expect(find({ sound: sound([1, -20], [1.2, nothing]) })).toMatchObject([
      { severity: 'minor', startSeconds: 1, endSeconds: 2.2 },
    ])
    expect(find({ sound: sound([0.5, -20], [1.2, nothing], [0.5, -20]) })).toEqual([])
    expect(find({ sound: sound([1, -20], [1.2, -70]) })).toEqual([])
    expect(find({ sound: sound([2, -20], [1.2, nothing]) })).toEqual([])
  })

  test('is found in a track without a sample', () => {
    expect(find({ sound: sound() })).toMatchObject([{ severity: 'major', endSeconds: 5 }])
  })

  test('is not found just above its level', () => {
    expect(find({ sound: sound([5, -59]) })).toEqual([])
  })

  test('is fine where no sound is needed', () => {
    expect(find({ sound: sound([5, nothing]) }, false)).toEqual([])
    expect(find({ sound: sound([2, -20], [3, nothing]) }, false)).toEqual([])
  })

  test('says nothing of a track that was not decoded', () => {
    expect(find({ probe: { durationSeconds: 5, audio: track } }, true)).toEqual([])
  })

  test.each([
    [
      'at the end',
      [
        [2.5, -20],
        [2.5, nothing],
      ],
      2.5,
      5,
    ],
    [
      'at the beginning',
      [
        [2, -70],
        [3, -20],
      ],
      0,
      2,
    ],
    [
      'in the middle',
      [
        [1.5, -20],
        [2.2, nothing],
        [1.3, -20],
      ],
      1.5,
      3.7,
    ],
  ] as const)(
    'is minor in two fifths of the sound, %s, with its times',
    (_, parts, startSeconds, endSeconds) => {
      const found = find({ sound: sound(...parts) })
      expect(found).toMatchObject([{ severity: 'minor', startSeconds, endSeconds }])
      expect(found[0]?.evidence).toMatch(/^below -60 dBFS RMS for 2\.\d s, \d\d % of the sound$/)
    },
  )

  test.each([
    [
      'less than two fifths',
      [
        [5, -20],
        [3, nothing],
      ],
    ],
    [
      'a pause of 1.5 s in a short sound',
      [
        [1, -20],
        [1.5, nothing],
        [0.5, -20],
      ],
    ],
    [
      'pauses that only together are long',
      [
        [1, -20],
        [1.4, nothing],
        [0.3, -20],
        [1.4, nothing],
        [0.5, -20],
      ],
    ],
  ] as const)('is not found in %s', (_, parts) => {
    expect(find({ sound: sound(...parts) })).toEqual([])
  })
})
