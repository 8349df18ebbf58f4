import { between, pick } from '../chance.ts'
import type { Chance, Footage } from '../clip.ts'
import type { Format } from '../paint/canvas.ts'
import { dimPicture } from '../paint/join.ts'
import { handheld } from './handheld.ts'
import { pan } from './pan.ts'
import { zoom } from './zoom.ts'

/** Comes out of black and goes back into it, each in at most 0.8 s and a quarter of the clip. */
export function fade(format: Format, chance: Chance): Footage {
  const inner = pick(chance, [pan, zoom, handheld])(format, chance)
  const ends = pick(chance, ['both', 'in', 'out'])
  const frames = Math.max(4, Math.min(between(chance, 0.3, 0.8) * format.fps, format.frames / 4))
  return {
    ...format,
    draw: (index, into) => {
      inner.draw(index, into)
      const fromStart = ends === 'out' ? 1 : (index + 1) / frames
      const fromEnd = ends === 'in' ? 1 : (format.frames - index) / frames
      const share = Math.min(1, fromStart, fromEnd)
      if (share < 1) dimPicture(into, format.width * format.height, share)
    },
  }
}
