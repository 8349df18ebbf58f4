/** Pictures that are drawn, always the same, and what can be done to them: luma planes in the limited range. */

export interface Picture {
  readonly width: number
  readonly height: number
  readonly data: Uint8Array
}

export interface Size {
  readonly width: number
  readonly height: number
}

export const small: Size = { width: 854, height: 480 }
export const large: Size = { width: 1920, height: 1080 }

/** Numbers from 0 to 1 (mulberry32). */
export function chanceOf(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

export function drawn({ width, height }: Size, lumaAt: (x: number, y: number) => number): Picture {
  const data = new Uint8Array(width * height)
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) data[y * width + x] = clamp(lumaAt(x, y))
  return { width, height, data }
}

/** Each pixel through a function. */
export function changed(picture: Picture, to: (luma: number, x: number, y: number) => number): Picture {
  return drawn(picture, (x, y) => to(lumaOf(picture, x, y), x, y))
}

export function lumaOf({ width, height, data }: Picture, x: number, y: number): number {
  return data[Math.max(0, Math.min(height - 1, y)) * width + Math.max(0, Math.min(width - 1, x))] ?? 0
}

function clamp(luma: number): number {
  return Math.max(16, Math.min(235, Math.round(luma)))
}

/**
 * Dead leaves: discs of all sizes before one another, each with a gradient of its own, the model of natural pictures of
 * Lee, Mumford and Huang (IJCV 41, 2001). Sizes follow the height, so any height shows the same scene.
 */
export function leaves(size: Size, seed = 1, contrast = 1): Picture {
  const chance = chanceOf(seed)
  const picture = drawn(size, () => 120)
  for (let leaf = 0; leaf < 700; leaf++) {
    const radius = (size.height / 4) * (0.02 + 0.98 * chance() ** 6)
    const [left, top] = [chance() * size.width, chance() * size.height]
    const [luma, slope] = [125 + contrast * (150 * chance() - 75), contrast * (chance() - 0.5)]
    for (let y = Math.max(0, Math.ceil(top - radius)); y < Math.min(size.height, top + radius); y++) {
      const half = Math.sqrt(Math.max(0, radius ** 2 - (y - top) ** 2))
      const end = Math.min(size.width, left + half)
      for (let x = Math.max(0, Math.ceil(left - half)); x < end; x++) {
        picture.data[y * size.width + x] = clamp(luma + (slope * 40 * (x - left)) / radius)
      }
    }
  }
  return picture
}

/** Octaves of smooth noise: `slope` 1 is that of natural pictures, below it of fine textures. */
export function fractal(size: Size, slope = 1, seed = 1, deviation = 35): Picture {
  const octaves = Array.from({ length: 7 }, (_, octave) => {
    const cell = size.height / (4 * 2 ** octave)
    const chance = chanceOf(seed * 100 + octave)
    const columns = Math.ceil(size.width / cell) + 2
    const grid = Float32Array.from(
      { length: columns * (Math.ceil(size.height / cell) + 2) },
      () => chance() - 0.5,
    )
    return { cell, columns, grid, gain: 2 ** (-slope * octave) }
  })
  const norm = (deviation * 4) / Math.hypot(...octaves.map(({ gain }) => gain))
  return drawn(size, (x, y) => {
    let sum = 0
    for (const { cell, columns, grid, gain } of octaves) {
      const [column, row] = [Math.floor(x / cell), Math.floor(y / cell)]
      const [right, down] = [x / cell - column, y / cell - row]
      const at = row * columns + column
      const above = (grid[at] ?? 0) * (1 - right) + (grid[at + 1] ?? 0) * right
      const below = (grid[at + columns] ?? 0) * (1 - right) + (grid[at + columns + 1] ?? 0) * right
      sum += gain * (above * (1 - down) + below * down)
    }
    return 125 + norm * sum
  })
}

