import type { Injection, Spoilt, Strength, Task } from './inject.ts'
import { durationOf } from './inject.ts'
import { withSamples } from './samples.ts'

const expectations = { audio: true }
const suits = ({ sound }: { readonly sound: boolean }): boolean => sound
const always: readonly Strength[] = [{ level: 1 }]

/** Noise with peaks at `level` dB of full scale; a coder raises them by up to 8 dB, to what is still below -60. */
function faint(task: Task): Spoilt {
  const { clip, strength, chance } = task
  const peak = 10 ** (strength.level / 20)
  return { clip: withSamples(clip, () => peak * (2 * chance() - 1)), expectations }
}

export const silent: Injection = {
  type: 'silent',
  variants: [
    {
      name: 'no track',
      unit: 'tracks missing',
      strengths: always,
      spoil: ({ clip }) => ({ clip: { footage: clip.footage }, expectations }),
    },
    {
      name: 'digital silence',
      unit: 'tracks silent',
      strengths: always,
      suits,
      spoil: ({ clip }) => ({ clip: withSamples(clip, () => 0), expectations }),
    },
    {
      name: 'faint',
      unit: 'dBFS of the peaks',
      strengths: [{ level: -70 }, { level: -76 }, { level: -82 }],
      suits,
      spoil: faint,
    },
    {
      name: 'ends early',
      unit: 'share silent at the end',
      strengths: [{ level: 0.55 }, { level: 0.7 }, { level: 0.9 }],
      suits: ({ sound, seconds }) => sound && seconds >= 2,
      spoil: ({ clip, strength }) => {
        const seconds = durationOf(clip)
        const startSeconds = seconds * (1 - strength.level)
        const quiet = withSamples(clip, () => 0, { fromSeconds: startSeconds })
        return { clip: quiet, startSeconds, endSeconds: seconds, expectations }
      },
    },
  ],
}
