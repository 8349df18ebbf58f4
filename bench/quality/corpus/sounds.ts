/** Clean sound: neither silent for long, nor clipped, nor too loud. */
import { between, pick, seeded, wholeBetween } from './chance.ts'
import type { Chance, Sound } from './clip.ts'

export const soundKinds = ['music', 'speech', 'ambience'] as const
export type SoundKind = (typeof soundKinds)[number]

/** Mono samples for a number of seconds, of no particular level. */
type Voice = (length: number, rateHz: number, chance: Chance) => Float32Array

const voices = { music, speech, ambience } as const satisfies Record<SoundKind, Voice>

/** Root mean square relative to full scale, dB: with K-weighting and gating this is within about -28 to -14 LUFS. */
const loudestDb = -15
const quietestDb = -26
/** -1 dBFS is 0.891; lossy codecs overshoot what they are given. */
const peakLimit = 0.7

export function soundOf(kind: SoundKind, seconds: number, chance: Chance): Sound {
  const sampleRateHz = pick(chance, [44_100, 48_000])
  const channels = chance() < 0.35 ? 1 : 2
  const length = Math.round(seconds * sampleRateHz)
  const voice = voices[kind](length, sampleRateHz, chance)
  const room = kind === 'ambience' ? undefined : ambience(length, sampleRateHz, chance)
  const level = 10 ** (between(chance, quietestDb, loudestDb) / 20)
  mixIn(voice, room, 0.02)
  limit(voice, level)
  return { sampleRateHz, channels, samples: channels === 1 ? voice : widened(voice, chance) }
}

function mixIn(voice: Float32Array, room: Float32Array | undefined, share: number): void {
  if (!room) return
  const gain = (share * rootMeanSquare(voice)) / Math.max(1e-9, rootMeanSquare(room))
  for (let index = 0; index < voice.length; index++) {
    voice[index] = (voice[index] as number) + gain * (room[index] as number)
  }
}

/** To the level, with a soft knee (tanh) below the limit of peaks. */
function limit(voice: Float32Array, level: number): void {
  const gain = level / Math.max(1e-9, rootMeanSquare(voice))
  for (let index = 0; index < voice.length; index++) {
    voice[index] = peakLimit * Math.tanh((gain * (voice[index] as number)) / peakLimit)
  }
}

function rootMeanSquare(samples: Float32Array): number {
  return Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / Math.max(1, samples.length))
}

/** Two channels, one of them a little later and softer. */
function widened(voice: Float32Array, chance: Chance): Float32Array {
  const delay = wholeBetween(chance, 0, 30)
  const balance = between(chance, 0.75, 1)
  const samples = new Float32Array(voice.length * 2)
  for (let index = 0; index < voice.length; index++) {
    samples[2 * index] = voice[index] as number
    samples[2 * index + 1] = balance * (voice[Math.max(0, index - delay)] as number)
  }
  return samples
}

/** Chords of a key, struck and fading, over a bass. */
function music(length: number, rateHz: number, chance: Chance): Float32Array {
  const out = new Float32Array(length)
  const beat = between(chance, 0.3, 0.7)
  const root = between(chance, 110, 220)
  const chords = [
    [0, 4, 7],
    [9, 12, 16],
    [5, 9, 12],
    [7, 11, 14],
  ]
  for (let start = 0, count = 0; start < length / rateHz; start += beat, count++) {
    const chord = chords[Math.floor(count / 4) % chords.length] ?? []
    const note = pick(chance, chord)
    addNote(out, rateHz, start, root * 2 ** (note / 12 + 1), 1.5 * beat, 0.7)
    if (count % 4 > 0) continue
    for (const semitone of chord) addNote(out, rateHz, start, root * 2 ** (semitone / 12), 4.5 * beat, 0.5)
    addNote(out, rateHz, start, (root / 2) * 2 ** ((chord[0] ?? 0) / 12), 4.5 * beat, 0.8)
  }
  return out
}

function addNote(
  out: Float32Array,
  rateHz: number,
  startSeconds: number,
  frequency: number,
  seconds: number,
  strength: number,
): void {
  const from = Math.round(startSeconds * rateHz)
  const until = Math.min(out.length, from + Math.round(seconds * rateHz))
  const turn = (2 * Math.PI * frequency) / rateHz
  for (let index = from; index < until; index++) {
    const at = (index - from) / rateHz
    const envelope =
      strength * Math.min(1, at / 0.015, (until - index) / rateHz / 0.05) * Math.exp((-2 * at) / seconds)
    const phase = turn * (index - from)
    const wave = Math.sin(phase) + 0.4 * Math.sin(2 * phase) + 0.2 * Math.sin(3 * phase)
    out[index] = (out[index] as number) + envelope * wave
  }
}

/** Syllables: a buzz or a hiss through two formants, in words with short pauses (at most 0.7 s). */
function speech(length: number, rateHz: number, chance: Chance): Float32Array {
  const out = new Float32Array(length)
  const random = seeded(Math.floor(chance() * 2 ** 31))
  const pitch = between(chance, 90, 220)
  for (let at = 0; at < length; ) {
    const syllables = wholeBetween(chance, 2, 9)
    for (let count = 0; count < syllables && at < length; count++) {
      const count = Math.round(between(chance, 0.1, 0.26) * rateHz)
      addSyllable(out, at, count, rateHz, pitch * between(chance, 0.85, 1.2), chance, random)
      at += count
    }
    at += Math.round(between(chance, 0.12, 0.7) * rateHz)
  }
  return out
}

function addSyllable(
  out: Float32Array,
  from: number,
  count: number,
  rateHz: number,
  pitch: number,
  chance: Chance,
  random: Chance,
): void {
  const formants = [between(chance, 300, 850), between(chance, 900, 2400)].map((frequency) =>
    resonator(frequency, 90, rateHz),
  )
  const hiss = chance() < 0.2 ? 1 : 0.05
  for (let index = 0; index < count && from + index < out.length; index++) {
    const envelope = Math.sin((Math.PI * (index + 0.5)) / count) ** 0.7
    const buzz = ((index * pitch) / rateHz) % 1 < 0.08 ? 1 : -0.087
    const source = (buzz * (1 - hiss) + hiss * (random() - 0.5)) * envelope
    out[from + index] = formants.reduce((sum, formant) => sum + formant(source), 0)
  }
}

/** A resonance of two poles. */
function resonator(frequency: number, widthHz: number, rateHz: number): (input: number) => number {
  const radius = Math.exp((-Math.PI * widthHz) / rateHz)
  const first = 2 * radius * Math.cos((2 * Math.PI * frequency) / rateHz)
  const second = -radius * radius
  let before = 0
  let last = 0
  return (input) => {
    const output = (1 - radius) * input + first * last + second * before
    before = last
    last = output
    return output
  }
}

/** Pink noise (Paul Kellet's filter), swelling slowly. */
function ambience(length: number, rateHz: number, chance: Chance): Float32Array {
  const random = seeded(Math.floor(chance() * 2 ** 31))
  const swell = (2 * Math.PI * between(chance, 0.05, 0.25)) / rateHz
  const out = new Float32Array(length)
  let low = 0
  let middle = 0
  let high = 0
  for (let index = 0; index < length; index++) {
    const white = random() * 2 - 1
    low = 0.99765 * low + white * 0.099046
    middle = 0.963 * middle + white * 0.2965164
    high = 0.57 * high + white * 1.0526913
    out[index] = (low + middle + high + white * 0.1848) * (1 + 0.3 * Math.sin(swell * index))
  }
  return out
}
