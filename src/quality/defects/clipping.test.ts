import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { hasFfmpeg } from '../../../test/support/ffmpeg.ts'
import { findFfmpeg } from '../../media/ffmpeg.ts'
import { SoundMeter } from '../sound/sound-meter.ts'
import { clippingCheck } from './clipping.ts'

const sampleRateHz = 48_000
const folder = mkdtempSync(join(tmpdir(), 'framewatch-clipping-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** Numbers of -1..1, always the same. */
function chance(): () => number {
  let state = 12_345
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 31 - 1
  }
}

type Make = (seconds: number) => Float32Array

/** Chords of decaying strings over a drum, 120 to the minute. */
const music: Make = (seconds) => {
  const random = chance()
  return Float32Array.from({ length: seconds * sampleRateHz }, (_, index) => {
    const time = index / sampleRateHz
    const beat = time % 0.5
    const root = [110, 147, 98, 131][Math.floor(time / 2) % 4] ?? 110
    let value = random() * Math.exp(-beat * 40) + 2 * Math.sin(2 * Math.PI * 55 * beat) * Math.exp(-beat * 12)
    for (const [voice, ratio] of [1, 1.26, 1.5, 3, 4.76].entries())
      for (let overtone = 1; overtone < 6; overtone++)
        value +=
          Math.sin(2 * Math.PI * root * ratio * overtone * time + voice * overtone) / overtone ** 1.5 / 2
    return value * (0.6 + 0.4 * Math.exp(-beat * 3))
  })
}

/** Pulses of a voice through two resonances, in syllables with pauses. */
const speech: Make = (seconds) => {
  const random = chance()
  const [first, second] = [resonance(650), resonance(1700)]
  let phase = 0
  return Float32Array.from({ length: seconds * sampleRateHz }, (_, index) => {
    const time = index / sampleRateHz
    phase += (120 + 25 * Math.sin(time * 3)) / sampleRateHz
    const isPulse = phase >= 1
    if (isPulse) phase -= 1
    const source = (isPulse ? 1 : 0) + random() * 0.004
    const syllable = Math.max(0, Math.sin(2 * Math.PI * 3 * time)) * (0.6 + 0.4 * Math.sin(time * 7))
    return (first(source) + 0.5 * second(source)) * syllable
  })
}

function resonance(frequencyHz: number): (input: number) => number {
  const radius = Math.exp((-Math.PI * 90) / sampleRateHz)
  const turn = 2 * radius * Math.cos((2 * Math.PI * frequencyHz) / sampleRateHz)
  let [y1, y2] = [0, 0]
  return (input) => {
    const output = input + turn * y1 - radius * radius * y2
    y2 = y1
    y1 = output
    return output
  }
}

/** Noise of equal power in each octave (P. Kellet's filter). */
const pinkNoise: Make = (seconds) => {
  const random = chance()
  let [a, b, c] = [0, 0, 0]
  return Float32Array.from({ length: seconds * sampleRateHz }, () => {
    const white = random() + random() + random()
    a = 0.99765 * a + white * 0.099046
    b = 0.963 * b + white * 0.2965164
    c = 0.57 * c + white * 1.0526913
    return a + b + c + white * 0.1848
  })
}

const sources = { music, speech, 'pink noise': pinkNoise }

/** Turned up or down so that the peak is at a level of full scale. */
function peakingAt(level: number, samples: Float32Array): Float32Array {
  const peak = samples.reduce((highest, value) => Math.max(highest, Math.abs(value)), 0)
  return samples.map((value) => (value * level) / peak)
}

/** Turned up until a share of all samples is beyond full scale, and cut off there. */
function clipped(share: number, samples: Float32Array): Float32Array {
  const levels = samples.map(Math.abs).sort()
  const level = levels[Math.floor(levels.length * (1 - share))] ?? 1
  return samples.map((value) => Math.max(-1, Math.min(1, value / level)))
}

function find(samples: Float32Array, channels: 1 | 2 = 1) {
  const meter = new SoundMeter({ sampleRateHz, channels })
  meter.push(samples)
  return clippingCheck.find({ sound: meter.finish() }, clippingCheck.thresholds)
}

function joined(...parts: readonly Float32Array[]): Float32Array {
  return Float32Array.from(parts.flatMap((part) => [...part]))
}

const codecs = {
  AAC: ['-c:a', 'aac', '-b:a', '128k', '-f', 'mp4'],
  Opus: ['-c:a', 'libopus', '-b:a', '96k', '-f', 'webm'],
  Vorbis: ['-c:a', 'libvorbis', '-b:a', '112k', '-f', 'ogg'],
}

/** To the codec and back. */
function coded(codec: keyof typeof codecs, samples: Float32Array): Float32Array {
  const raw = ['-f', 'f32le', '-ar', String(sampleRateHz), '-ac', '1']
  const file = join(folder, 'sound')
  const input = new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength)
  execFileSync(findFfmpeg().ffmpegPath, ['-v', 'error', '-y', ...raw, '-i', '-', ...codecs[codec], file], {
    input,
  })
  const output = execFileSync(findFfmpeg().ffmpegPath, ['-v', 'error', '-i', file, ...raw, '-'], {
    maxBuffer: 1e8,
  })
  return new Float32Array(output.buffer, output.byteOffset, Math.floor(output.length / 4))
}

