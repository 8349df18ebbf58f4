import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type SoundEvidence, windowSeconds } from './sound-evidence.ts'
import { SoundMeter, type SoundMeterOptions } from './sound-meter.ts'

function measure(options: SoundMeterOptions, ...pieces: readonly Float32Array[]): SoundEvidence {
  const meter = new SoundMeter(options)
  for (const piece of pieces) meter.push(piece)
  return meter.finish()
}

const mono = { sampleRateHz: 8000, channels: 1 } as const
const sine = (amplitude: number, seconds: number, rateHz = 8000) =>
  Float32Array.from({ length: seconds * rateHz }, (_, index) => amplitude * Math.sin((index * Math.PI) / 8))

describe('the sound meter', () => {
  test('gives peak and RMS of each 100 ms, the last being shorter', () => {
    const { peaks, rms, durationSeconds, samplePeakDbfs } = measure(mono, sine(0.5, 0.25))
    expect(durationSeconds).toBe(0.25)
    expect(peaks).toEqual(Float32Array.of(0.5, 0.5, 0.5))
    for (const value of rms) expect(value).toBeCloseTo(0.5 * Math.SQRT1_2, 5)
    expect(samplePeakDbfs).toBeCloseTo(-6.02, 2)
  })

  test('takes the loudest channel', () => {
    const loud = sine(0.25, 1)
    const both = Float32Array.from(
      { length: 16_000 },
      (_, index) => (loud[index >> 1] ?? 0) * (index % 2 || 0.1),
    )
    const { peaks, rms } = measure({ ...mono, channels: 2 }, both)
    expect(peaks[3]).toBeCloseTo(0.25, 6)
    expect(rms[3]).toBeCloseTo(0.25 * Math.SQRT1_2, 5)
  })

  test('does not hear a constant offset', () => {
    expect(Math.max(...measure(mono, new Float32Array(8000).fill(0.25)).rms)).toBeLessThan(1e-6)
  })

  test('knows no peak of digital silence', () => {
    expect(measure(mono, new Float32Array(800))).toMatchObject({
      samplePeakDbfs: undefined,
      durationSeconds: 0.1,
    })
  })

  test('measures nothing of no samples', () => {
    expect(measure(mono, new Float32Array(0))).toMatchObject({
      durationSeconds: 0,
      peaks: new Float32Array(0),
    })
  })

  test('has ten windows a second at any rate, also where 100 ms are no whole number of samples', () => {
    const { peaks } = measure({ sampleRateHz: 11_025, channels: 1 }, new Float32Array(11_025 * 7))
    expect(peaks.length * windowSeconds).toBeCloseTo(7, 9)
  })

  test('gives the same however the samples are cut into pieces', () => {
    const value = fc.oneof(fc.double({ min: -1.2, max: 1.2, noNaN: true }), fc.constantFrom(1, -1, 0, NaN))
    const sound = fc.record({
      seed: fc.array(value, { minLength: 1, maxLength: 40 }),
      samples: fc.integer({ min: 0, max: 20_000 }),
      cuts: fc.array(fc.integer({ min: 0, max: 20_000 }), { maxLength: 12 }),
      channels: fc.constantFrom(1 as const, 2 as const),
      sampleRateHz: fc.constantFrom(8000, 8001, 11_025),
    })
    fc.assert(
      fc.property(sound, ({ seed, samples, cuts, ...options }) => {
        const whole = Float32Array.from(
          { length: samples },
          (_, index) => seed[(index * 7) % seed.length] ?? 0,
        )
        const ends = [...cuts.filter((cut) => cut < samples).sort((a, b) => a - b), samples]
        const pieces = ends.map((end, index) => whole.subarray(ends[index - 1] ?? 0, end))
        expect(measure(options, ...pieces)).toEqual(measure(options, whole))
      }),
      { numRuns: 60 },
    )
  })

  test.each([NaN, Infinity, -Infinity, 1e30])('takes a sample of %d for 0, and counts it', (broken) => {
    const clean = sine(0.3, 2)
    clean[5000] = 0
    const spoiled = clean.slice()
    spoiled[5000] = broken
    expect(measure(mono, spoiled)).toEqual({ ...measure(mono, clean), brokenSamples: 1 })
  })

  test('is not spoilt by numbers too small for their format', () => {
    const tiny = new Float32Array(8000).fill(1e-42)
    const { integratedLoudnessLufs, rms } = measure(mono, sine(0.5, 1), tiny, sine(0.5, 1))
    expect(integratedLoudnessLufs).toBeGreaterThan(-20)
    expect(rms.every(Number.isFinite)).toBe(true)
  })

  test('counts only the duration of what comes after 12 hours', () => {
    const meter = new SoundMeter(mono)
    const minute = new Float32Array(60 * 8000)
    for (let minutes = 0; minutes < 12 * 60; minutes++) meter.push(minute)
    meter.push(sine(0.5, 60))
    const evidence = meter.finish()
    expect(evidence).toMatchObject({
      durationSeconds: 43_260,
      measuredSeconds: 43_200,
      samplePeakDbfs: undefined,
    })
    expect(evidence.rms).toHaveLength(432_000)
  }, 60_000)

  test.each([
    [7999, 1],
    [192_001, 1],
    [NaN, 2],
    [48_000, 3],
  ])('refuses %d Hz in %i channels', (sampleRateHz, channels) => {
    expect(() => new SoundMeter({ sampleRateHz, channels: channels as 1 | 2 })).toThrow(RangeError)
  })
})
