import type { Clip } from '../clip.ts'
import type { Injection, Spoilt, Task } from './inject.ts'
import { mapLuma, picture, withFrames, withOrder } from './picture.ts'
import { meanLuma } from './traits.ts'

/** Frames of the shorter shot at least, as a share of the clip. */
const shortest = 0.12

/** The footage becomes that of another clip, from one frame to the next. `matched`: both are equally bright. */
function cut(task: Task, matched: boolean): Spoilt {
  const { clip, other, place, chance } = task
  if (!other) throw new Error('A cut needs another clip')
  const { frames, fps } = clip.footage
  const share = { start: 0, middle: 1, end: 2, whole: 1 }[place] + chance()
  const at = Math.round(frames * (shortest + (share / 3) * (1 - 2 * shortest)))
  const long = stretched(other, frames)
  const second = matched ? asBright(long, clip, at) : long
  const draw = (index: number, into: Uint8Array): void =>
    (index < at ? clip : second).footage.draw(index, into)
  return {
    clip: { ...clip, footage: { ...clip.footage, draw } },
    startSeconds: (at - 1) / fps,
    endSeconds: (at + 1) / fps,
    expectations: { shots: 1 },
  }
}

/** `other` with the mean luma that the clip has at the cut. */
function asBright(other: Clip, clip: Clip, at: number): Clip {
  const frame = picture(clip.footage)
  clip.footage.draw(at - 1, frame)
  const wanted = meanLuma(clip, frame)
  other.footage.draw(at, frame)
  const offset = wanted - meanLuma(other, frame)
  const span = { from: 0, to: other.footage.frames }
  return withFrames(other, span, (into) => mapLuma(other.footage, into, (luma) => luma + offset))
}

/** Plays to and fro where the other clip would be over before this one. */
function stretched(other: Clip, frames: number): Clip {
  if (other.footage.frames >= frames) return other
  const last = other.footage.frames - 1
  const turn = (index: number): number => {
    const step = index % (2 * last)
    return step <= last ? step : 2 * last - step
  }
  return withOrder(other, frames, turn)
}

export const abruptCut: Injection = {
  type: 'abrupt_cut',
  variants: (['equally bright', 'as it is'] as const).map((name) => ({
    name,
    unit: 'cuts',
    strengths: [{ level: 1, seconds: 0 }],
    places: ['start', 'middle', 'end'],
    mixed: true,
    // Two dark clips are much alike.
    suits: ({ shots, light, detail }) => shots === 1 && light >= 45 && detail >= 1,
    spoil: (task) => cut(task, name === 'equally bright'),
  })),
}
