import { expect, test } from 'vitest'
import { SoundMeter } from '../sound/sound-meter.ts'
import { loudnessCheck } from './loudness.ts'

/** A tone of 1 kHz, which has the loudness of its level less 0.1. */
function find(lufs: number, audio?: boolean, seconds = 3) {
  const sampleRateHz = 48_000
  const amplitude = 10 ** (lufs / 20) * Math.SQRT2
  const meter = new SoundMeter({ sampleRateHz, channels: 1 })
  const length = seconds * sampleRateHz
  meter.push(Float32Array.from({ length }, (_, index) => amplitude * Math.sin((index * Math.PI) / 24)))
  return loudnessCheck.find({ sound: meter.finish(), expectations: { audio } }, loudnessCheck.thresholds)
}

test.each([
  [-40.3, /^-40\.\d LUFS, below -40 LUFS$/],
  [-50, /below -40/],
  [-6.2, /^-6\.\d LUFS, above -6\.5 LUFS$/],
  [0, /above -6\.5/],
])('%d LUFS is a defect of the whole sound', (lufs, evidence) => {
  const whole = { type: 'loudness', severity: 'minor', startSeconds: 0, endSeconds: 3 }
  expect(find(lufs)).toEqual([{ ...whole, evidence: expect.stringMatching(evidence) }])
})

test.each([-39.7, -23, -14, -6.8])('%d LUFS is none', (lufs) => {
  expect(find(lufs)).toEqual([])
})

test('what is silent throughout is left to the check for silence', () => {
  expect(find(-62)).toEqual([])
})

test('quiet sound is fine where none is needed, distorted sound is not', () => {
  expect(find(-45, false)).toEqual([])
  expect(find(-3, false)).toHaveLength(1)
})

test('a sound that is too short to have a loudness has no defect of it', () => {
  expect(find(0, undefined, 0.3)).toEqual([])
})

test('without sound there is none', () => {
  expect(loudnessCheck.find({ expectations: { audio: true } }, loudnessCheck.thresholds)).toEqual([])
})