/** Lines of letter-like marks on a plain ground; `scale` pixels to each of 5 × 7 dots. */
export function text(size: Size, scale = 3, ground = 225, ink = 30): Picture {
  const chance = chanceOf(7)
  const picture = drawn(size, () => ground)
  for (let top = 4 * scale; top + 7 * scale < size.height; top += 11 * scale) {
    for (let left = 4 * scale; left + 5 * scale < size.width - 4 * scale; left += 6 * scale) {
      if (chance() < 0.15) continue
      for (let dot = 0; dot < 35; dot++) {
        if (chance() < 0.55) continue
        const [x, y] = [left + (dot % 5) * scale, top + Math.floor(dot / 5) * scale]
        for (let row = y; row < y + scale; row++)
          picture.data.fill(ink, row * size.width + x, row * size.width + x + scale)
      }
    }
  }
  return picture
}

export function checkerboard(size: Size, square: number): Picture {
  return drawn(size, (x, y) => ((Math.floor(x / square) + Math.floor(y / square)) % 2 ? 200 : 50))
}

/** Bricks of 32 × 16 pixels, each of its own luma, mortar of 2 pixels; its lines are at multiples of 8. */
export function bricks(size: Size): Picture {
  return drawn(size, (x, y) => {
    const row = Math.floor(y / 16)
    const shifted = x + (row % 2) * 16
    if (y % 16 < 2 || shifted % 32 < 2) return 170
    return 70 + 60 * chanceOf(row * 997 + Math.floor(shifted / 32))()
  })
}

/** Squares of 8 pixels in six colours: a landscape of an old game. */
export function pixelArt(size: Size): Picture {
  const palette = [40, 70, 95, 130, 180, 215]
  const chance = chanceOf(11)
  const columns = Math.ceil(size.width / 8)
  const hills = Array.from({ length: columns }, (_, x) => 30 + 8 * Math.sin(x / 9) + 5 * chance())
  return drawn(size, (x, y) => {
    const [column, row] = [Math.floor(x / 8), Math.floor(y / 8)]
    const hill = hills[column] ?? 0
    if (row < hill) return palette[row < 10 ? 5 : 4] ?? 0
    return palette[(row * 7 + column * 3 + (column % 5) * row) % 4] ?? 0
  })
}

/** Two or three flat colours to each of large shapes with outlines, as drawn animation has. */
export function cartoon(size: Size): Picture {
  const tones = [205, 160, 118, 63, 38]
  return drawn(size, (x, y) => {
    const [u, v] = [x / size.height, y / size.height]
    const wave = Math.sin(7 * u) + Math.cos(9 * v + 3 * u)
    const edge = Math.abs((wave * 2) % 1)
    return edge < 0.04 ? 20 : (tones[Math.floor(Math.abs(wave * 2)) % tones.length] ?? 0)
  })
}

/** Dark, with the glow of lights. */
export function night(size: Size): Picture {
  const chance = chanceOf(5)
  const lights = Array.from({ length: 12 }, () => ({ x: chance() * size.width, y: chance() * size.height }))
  const scene = leaves(size, 3, 0.15)
  return changed(scene, (luma, x, y) => {
    let glow = 0
    for (const light of lights) {
      const distance = Math.hypot(x - light.x, y - light.y) / size.height
      glow += 90 * Math.exp(-distance / 0.03)
    }
    return 16 + (luma - 100) * 0.4 + glow
  })
}

/** Three boxes have about the shape of the Gaussian with this deviation, pixels (Wells, IEEE PAMI 8, 1986). */
export function blurred(picture: Picture, sigma: number): Picture {
  const { width, height } = picture
  let values = Float32Array.from(picture.data)
  const radius = Math.max(1, Math.round((Math.sqrt(4 * sigma * sigma + 1) - 1) / 2))
  for (let pass = 0; pass < 3; pass++) {
    values = boxPass(values, width, height, 1, width, radius)
    values = boxPass(values, height, width, width, 1, radius)
  }
  return { width, height, data: Uint8Array.from(values, clamp) }
}

