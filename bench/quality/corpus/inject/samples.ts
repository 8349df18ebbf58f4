/** Operations on sound that several defects share. */
import type { Clip, Sound } from '../clip.ts'
import { durationOf } from './inject.ts'

/** What the defects of sound need; clips without it are not chosen for them. */
export function soundOf({ sound }: Clip): Sound {
  if (!sound) throw new Error('The clip has no sound to spoil')
  return sound
}

/** The clip with sound of this many seconds; what is missing at the end is taken from the start. */
export function withSoundOf(clip: Clip, seconds: number): Clip {
  const sound = soundOf(clip)
  const count = Math.round(seconds * sound.sampleRateHz) * sound.channels
  const samples = new Float32Array(count)
  for (let at = 0; at < count; at++) samples[at] = sound.samples[at % sound.samples.length] ?? 0
  return { ...clip, sound: { ...sound, samples } }
}

/** The clip with each sample from `fromSeconds` to `toSeconds` (@default all) through a function. */
export function withSamples(
  clip: Clip,
  to: (sample: number, at: number) => number,
  { fromSeconds = 0, toSeconds = durationOf(clip) + 1 } = {},
): Clip {
  const sound = soundOf(clip)
  const [from, until] = [fromSeconds, toSeconds].map(
    (seconds) => Math.round(seconds * sound.sampleRateHz) * sound.channels,
  )
  const samples = sound.samples.map((sample, at) =>
    at >= (from ?? 0) && at < (until ?? 0) ? to(sample, at) : sample,
  )
  return { ...clip, sound: { ...sound, samples } }
}

/** Biquad: feedforward b0 b1 b2, feedback a1 a2. */
type Filter = readonly [number, number, number, number, number]

/** The two filters of K-weighting at a sampling rate (ITU-R BS.1770-5; formulas of De Man, "Evaluation of BS.1770", 2014). */
function weighting(sampleRateHz: number): readonly Filter[] {
  const shelf = ((): Filter => {
    const k = Math.tan((Math.PI * 1681.974450955533) / sampleRateHz)
    const [q, high] = [0.7071752369554196, 10 ** (3.999843853973347 / 20)]
    const band = high ** 0.4996667741545416
    const a0 = 1 + k / q + k * k
    return [
      (high + (band * k) / q + k * k) / a0,
      (2 * (k * k - high)) / a0,
      (high - (band * k) / q + k * k) / a0,
      (2 * (k * k - 1)) / a0,
      (1 - k / q + k * k) / a0,
    ]
  })()
  const k = Math.tan((Math.PI * 38.13547087602444) / sampleRateHz)
  const q = 0.5003270373238773
  const a0 = 1 + k / q + k * k
  return [shelf, [1, -2, 1, (2 * (k * k - 1)) / a0, (1 - k / q + k * k) / a0]]
}

function filtered(samples: Float32Array, [b0, b1, b2, a1, a2]: Filter): Float32Array {
  let [x1, x2, y1, y2] = [0, 0, 0, 0]
  return samples.map((x) => {
    const y = b0 * x + b1 * x1 + b2 * x2 - a1 * y1 - a2 * y2
    ;[x2, x1, y2, y1] = [x1, x, y1, y]
    return y
  })
}

/** Integrated loudness, LUFS, gated (ITU-R BS.1770-5); `-Infinity` for silence. */
export function loudnessOf({ samples, channels, sampleRateHz }: Sound): number {
  const [block, step] = [Math.round(0.4 * sampleRateHz), Math.round(0.1 * sampleRateHz)]
  const count = samples.length / channels
  const powers = new Float64Array(Math.max(1, Math.floor((count - block) / step) + 1))
  for (let channel = 0; channel < channels; channel++) {
    const alone = Float32Array.from({ length: count }, (_, at) => samples[at * channels + channel] ?? 0)
    const heard = weighting(sampleRateHz).reduce(filtered, alone)
    for (const at of powers.keys()) {
      let sum = 0
      for (const value of heard.subarray(at * step, at * step + block)) sum += value * value
      powers[at] = (powers[at] ?? 0) + sum / block
    }
  }
  const inLufs = (power: number): number => -0.691 + 10 * Math.log10(power)
  const meanAbove = (gate: number): number => {
    const loud = powers.filter((power) => inLufs(power) > gate)
    return loud.length === 0 ? 0 : loud.reduce((sum, power) => sum + power, 0) / loud.length
  }
  return inLufs(meanAbove(inLufs(meanAbove(-70)) - 10))
}
