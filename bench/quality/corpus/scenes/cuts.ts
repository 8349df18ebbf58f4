import { pick, shuffled } from '../chance.ts'
import type { Chance, Footage } from '../clip.ts'
import type { Format } from '../paint/canvas.ts'
import { shotAt, shotStarts } from '../paint/join.ts'
import { dark } from './dark.ts'
import { handheld } from './handheld.ts'
import { pan } from './pan.ts'
import { rotate } from './rotate.ts'
import { zoom } from './zoom.ts'

const shotKinds = [pan, zoom, rotate, handheld, dark]

/** Shots of their own, hard cuts between them. */
export function cuts(format: Format, chance: Chance): Footage {
  const starts = shotStarts(format.frames, format.shots, chance)
  const shots = shotsOf(format, chance)
  return {
    ...format,
    draw: (index, into) => {
      const shot = shotAt(starts, index)
      shots[shot]?.draw(index - (starts[shot] ?? 0), into)
    },
  }
}

/** As many as the format has, neighbours never of one kind. */
export function shotsOf(format: Format, chance: Chance): Footage[] {
  const kinds = shuffled(chance, shotKinds)
  return Array.from({ length: format.shots }, (_, shot) => {
    const kind = kinds[shot % kinds.length] ?? pick(chance, kinds)
    return kind(format, chance)
  })
}