function boxPass(
  from: Float32Array,
  count: number,
  lines: number,
  stride: number,
  skip: number,
  radius: number,
): Float32Array<ArrayBuffer> {
  const into = new Float32Array(from.length)
  for (let line = 0; line < lines; line++) {
    const value = (index: number): number =>
      from[line * skip + Math.max(0, Math.min(count - 1, index)) * stride] ?? 0
    let sum = 0
    for (let index = -radius; index <= radius; index++) sum += value(index)
    for (let index = 0; index < count; index++) {
      into[line * skip + index * stride] = sum / (2 * radius + 1)
      sum += value(index + radius + 1) - value(index - radius)
    }
  }
  return into
}

/** Gaussian noise of this deviation, luma, as film has. */
export function grainy(picture: Picture, sigma: number, seed = 1): Picture {
  const chance = chanceOf(seed)
  return changed(
    picture,
    (luma) => luma + sigma * Math.sqrt(-2 * Math.log(1 - chance())) * Math.cos(2 * Math.PI * chance()),
  )
}

/** Static of all lumas in blobs of so many pixels, square or smooth. */
export function staticNoise(size: Size, blob: number, isSmooth = false, seed = 1): Picture {
  const chance = chanceOf(seed)
  const columns = Math.ceil(size.width / blob) + 2
  const grid = Float32Array.from(
    { length: columns * (Math.ceil(size.height / blob) + 2) },
    () => 16 + 219 * chance(),
  )
  return drawn(size, (x, y) => {
    const [column, row] = [Math.floor(x / blob), Math.floor(y / blob)]
    const at = row * columns + column
    if (!isSmooth) return grid[at] ?? 0
    const [right, down] = [x / blob - column, y / blob - row]
    const above = (grid[at] ?? 0) * (1 - right) + (grid[at + 1] ?? 0) * right
    const below = (grid[at + columns] ?? 0) * (1 - right) + (grid[at + columns + 1] ?? 0) * right
    return above * (1 - down) + below * down
  })
}

/** The share of the other in the picture. */
export function mixed(picture: Picture, other: Picture, share: number): Picture {
  return changed(picture, (luma, x, y) => luma * (1 - share) + lumaOf(other, x, y) * share)
}

/** A share of the blocks of this size is taken from elsewhere in the picture. */
export function displaced(picture: Picture, block: number, share: number, seed = 1): Picture {
  const chance = chanceOf(seed)
  const columns = Math.floor(picture.width / block)
  const rows = Math.floor(picture.height / block)
  const shifts = new Map<number, readonly [number, number]>()
  while (shifts.size < share * columns * rows) {
    const shift = [Math.floor(chance() * picture.width), Math.floor(chance() * picture.height)] as const
    shifts.set(Math.floor(chance() * columns * rows), shift)
  }
  return changed(picture, (luma, x, y) => {
    const [column, row] = [Math.floor(x / block), Math.floor(y / block)]
    const shift = column < columns ? shifts.get(row * columns + column) : undefined
    if (!shift) return luma
    return lumaOf(picture, (x + shift[0]) % picture.width, (y + shift[1]) % picture.height)
  })
}

/** The mean of each block. */
export function pixelated(picture: Picture, block: number): Picture {
  const columns = Math.ceil(picture.width / block)
  const sums = new Float64Array(columns * Math.ceil(picture.height / block))
  const counts = new Float64Array(sums.length)
  const placeOf = (x: number, y: number): number => Math.floor(y / block) * columns + Math.floor(x / block)
  for (let y = 0; y < picture.height; y++) {
    for (let x = 0; x < picture.width; x++) {
      const place = placeOf(x, y)
      sums[place] = (sums[place] ?? 0) + lumaOf(picture, x, y)
      counts[place] = (counts[place] ?? 0) + 1
    }
  }
  return changed(picture, (_luma, x, y) => (sums[placeOf(x, y)] ?? 0) / (counts[placeOf(x, y)] ?? 1))
}

/** Only so many lumas are left, at equal distances over the whole range. */
export function banded(picture: Picture, levels: number): Picture {
  const step = 219 / (levels - 1)
  return changed(picture, (luma) => 16 + Math.round((luma - 16) / step) * step)
}
