import { between, pick } from '../chance.ts'
import type { Chance } from '../clip.ts'
import { type Colour, dimmed } from './colour.ts'
import type { Texture } from './texture.ts'

/** A flat thing on a texture: an ellipse or a rectangle, turned, with a shading across it. */
export interface Leaf {
  readonly x: number
  readonly y: number
  /** Half of its length and width, pixels. */
  readonly long: number
  readonly wide: number
  /** Radians. */
  readonly angle: number
  readonly isRound: boolean
  readonly colour: Colour
  /** Change of luma from one end to the other. */
  readonly shading: number
  /** Deviation of its own detail, in steps of luma. */
  readonly detail: number
  /** Width of its edge, pixels. @default 1 */
  readonly softness?: number
  /** @default 1 */
  readonly opacity?: number
}

/** Draws it, around the edges of the texture where it must. `field`: numbers of deviation 1 in the size of the texture. */
export function drawLeaf(texture: Texture, leaf: Leaf, field: Float32Array, offset: number): void {
  const { colour, shading, detail } = leaf
  const { width, height } = texture
  drawPlane(texture.y, width, height, leaf, 1, colour.y, shading, detail, field, offset)
  drawPlane(texture.u, width / 2, height / 2, leaf, 0.5, colour.u, 0, 0, field, 0)
  drawPlane(texture.v, width / 2, height / 2, leaf, 0.5, colour.v, 0, 0, field, 0)
}

function drawPlane(
  plane: Float32Array,
  width: number,
  height: number,
  leaf: Leaf,
  scale: number,
  base: number,
  shading: number,
  detail: number,
  field: Float32Array,
  offset: number,
): void {
  const long = leaf.long * scale
  const wide = leaf.wide * scale
  const softness = Math.max(1, (leaf.softness ?? 1) * scale)
  const opacity = leaf.opacity ?? 1
  const cosine = Math.cos(leaf.angle)
  const sine = Math.sin(leaf.angle)
  const reachX = Math.ceil(Math.abs(long * cosine) + Math.abs(wide * sine) + softness)
  const reachY = Math.ceil(Math.abs(long * sine) + Math.abs(wide * cosine) + softness)
  const centreX = leaf.x * scale
  const centreY = leaf.y * scale
  const fieldMask = field.length - 1
  const shorter = Math.min(long, wide)
  for (let row = Math.floor(centreY - reachY); row <= centreY + reachY; row++) {
    const line = (row & (height - 1)) * width
    for (let column = Math.floor(centreX - reachX); column <= centreX + reachX; column++) {
      const along = (column - centreX) * cosine + (row - centreY) * sine
      const aside = (row - centreY) * cosine - (column - centreX) * sine
      const inside = leaf.isRound
        ? (1 - Math.sqrt((along / long) ** 2 + (aside / wide) ** 2)) * shorter
        : Math.min(long - Math.abs(along), wide - Math.abs(aside))
      if (inside <= -softness / 2) continue
      const cover = Math.min(1, inside / softness + 0.5) * opacity
      const to = line + (column & (width - 1))
      const own = base + (shading * along) / long + detail * (field[(to + offset) & fieldMask] as number)
      plane[to] = (plane[to] as number) * (1 - cover) + own * cover
    }
  }
}

/**
 * Dead leaves: things that lie over each other, of sizes by a power law of exponent 3, which have the statistics of
 * natural images (Lee, Mumford and Huang, Int. J. Computer Vision 41, 2001).
 *
 * @param cover - how often the texture is painted over on average.
 */
export function scatterLeaves(
  texture: Texture,
  chance: Chance,
  options: {
    readonly palette: readonly Colour[]
    readonly field: Float32Array
    readonly smallest: number
    readonly largest: number
    readonly cover: number
    /** Share of ellipses; the others are rectangles. */
    readonly round: number
  },
): void {
  const { palette, field, smallest, largest, cover, round } = options
  const area = texture.width * texture.height
  const leaves: Leaf[] = []
  for (let painted = 0; painted < cover * area; ) {
    const size = 1 / Math.sqrt(between(chance, 1 / largest ** 2, 1 / smallest ** 2))
    const leaf = {
      x: chance() * texture.width,
      y: chance() * texture.height,
      long: size,
      wide: size * between(chance, 0.35, 1),
      angle: between(chance, 0, Math.PI),
      isRound: chance() < round,
      colour: dimmed(pick(chance, palette), between(chance, 0.8, 1.15)),
      shading: between(chance, -25, 25),
      detail: between(chance, 3, 14),
    }
    painted += 3 * leaf.long * leaf.wide
    leaves.push(leaf)
  }
  const black = { y: 0, u: 0, v: 0 }
  for (const leaf of leaves) {
    const offset = Math.floor(chance() * field.length)
    if (leaf.long > 24) {
      const shift = leaf.long * 0.15
      drawLeaf(
        texture,
        {
          ...leaf,
          x: leaf.x + shift,
          y: leaf.y + shift,
          colour: black,
          shading: 0,
          detail: 0,
          softness: shift * 2,
          opacity: 0.35,
        },
        field,
        0,
      )
    }
    drawLeaf(texture, leaf, field, offset)
  }
}
