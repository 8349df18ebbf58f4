import { between } from '../chance.ts'
import type { Chance, Footage } from '../clip.ts'
import type { Format } from '../paint/canvas.ts'
import { blendInto, shotAt, shotStarts } from '../paint/join.ts'
import { ease } from '../paint/motion.ts'
import { shotsOf } from './cuts.ts'

/** Shots that dissolve into each other. */
export function crossfades(format: Format, chance: Chance): Footage {
  const starts = shotStarts(format.frames, format.shots, chance)
  const shots = shotsOf(format, chance)
  // The shortest shot is 0.6 of the mean: one dissolve has to be over before the next begins.
  const longest = (0.55 * format.frames) / format.shots
  const fadeFrames = Math.max(4, Math.round(Math.min(longest, between(chance, 0.4, 1) * format.fps)))
  const other = new Uint8Array(format.width * format.height * 1.5)
  return {
    ...format,
    draw: (index, into) => {
      const shot = shotAt(starts, index)
      const since = index - (starts[shot] ?? 0)
      shots[shot]?.draw(since, into)
      if (shot === 0 || since >= fadeFrames) return
      shots[shot - 1]?.draw(index - (starts[shot - 1] ?? 0), other)
      blendInto(into, other, 1 - ease((since + 1) / (fadeFrames + 1)))
    },
  }
}
