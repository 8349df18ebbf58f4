import type { Injection, Place, Span, Spoilt, Strength, Task } from './inject.ts'
import { durationOf, secondsOf } from './inject.ts'
import { blend, picture, withFrames, withOrder } from './picture.ts'
import type { Traits } from './traits.ts'

/** The whole clip, or its first or last part: half of it, and a second and a half at least. */
function partOf({ clip, place }: Task): Span {
  const { frames, fps } = clip.footage
  const half = Math.min(frames, Math.max(Math.ceil(1.5 * fps), Math.round(frames / 2)))
  if (place === 'start') return { from: 0, to: half }
  return place === 'whole' ? { from: 0, to: frames } : { from: frames - half, to: frames }
}

/** Every `level`-th frame is the one before it, as when a rate was raised without making frames. */
function doubled(task: Task): Spoilt {
  const { clip, strength } = task
  const span = partOf(task)
  const late = (index: number): number =>
    Math.floor((Math.max(span.from, Math.min(span.to, index)) - span.from + 1) / strength.level)
  return {
    clip: withOrder(clip, clip.footage.frames, (index) => index - late(index)),
    ...secondsOf(clip, span),
  }
}

/** Frames are missing, two at each jump; jumps at even or uneven distances. The clip is shorter by them. */
function dropped(task: Task): Spoilt {
  const { clip, strength, chance } = task
  const { from, to } = partOf(task)
  const even = chance() < 0.5
  const sources: number[] = []
  const every = 2 / strength.level
  let next = even ? every / 2 : every * chance()
  for (let index = 0; index < clip.footage.frames; index++) {
    const isInside = index >= from + 2 && index < to - 3
    if (isInside && index - from >= next) {
      next += every * (even ? 1 : 0.4 + 1.2 * chance())
      index += 1
    } else sources.push(index)
  }
  const shorter = withOrder(clip, sources.length, (index) => sources[index] ?? 0)
  const end = Math.min(sources.length, sources.findIndex((source) => source >= to - 1) + 1)
  return { clip: cutSound(shorter), ...secondsOf(shorter, { from, to: end > 0 ? end : sources.length }) }
}

/** Sound as long as the picture. */
function cutSound(clip: ReturnType<typeof withOrder>): ReturnType<typeof withOrder> {
  const { sound } = clip
  if (!sound) return clip
  const count = Math.round(durationOf(clip) * sound.sampleRateHz) * sound.channels
  return { ...clip, sound: { ...sound, samples: sound.samples.subarray(0, count) } }
}

/** Every `level`-th frame is half the one before it and half the one after. */
function blended(task: Task): Spoilt {
  const { clip, strength, chance } = task
  const span = partOf(task)
  const phase = Math.floor(chance() * strength.level)
  const next = picture(clip.footage)
  const spoilt = withFrames(clip, span, (frame, index) => {
    if (index % strength.level !== phase || index === 0 || index === clip.footage.frames - 1) return
    clip.footage.draw(index - 1, frame)
    clip.footage.draw(index + 1, next)
    blend(frame, next, 0.5)
  })
  return { clip: spoilt, ...secondsOf(clip, span) }
}

const places: readonly Place[] = ['whole', 'start', 'whole', 'end']
const strengths = (...levels: readonly number[]): readonly Strength[] => levels.map((level) => ({ level }))
const moves = ({ motion, seconds, shots }: Traits): boolean => shots === 1 && motion >= 2 && seconds >= 1.5

export const ghostFrames: Injection = {
  type: 'ghost_frames',
  variants: [
    { name: 'doubled', unit: 'frames', strengths: strengths(5, 4, 3), places, suits: moves, spoil: doubled },
    {
      name: 'dropped',
      unit: 'share of frames',
      strengths: strengths(0.08, 0.14, 0.25),
      places,
      suits: moves,
      spoil: dropped,
    },
    { name: 'blended', unit: 'frames', strengths: strengths(4, 3, 2), places, suits: moves, spoil: blended },
  ],
}
