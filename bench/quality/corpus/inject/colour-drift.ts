import type { Clip, Picture } from '../clip.ts'
import type { Injection, Place, Spoilt, Strength, Task } from './inject.ts'
import { secondsOf } from './inject.ts'
import { mapChroma, mapLuma, withFrames } from './picture.ts'
import type { Traits } from './traits.ts'

/** `share` of the drift, 0 to 1. */
type Drift = (clip: Clip, frame: Picture, share: number) => void

/** Grows evenly from the start of the clip, or, at the place `end`, from its middle. */
function drifting(task: Task, drift: Drift): Spoilt {
  const { clip, place } = task
  const { frames } = clip.footage
  const from = place === 'end' ? Math.round(frames / 2) : 0
  const spoilt = withFrames(clip, { from, to: frames }, (frame, index) =>
    drift(clip, frame, (index - from) / (frames - 1 - from)),
  )
  return { clip: spoilt, ...secondsOf(clip, { from, to: frames }) }
}

const places: readonly Place[] = ['whole', 'end']
const strengths = (...levels: readonly number[]): readonly Strength[] => levels.map((level) => ({ level }))
/** What is shown must not change its colours by itself: who would tell the drift from it? */
const isLong = ({ seconds, shots, lightShift, chromaShift, saturationShift }: Traits): boolean =>
  seconds >= 4 && shots === 1 && lightShift <= 8 && chromaShift <= 4 && saturationShift <= 0.12
const isColourful = (traits: Traits): boolean => isLong(traits) && traits.saturation >= 18
const isBetween = (traits: Traits): boolean => isLong(traits) && traits.light > 60 && traits.light < 170

export const colourDrift: Injection = {
  type: 'colour_drift',
  variants: [
    {
      name: 'saturation rises',
      unit: 'share added',
      strengths: strengths(0.35, 0.6, 1),
      places,
      suits: isColourful,
      spoil: (task) =>
        drifting(task, ({ footage }, frame, share) =>
          mapChroma(footage, frame, { scale: 1 + task.strength.level * share }),
        ),
    },
    {
      name: 'saturation falls',
      unit: 'share lost',
      strengths: strengths(0.35, 0.6, 0.95),
      places,
      suits: isColourful,
      spoil: (task) =>
        drifting(task, ({ footage }, frame, share) =>
          mapChroma(footage, frame, { scale: 1 - task.strength.level * share }),
        ),
    },
    {
      name: 'hue turns',
      unit: 'degrees',
      strengths: strengths(20, 40, 90),
      places,
      suits: isColourful,
      spoil: (task) => {
        const direction = task.chance() < 0.5 ? -1 : 1
        return drifting(task, ({ footage }, frame, share) =>
          mapChroma(footage, frame, { turn: (direction * task.strength.level * share * Math.PI) / 180 }),
        )
      },
    },
    {
      name: 'cast grows',
      unit: 'chroma',
      strengths: strengths(12, 20, 35),
      places,
      suits: isLong,
      spoil: (task) => {
        const hue = task.chance() * 2 * Math.PI
        const [cb, cr] = [task.strength.level * Math.cos(hue), task.strength.level * Math.sin(hue)]
        return drifting(task, ({ footage }, frame, share) =>
          mapChroma(footage, frame, { cb: cb * share, cr: cr * share }),
        )
      },
    },
    {
      name: 'burns',
      unit: 'contrast added',
      strengths: strengths(0.35, 0.6, 1),
      places,
      suits: isBetween,
      spoil: (task) =>
        drifting(task, ({ footage }, frame, share) => {
          const gain = 1 + task.strength.level * share
          mapLuma(footage, frame, (luma) => 126 + (luma - 126) * gain)
          mapChroma(footage, frame, { scale: gain })
        }),
    },
    {
      name: 'brightens',
      unit: 'luma',
      strengths: strengths(25, 40, 60),
      places,
      suits: isBetween,
      spoil: (task) =>
        drifting(task, ({ footage }, frame, share) =>
          mapLuma(footage, frame, (luma) => luma + task.strength.level * share),
        ),
    },
  ],
}
