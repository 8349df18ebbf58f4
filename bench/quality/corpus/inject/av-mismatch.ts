import type { Injection, Strength } from './inject.ts'
import { durationOf } from './inject.ts'
import { withSoundOf } from './samples.ts'
import type { Traits } from './traits.ts'

/** The sound is longer or shorter by this share, and by 0.55 s at least. */
const strengths: readonly Strength[] = [{ level: 0.12 }, { level: 0.25 }, { level: 0.5 }]
const leastSeconds = 0.55
const expectations = { audio: true }

const suits = ({ sound, seconds }: Traits): boolean => sound && seconds >= 1.5
const differenceOf = (seconds: number, { level }: Strength): number => Math.max(leastSeconds, seconds * level)

export const avMismatch: Injection = {
  type: 'av_mismatch',
  variants: [
    {
      name: 'sound too short',
      unit: 'share',
      strengths,
      suits,
      spoil: ({ clip, strength }) => {
        const seconds = durationOf(clip)
        return { clip: withSoundOf(clip, seconds - differenceOf(seconds, strength)), expectations }
      },
    },
    {
      name: 'sound too long',
      unit: 'share',
      strengths,
      suits,
      spoil: ({ clip, strength }) => {
        const seconds = durationOf(clip)
        return { clip: withSoundOf(clip, seconds + differenceOf(seconds, strength)), expectations }
      },
    },
  ],
}
