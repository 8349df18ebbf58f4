import type { Clip } from '../clip.ts'
import { frameChance } from './chance.ts'
import type { Injection, Span, Spoilt, Strength, Task } from './inject.ts'
import { durationOf, secondsOf, spanOf } from './inject.ts'
import { addGrain, withFrames, withOrder } from './picture.ts'
import type { Traits } from './traits.ts'

/** A freeze lasts this share of the clip at least. */
const minShare = 0.15

function spanOfFreeze(task: Task): Span {
  const seconds = Math.max(task.strength.seconds ?? 0, minShare * durationOf(task.clip))
  return spanOf({ ...task, strength: { ...task.strength, seconds } })
}

/** One frame is held. A freeze at the start ends as what is held begins to move; any other begins so. */
function hold(task: Task): { readonly clip: Clip; readonly span: Span } {
  const span = spanOfFreeze(task)
  const held = task.place === 'start' ? span.to - 1 : span.from
  const clip = withOrder(task.clip, task.clip.footage.frames, (index) =>
    index >= span.from && index < span.to ? held : index,
  )
  return { clip, span }
}

function holdUnderGrain(task: Task): Spoilt {
  const { clip, span } = hold(task)
  const seed = task.chance() * 2 ** 32
  const grainy = withFrames(clip, { from: 0, to: clip.footage.frames }, (frame, index) =>
    addGrain(clip.footage, frame, task.strength.level, frameChance(seed, index)),
  )
  return { clip: grainy, ...secondsOf(clip, span) }
}

const places = ['start', 'middle', 'end', 'whole'] as const
const suits = ({ motion, seconds }: Traits, strength: Strength): boolean =>
  motion >= 1 && seconds >= (strength.seconds ?? 0) + 0.75

export const frozen: Injection = {
  type: 'frozen',
  variants: [
    {
      name: 'held',
      unit: 'seconds',
      strengths: [
        { level: 1, seconds: 1 },
        { level: 1.5, seconds: 1.5 },
        { level: 2, seconds: 2 },
      ],
      places,
      suits,
      spoil: (task) => {
        const { clip, span } = hold(task)
        return { clip, ...secondsOf(clip, span) }
      },
    },
    {
      name: 'held under fresh grain',
      unit: 'deviation of the grain',
      strengths: [
        { level: 2, seconds: 1 },
        { level: 1.5, seconds: 1.25 },
        { level: 1, seconds: 1.5 },
      ],
      places,
      suits: (traits, strength) => suits(traits, strength) && traits.motion >= 2,
      spoil: holdUnderGrain,
    },
  ],
}
