import { pick } from '../chance.ts'
import type { Chance, Clip, Picture } from '../clip.ts'
import type { Injection, Place, Spoilt, Strength, Task } from './inject.ts'
import { secondsOf, spanOf } from './inject.ts'
import { clampLuma, mapLuma, withFrames } from './picture.ts'
import type { Traits } from './traits.ts'
import { meanLuma } from './traits.ts'

const places: readonly Place[] = ['start', 'middle', 'end', 'whole']
const strengths = (...levels: readonly number[]): readonly Strength[] =>
  levels.map((level, at) => ({ level, seconds: 0.75 + 0.5 * at }))

type Change = (clip: Clip, frame: Picture, offset: number) => void
type Wave = (index: number) => number

/** Between -0.5 and 0.5, each value held for one to three frames. */
function square(chance: Chance): Wave {
  const period = pick(chance, [1, 1, 2, 3])
  return (index) => (Math.floor(index / period) % 2) - 0.5
}

/** Between -0.5 and 0.5, without a pattern, but never resting: each jump is a third of the range at least. */
function irregular(frames: number, chance: Chance): Wave {
  let value = chance() - 0.5
  const values = Array.from({ length: frames }, () => {
    const before = value
    do value = chance() - 0.5
    while (Math.abs(value - before) < 1 / 3)
    return value
  })
  return (index) => values[index] ?? 0
}

function flickering(task: Task, wave: Wave, change: Change): Spoilt {
  const { clip, strength } = task
  const span = spanOf(task)
  const spoilt = withFrames(clip, span, (frame, index) => change(clip, frame, wave(index) * strength.level))
  return { clip: spoilt, ...secondsOf(clip, span) }
}

const lift: Change = ({ footage }, frame, offset) => mapLuma(footage, frame, (luma) => luma + offset)

/** As an exposure that varies: the mean changes by the offset, bright parts by more than dark ones. */
const expose: Change = (clip, frame, offset) => {
  const gain = 1 + offset / Math.max(24, meanLuma(clip, frame) - 16)
  mapLuma(clip.footage, frame, (luma) => 16 + (luma - 16) * gain)
}

/** A region of a sixteenth to a fifth of the picture, with an edge that fades over an eighth of its size. */
function region(chance: Chance): Change {
  const side = 0.25 + 0.2 * chance()
  const [left, top] = [chance() * (1 - side), chance() * (1 - side)]
  const share = (at: number, start: number): number =>
    Math.max(0, Math.min(1, (Math.min(at - start, start + side - at) / side) * 8))
  return ({ footage: { width, height } }, frame, offset) => {
    for (let y = Math.floor(top * height); y < Math.min(height, (top + side) * height); y++) {
      const row = share((y + 0.5) / height, top) * offset
      for (let x = Math.floor(left * width); x < Math.min(width, (left + side) * width); x++) {
        const at = y * width + x
        frame[at] = clampLuma((frame[at] ?? 0) + row * share((x + 0.5) / width, left))
      }
    }
  }
}

const unit = 'luma, from darkest to brightest'
/**
 * Where blacks or whites are cut off, the picture would flicker by less than it says. At 50 and 60 frames a second
 * the eye no longer sees each of them.
 */
const suits = ({ light, seconds, fps }: Traits): boolean =>
  light > 40 && light < 200 && seconds > 1 && fps <= 30

export const flicker: Injection = {
  type: 'flicker',
  variants: [
    {
      name: 'brightness',
      unit,
      strengths: strengths(6, 14, 40),
      places,
      suits,
      spoil: (task) => flickering(task, square(task.chance), lift),
    },
    {
      name: 'exposure',
      unit: 'luma of the mean, from darkest to brightest',
      strengths: strengths(6, 14, 40),
      places,
      suits,
      spoil: (task) => flickering(task, square(task.chance), expose),
    },
    {
      name: 'irregular',
      unit,
      strengths: strengths(10, 20, 40),
      places,
      suits,
      spoil: (task) => flickering(task, irregular(task.clip.footage.frames, task.chance), lift),
    },
    {
      name: 'region',
      unit,
      strengths: strengths(15, 25, 40),
      places,
      suits,
      spoil: (task) => flickering(task, square(task.chance), region(task.chance)),
    },
  ],
}