describe('clipping', () => {
  test.each(Object.entries(sources))('is found in %s that was turned up, with its times', (_, make) => {
    const quiet = peakingAt(0.5, make(2))
    const [defect, ...more] = find(joined(quiet, clipped(0.02, make(2)), quiet))
    expect(more).toEqual([])
    expect(defect).toMatchObject({ type: 'clipping', severity: 'minor' })
    expect(Math.abs((defect?.startSeconds ?? 0) - 2)).toBeLessThan(0.35)
    expect(Math.abs((defect?.endSeconds ?? 0) - 4)).toBeLessThan(0.35)
    expect(defect?.evidence).toMatch(/^\d+\.\d % of the samples of a second are cut off at full scale$/)
  })

  test('is found in one channel of two', () => {
    const [left, right] = [clipped(0.02, music(2)), peakingAt(0.5, music(2))]
    const both = Float32Array.from({ length: left.length * 2 }, (_, i) => (i % 2 ? right : left)[i >> 1] ?? 0)
    expect(find(both, 2)).toHaveLength(1)
  })

  test('makes two stretches of what is clipped twice', () => {
    const loud = clipped(0.02, music(2))
    expect(find(joined(loud, peakingAt(0.5, music(3)), loud))).toHaveLength(2)
  })

  test.each(Object.entries(sources))('is not found in %s of which hardly a sample is cut off', (_, make) => {
    expect(find(clipped(0.0005, make(4)))).toEqual([])
  })

  test.each([
    ['a tone', (index: number) => 0.89 * Math.sin(index / 20)],
    ['a low tone', (index: number) => 0.89 * Math.sin(index / 150)],
    ['beeps', (index: number) => (index % 24_000 < 6000 ? 0.89 : 0) * Math.sin(index / 12)],
    ['a square wave', (index: number) => 0.85 * Math.sign(Math.sin(index / 40))],
  ])('is not found in %s below full scale', (_, wave) => {
    expect(find(Float32Array.from({ length: 2 * sampleRateHz }, (_, index) => wave(index)))).toEqual([])
  })

  test('says nothing of no sound', () => {
    expect(clippingCheck.find({}, clippingCheck.thresholds)).toEqual([])
  })
})

describe.skipIf(!hasFfmpeg)('clipping after a lossy codec (needs ffmpeg)', () => {
  const cases = Object.keys(codecs).flatMap((codec) =>
    Object.entries(sources).map(([name, make]) => [name, codec as keyof typeof codecs, make] as const),
  )

  test.each(cases)('is found in %s after %s', (_, codec, make) => {
    expect(find(coded(codec, clipped(0.02, make(3))))).toHaveLength(1)
  })

  test.each(cases)('is not found in %s after %s when the peaks were at -1 dBFS', (_, codec, make) => {
    expect(find(coded(codec, peakingAt(0.89, make(3))))).toEqual([])
  })

  test.each(cases)(
    'is not found in %s after %s when a limiter kept the peaks below full scale',
    (_, codec, make) => {
      const loud = peakingAt(0.89, make(3))
      const input = new Uint8Array(loud.buffer, loud.byteOffset, loud.byteLength)
      const raw = ['-f', 'f32le', '-ar', String(sampleRateHz), '-ac', '1']
      const limiter = 'volume=6dB,alimiter=limit=0.98:level=0'
      const output = execFileSync(
        findFfmpeg().ffmpegPath,
        ['-v', 'error', ...raw, '-i', '-', '-af', limiter, ...raw, '-'],
        {
          input,
        },
      )
      expect(
        find(coded(codec, new Float32Array(output.buffer, output.byteOffset, output.length / 4))),
      ).toEqual([])
    },
  )
})
