import type { Injection, Spoilt, Task } from './inject.ts'
import { loudnessOf, soundOf, withSamples } from './samples.ts'

const expectations = { audio: true }

/** Brought to a loudness without clipping. */
function faint({ clip, strength }: Task): Spoilt {
  const gain = 10 ** ((strength.level - loudnessOf(soundOf(clip))) / 20)
  return { clip: withSamples(clip, (sample) => sample * gain), expectations }
}

/** Brought to a loudness by a soft limiter, whose drive is found by halving. */
function loud({ clip, strength }: Task): Spoilt {
  const driven = (gain: number) => withSamples(clip, (sample) => 0.98 * Math.tanh(sample * gain))
  let [low, high] = [0, 12]
  for (let step = 0; step < 12; step++) {
    const middle = (low + high) / 2
    if (loudnessOf(soundOf(driven(2 ** middle))) < strength.level) low = middle
    else high = middle
  }
  return { clip: driven(2 ** high), expectations }
}

const suits = ({ sound, seconds }: { readonly sound: boolean; readonly seconds: number }): boolean =>
  sound && seconds >= 1

export const loudness: Injection = {
  type: 'loudness',
  variants: [
    {
      name: 'hardly heard',
      unit: 'LUFS',
      strengths: [{ level: -42 }, { level: -46 }, { level: -50 }],
      suits,
      spoil: faint,
    },
    {
      name: 'far too loud',
      unit: 'LUFS',
      strengths: [{ level: -4.5 }, { level: -3.5 }, { level: -2.5 }],
      suits,
      spoil: loud,
    },
  ],
}
