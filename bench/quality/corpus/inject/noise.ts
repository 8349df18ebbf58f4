import type { Chance, Clip, Picture } from '../clip.ts'
import { frameChance } from './chance.ts'
import type { Injection, Place, Spoilt, Strength, Task } from './inject.ts'
import { secondsOf, spanOf } from './inject.ts'
import { blend, picture, planesOf, withFrames } from './picture.ts'

/** Draws static: blobs of `size` pixels, in colour or not, smooth or square. */
function drawStatic(
  clip: Clip,
  into: Picture,
  look: { readonly size: number; readonly colour: boolean; readonly smooth: boolean },
  chance: Chance,
): void {
  for (const [at, plane] of planesOf(clip.footage, into).entries()) {
    if (at > 0 && !look.colour) {
      plane.data.fill(128)
      continue
    }
    const size = at > 0 ? Math.max(1, look.size / 2) : look.size
    const [columns, rows] = [Math.ceil(plane.width / size) + 1, Math.ceil(plane.height / size) + 1]
    const [low, range] = at > 0 ? [48, 160] : [16, 219]
    const grid = Float32Array.from({ length: columns * rows }, () => low + range * chance())
    const value = (x: number, y: number): number => grid[y * columns + x] ?? 0
    for (let y = 0; y < plane.height; y++) {
      const [row, down] = [Math.floor(y / size), look.smooth ? (y / size) % 1 : 0]
      for (let x = 0; x < plane.width; x++) {
        const [column, right] = [Math.floor(x / size), look.smooth ? (x / size) % 1 : 0]
        const above = value(column, row) * (1 - right) + (right && value(column + 1, row) * right)
        const below = down && value(column, row + 1) * (1 - right) + value(column + 1, row + 1) * right
        plane.data[y * plane.width + x] = above * (1 - down) + below * down
      }
    }
  }
}

/** Static over the span, `share` of the picture; a span at the end begins gradually. */
function noisy(task: Task, look: Parameters<typeof drawStatic>[2], share: number): Spoilt {
  const { clip, chance, place } = task
  const span = spanOf(task)
  const seed = chance() * 2 ** 32
  const scratch = picture(clip.footage)
  const ramp = place === 'end' && chance() < 0.5 ? Math.ceil((span.to - span.from) / 3) : 0
  const from = Math.max(0, span.from - ramp)
  const spoilt = withFrames(clip, { from, to: span.to }, (frame, index) => {
    drawStatic(clip, scratch, look, frameChance(seed, index))
    blend(frame, scratch, share * Math.min(1, (index - from + 1) / (ramp + 1)))
  })
  return { clip: spoilt, ...secondsOf(clip, { from, to: span.to }) }
}

const places: readonly Place[] = ['start', 'middle', 'end', 'whole']
const strengths = (...levels: readonly number[]): readonly Strength[] =>
  levels.map((level, at) => ({ level, seconds: 0.5 + 0.4 * at }))

export const noise: Injection = {
  type: 'noise',
  variants: [
    {
      name: 'static',
      unit: 'pixels of a blob',
      strengths: strengths(4, 2, 1),
      places,
      spoil: (task) =>
        noisy(task, { size: task.strength.level, colour: task.chance() < 0.5, smooth: false }, 1),
    },
    {
      name: 'latents',
      unit: 'pixels of a blob',
      strengths: strengths(8, 6, 4),
      places,
      spoil: (task) => noisy(task, { size: task.strength.level, colour: true, smooth: true }, 1),
    },
    {
      name: 'over the picture',
      unit: 'share of noise',
      strengths: strengths(0.6, 0.7, 0.85),
      places,
      spoil: (task) =>
        noisy(task, { size: 1, colour: task.chance() < 0.5, smooth: false }, task.strength.level),
    },
  ],
}
