import type { Clip } from '../clip.ts'
import type { Injection, Spoilt, Task } from './inject.ts'
import { durationOf, unchanged } from './inject.ts'
import { withOrder } from './picture.ts'

/** A clean loop: forward, then back, so that the last frame leads to the first. */
export function pingPong(clip: Clip): Clip {
  const { frames } = clip.footage
  return withOrder(clip, frames, (index) => (index <= frames / 2 ? index : frames - index))
}

/** What follows is what was `level` seconds earlier. */
function jumpBack(task: Task): Spoilt {
  const { clip, place, strength, chance } = task
  const { frames, fps } = clip.footage
  const back = Math.round(strength.level * fps)
  // The repeated second has to be whole: it starts at `back` the earliest, and ends with the clip the latest.
  const room = frames - 2 * back
  const at = back + { start: 0, middle: Math.round(room * chance()), end: room, whole: 0 }[place]
  return {
    clip: withOrder(clip, frames, (index) => (index < at ? index : index - back)),
    startSeconds: (at - 1) / fps,
    endSeconds: Math.min(durationOf(clip), (at + back) / fps),
  }
}

export const loopSeam: Injection = {
  type: 'loop_seam',
  variants: [
    {
      name: 'the end does not lead to the start',
      unit: 'loops',
      strengths: [{ level: 1 }],
      suits: ({ ends, motion, shots }) => shots === 1 && ends >= 10 && ends >= 4 * motion,
      spoil: (task) => ({ ...unchanged(task), expectations: { loop: true } }),
    },
    {
      name: 'jumps back',
      unit: 'seconds',
      strengths: [{ level: 1 }, { level: 1.5 }, { level: 2 }],
      places: ['start', 'middle', 'end'],
      // A jump that is hardly more than a step of the motion is none.
      suits: ({ seconds, motion, pace, shots }, { level }) =>
        shots === 1 && seconds >= 2 * level + 0.1 && motion >= 0.5 && pace >= 8 && pace >= 3 * motion,
      spoil: jumpBack,
    },
  ],
}
