import { pick } from '../chance.ts'
import type { Chance, Picture } from '../clip.ts'
import { frameChance } from './chance.ts'
import type { Injection, Place, Spoilt, Strength, Task } from './inject.ts'
import { secondsOf, spanOf } from './inject.ts'
import type { PlaneView } from './picture.ts'
import { mapLuma, planesOf, withFrames } from './picture.ts'
import type { Traits } from './traits.ts'

type Planes = readonly [PlaneView, PlaneView, PlaneView]

/** A block of the luma plane; in those of chroma it has half the place and size. */
interface Block {
  readonly x: number
  readonly y: number
  readonly size: number
}

/** Sets each value of the block to what `value` gives for its plane, its place, and itself. */
function setBlock(
  planes: Planes,
  { x, y, size }: Block,
  value: (plane: PlaneView, at: number, which: number) => number,
): void {
  for (const [which, plane] of planes.entries()) {
    const scale = which === 0 ? 1 : 2
    const [right, bottom] = [
      Math.min(plane.width, (x + size) / scale),
      Math.min(plane.height, (y + size) / scale),
    ]
    for (let row = y / scale; row < bottom; row++) {
      for (let column = x / scale; column < right; column++) {
        const at = row * plane.width + column
        plane.data[at] = value(plane, at, which)
      }
    }
  }
}

function meansOf(planes: Planes, block: Block): readonly number[] {
  const sums = [0, 0, 0]
  const counts = [0, 0, 0]
  setBlock(planes, block, ({ data }, at, which) => {
    const value = data[at] ?? 0
    sums[which] = (sums[which] ?? 0) + value
    counts[which] = (counts[which] ?? 0) + 1
    return value
  })
  return sums.map((sum, which) => sum / Math.max(1, counts[which] ?? 1))
}

type Damage = (planes: Planes, block: Block, chance: Chance) => void

/** What a decoder shows that lost a motion vector: the block is taken from elsewhere, 1 to 4 blocks away. */
const displace: Damage = (planes, block, chance) => {
  const shift = (): number => pick(chance, [-4, -3, -2, -1, 1, 2, 3, 4]) * block.size
  const [dx, dy] = [shift(), shift()]
  setBlock(planes, block, ({ data, width, height }, at, which) => {
    const scale = which === 0 ? 1 : 2
    const column = Math.max(0, Math.min(width - 1, (at % width) + dx / scale))
    const row = Math.max(0, Math.min(height - 1, Math.floor(at / width) + dy / scale))
    return data[row * width + column] ?? 0
  })
}

/** Only the mean of the block is left, and it is wrong by 25 to 50 luma, as when an offset was lost. */
const flatten: Damage = (planes, block, chance) => {
  const means = meansOf(planes, block)
  const error = (25 + 25 * chance()) * ((means[0] ?? 0) > 125 ? -1 : 1)
  setBlock(planes, block, (_plane, _at, which) => (means[which] ?? 0) + (which === 0 ? error : 0))
}

/** The chroma of the block is another. */
const recolour: Damage = (planes, block, chance) => {
  const hue = chance() * 2 * Math.PI
  const colour = [0, 128 + 70 * Math.cos(hue), 128 + 70 * Math.sin(hue)]
  const lift = 20 * (chance() < 0.5 ? -1 : 1)
  setBlock(planes, block, ({ data }, at, which) =>
    which === 0 ? Math.max(16, Math.min(235, (data[at] ?? 0) + lift)) : (colour[which] ?? 128),
  )
}

/** Damages a share of the blocks, others in each frame. */
function lost(damages: readonly Damage[]) {
  return (task: Task): Spoilt => {
    const { clip, chance, strength } = task
    const { width, height } = clip.footage
    const span = spanOf(task)
    const seed = chance() * 2 ** 32
    const size = pick(chance, [16, 16, 8])
    const [columns, rows] = [Math.floor(width / size), Math.floor(height / size)]
    const change = (frame: Picture, index: number): void => {
      const random = frameChance(seed, index)
      const planes = planesOf(clip.footage, frame)
      const places = new Set<number>()
      while (places.size < strength.level * columns * rows) places.add(Math.floor(random() * columns * rows))
      for (const place of places) {
        const [x, y] = [(place % columns) * size, Math.floor(place / columns) * size]
        pick(random, damages)(planes, { x, y, size }, random)
      }
    }
    return { clip: withFrames(clip, span, change), ...secondsOf(clip, span) }
  }
}

/** What a coder leaves at a far too low bitrate: the mean of each block, `level` pixels wide. */
function pixelate(task: Task): Spoilt {
  const { clip, strength } = task
  const { width, height } = clip.footage
  const span = spanOf(task)
  const size = strength.level
  const spoilt = withFrames(clip, span, (frame) => {
    const planes = planesOf(clip.footage, frame)
    for (let y = 0; y < height; y += size) {
      for (let x = 0; x < width; x += size) {
        const means = meansOf(planes, { x, y, size })
        setBlock(planes, { x, y, size }, (_plane, _at, which) => means[which] ?? 0)
      }
    }
  })
  return { clip: spoilt, ...secondsOf(clip, span) }
}

/** The luma has `level` values left. */
function band(task: Task): Spoilt {
  const { clip, strength } = task
  const span = spanOf(task)
  const step = 219 / (strength.level - 1)
  const spoilt = withFrames(clip, span, (frame) =>
    mapLuma(clip.footage, frame, (luma) => 16 + Math.round((luma - 16) / step) * step),
  )
  return { clip: spoilt, ...secondsOf(clip, span) }
}

const places: readonly Place[] = ['start', 'middle', 'end', 'whole']
const strengths = (...levels: readonly number[]): readonly Strength[] =>
  levels.map((level, at) => ({ level, seconds: 0.3 + 0.3 * at }))
const hasDetail = ({ detail }: Traits): boolean => detail >= 2
const share = 'share of blocks'

export const blocky: Injection = {
  type: 'blocky',
  variants: [
    {
      // Between blocks that look alike a displaced one hides: it takes twice as many as of the others to be seen.
      name: 'displaced',
      unit: share,
      strengths: strengths(0.1, 0.18, 0.3),
      places,
      suits: hasDetail,
      spoil: lost([displace]),
    },
    { name: 'flat', unit: share, strengths: strengths(0.05, 0.12, 0.3), places, spoil: lost([flatten]) },
    { name: 'coloured', unit: share, strengths: strengths(0.05, 0.12, 0.3), places, spoil: lost([recolour]) },
    {
      name: 'mixed',
      unit: share,
      strengths: strengths(0.05, 0.12, 0.3),
      places,
      suits: hasDetail,
      spoil: lost([displace, flatten, recolour]),
    },
    {
      name: 'means of blocks',
      unit: 'pixels',
      strengths: strengths(8, 8, 16),
      places,
      suits: hasDetail,
      spoil: pixelate,
    },
    { name: 'bands', unit: 'values of luma', strengths: strengths(10, 8, 5), places, spoil: band },
  ],
}
