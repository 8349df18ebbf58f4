import { frameChance } from './chance.ts'
import type { Injection, Spoilt, Task, Variant } from './inject.ts'
import { secondsOf, spanOf } from './inject.ts'
import { addGrain, fill, planesOf, withFrames } from './picture.ts'

interface Colour {
  readonly luma: number
  readonly cb: number
  readonly cr: number
  /** Deviation of the noise of a sensor or a coder. */
  readonly grain: number
  /** Share of pixels that are white. */
  readonly speckles?: number
}

/** The frames are one colour. */
function uniform(task: Task, { luma, cb, cr, grain, speckles = 0 }: Colour): Spoilt {
  const { clip, chance } = task
  const span = spanOf(task)
  const seed = chance() * 2 ** 32
  const spoilt = withFrames(clip, span, (frame, index) => {
    const random = frameChance(seed, index)
    fill(clip.footage, frame, luma, cb, cr)
    addGrain(clip.footage, frame, grain, random)
    const [pixels] = planesOf(clip.footage, frame)
    const white = pixels.data.length * speckles
    for (let spot = 0; spot < white; spot++) pixels.data[Math.floor(random() * pixels.data.length)] = 235
  })
  return { clip: spoilt, ...secondsOf(clip, span) }
}

const places = ['start', 'middle', 'end', 'whole'] as const

const dark: Variant = {
  name: 'dark grey',
  unit: 'luma',
  strengths: [
    { level: 40, seconds: 0.5 },
    { level: 28, seconds: 0.8 },
    { level: 16, seconds: 1.2 },
  ],
  places,
  spoil: (task) => uniform(task, { luma: task.strength.level, cb: 128, cr: 128, grain: 1.5 }),
}

const colour: Variant = {
  name: 'one colour',
  unit: 'deviation of noise',
  strengths: [
    { level: 2, seconds: 0.5 },
    { level: 1, seconds: 0.8 },
    { level: 0, seconds: 1.2 },
  ],
  places,
  spoil: (task) => {
    const hue = task.chance() * 2 * Math.PI
    const [cb, cr] = [128 + 50 * Math.cos(hue), 128 + 50 * Math.sin(hue)].map(Math.round)
    const luma = Math.round(40 + 170 * task.chance())
    return uniform(task, { luma, cb: cb ?? 128, cr: cr ?? 128, grain: task.strength.level })
  },
}

/** What is left when a decoder of latents overflowed: black with a cast, and some pixels that survived. */
const overflow: Variant = {
  name: 'not a number',
  unit: 'share of white pixels',
  strengths: [
    { level: 0.001, seconds: 0.5 },
    { level: 0.0003, seconds: 0.8 },
    { level: 0, seconds: 1.2 },
  ],
  places,
  spoil: (task) => uniform(task, { luma: 18, cb: 124, cr: 134, grain: 0.5, speckles: task.strength.level }),
}

export const black: Injection = { type: 'black', variants: [dark, colour, overflow] }
