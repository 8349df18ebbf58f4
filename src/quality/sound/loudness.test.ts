import { execFileSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { hasFfmpeg } from '../../../test/support/ffmpeg.ts'
import { findFfmpeg } from '../../media/ffmpeg.ts'
import { SoundMeter } from './sound-meter.ts'

const rateHz = 48_000

/** A sine of 1 kHz in both channels, its level set in parts: [seconds, dB of full scale]. */
function tones(...parts: readonly (readonly [number, number])[]): Float32Array {
  const frames = parts.flatMap(([seconds, dbfs]) =>
    Array.from({ length: Math.round(seconds * rateHz) }, () => 10 ** (dbfs / 20)),
  )
  return Float32Array.from({ length: frames.length * 2 }, (_, index) => {
    const frame = index >> 1
    return (frames[frame] ?? 0) * Math.sin((2 * Math.PI * 1000 * frame) / rateHz)
  })
}

function lufs(samples: Float32Array, channels: 1 | 2 = 2, sampleRateHz = rateHz): number | undefined {
  const meter = new SoundMeter({ sampleRateHz, channels })
  meter.push(samples)
  return meter.finish().integratedLoudnessLufs
}

describe('integrated loudness', () => {
  test.each([
    ['case 1: a tone at -23 dBFS', -23, [[20, -23]]],
    ['case 2: a tone at -33 dBFS', -33, [[20, -33]]],
    [
      'case 3: quiet parts are under the relative gate',
      -23,
      [
        [10, -36],
        [60, -23],
        [10, -36],
      ],
    ],
    [
      'case 4: and the quietest under the absolute one',
      -23,
      [
        [10, -72],
        [10, -36],
        [60, -23],
        [10, -36],
        [10, -72],
      ],
    ],
    [
      'case 5: the gate is relative to the mean',
      -23,
      [
        [20, -26],
        [20.1, -20],
        [20, -26],
      ],
    ],
  ] as const)('meets EBU Tech 3341, %s', (_, expected, parts) => {
    expect(Math.abs((lufs(tones(...parts)) ?? 0) - expected)).toBeLessThan(0.1)
  })

  test('of one channel is 3 LU less than of the same in two', () => {
    const both = tones([5, -23])
    const one = both.filter((_, index) => index % 2 === 0)
    expect(lufs(one, 1)).toBeCloseTo((lufs(both) ?? 0) - 10 * Math.log10(2), 6)
  })

  test.each([8000, 11_025, 22_050, 44_100, 96_000, 192_000])('is the same at %i Hz', (sampleRateHz) => {
    const sine = Float32Array.from({ length: 3 * sampleRateHz }, (_, index) =>
      Math.sin((2 * Math.PI * 997 * index) / sampleRateHz),
    )
    expect(Math.abs((lufs(sine, 1, sampleRateHz) ?? 0) + 3.01)).toBeLessThan(0.1)
  })

  test('is undefined below 400 ms, and below -70 LUFS', () => {
    expect(lufs(tones([0.39, -23]))).toBeUndefined()
    expect(lufs(tones([0.4, -23]))).toBeCloseTo(-23, 1)
    expect(lufs(tones([5, -71]))).toBeUndefined()
    expect(lufs(new Float32Array(rateHz * 2))).toBeUndefined()
  })
})

const sounds = [
  ['pink noise', 'anoisesrc=c=pink:a=0.4:r=48000:seed=1:d=8', 1],
  ['brown noise at 44.1 kHz', 'anoisesrc=c=brown:a=0.6:r=44100:seed=2:d=8', 1],
  [
    'chords that pulse',
    "aevalsrc='0.2*sin(220*2*PI*t)*(1+sin(3*t))+0.1*sin(331*2*PI*t)|0.3*sin(1760*2*PI*t)*exp(-3*mod(t,1))':d=9",
    2,
  ],
  [
    'bass, treble and a pause',
    "aevalsrc='if(between(t,3,5),0,0.4*sin(50*2*PI*t)+0.05*sin(9000*2*PI*t))':d=8:s=32000",
    1,
  ],
] as const

describe.skipIf(!hasFfmpeg)('integrated loudness beside the ebur128 of ffmpeg (needs ffmpeg)', () => {
  test.each(sounds)('is within 0.1 LU for %s', (_, source, channels) => {
    const input = ['-v', 'error', '-f', 'lavfi', '-i', source]
    const run = (...args: string[]) =>
      execFileSync(findFfmpeg().ffmpegPath, [...input, ...args], { maxBuffer: 1e8 })
    const raw = run('-f', 'f32le', '-')
    const samples = new Float32Array(raw.buffer, raw.byteOffset, raw.length / 4)
    const printed = run(
      '-af',
      'ebur128=metadata=1,ametadata=print:key=lavfi.r128.I:file=-',
      '-f',
      'null',
      '-',
    )
    const theirs = Number(String(printed).trim().split('=').at(-1))
    const sampleRateHz = Number(/(?:r|:s)=(\d+)/.exec(source)?.[1] ?? 44_100)
    expect(theirs).toBeLessThan(-5)
    expect(Math.abs((lufs(samples, channels, sampleRateHz) ?? 0) - theirs)).toBeLessThan(0.1)
  })
})
