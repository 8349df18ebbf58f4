/**
 * Movement between two frames, by matching blocks of 8 x 8 on a picture of half the size. The search follows the
 * predictions of EPZS (Tourapis 2002): the vectors beside, above and before a block, then small diamonds around the
 * best of them.
 */
import type { Plane } from '../plane.ts'

/** Pixels of the half-size picture. */
export const blockSide = 8
const block = blockSide
const pixels = block * block
const maxSteps = 12
/** Beyond this many pixels of the half-size picture nothing is searched. */
const reach = 28
/** A block with less contrast than this (mean deviation of luma) matches anywhere: its vector says nothing. */
const minTexture = 1.5
const noSad = 1 << 20

/** What moved from one frame to the next. */
export interface FrameMotion {
  /** Mean length of the vectors of blocks with texture, as a share of the picture's diagonal. */
  readonly magnitude: number
  /** Mean change of these vectors since the frame before, in the same unit. */
  readonly change: number
  /** Mean difference of luma that is left when every block has been moved. */
  readonly residual: number
}

/** Where each block of a frame was in the frame before, row by row. */
export interface MotionField {
  readonly columns: number
  readonly rows: number
  /** Pixels of the half-size picture: add them to a block's place. */
  readonly dx: Int8Array
  readonly dy: Int8Array
  /** Mean difference of luma of each block from what it was matched with. */
  readonly residuals: Float32Array
}

export class MotionMeter {
  readonly #width: number
  readonly #height: number
  readonly #columns: number
  readonly #rows: number
  readonly #diagonal: number
  readonly #residuals: Float32Array
  #current: Uint8Array
  #previous: Uint8Array
  #dx: Int8Array
  #dy: Int8Array
  #previousDx: Int8Array
  #previousDy: Int8Array
  #frames = 0

  constructor(width: number, height: number) {
    this.#width = width >> 1
    this.#height = height >> 1
    this.#columns = Math.floor(this.#width / block)
    this.#rows = Math.floor(this.#height / block)
    this.#diagonal = Math.hypot(this.#width, this.#height)
    this.#current = new Uint8Array(this.#width * this.#height)
    this.#previous = new Uint8Array(this.#width * this.#height)
    const blocks = this.#columns * this.#rows
    this.#dx = new Int8Array(blocks)
    this.#dy = new Int8Array(blocks)
    this.#previousDx = new Int8Array(blocks)
    this.#previousDy = new Int8Array(blocks)
    this.#residuals = new Float32Array(blocks)
  }

  /** Of the frame pushed last. */
  field(): MotionField {
    return {
      ...{ columns: this.#columns, rows: this.#rows },
      ...{ dx: this.#dx, dy: this.#dy, residuals: this.#residuals },
    }
  }

  /** The movement since the last frame; none for the first one. */
  push(plane: Plane): FrameMotion {
    this.#swap()
    halve(plane, this.#current)
    if (this.#frames++ === 0) return { magnitude: 0, change: 0, residual: 0 }
    let length = 0
    let change = 0
    let textured = 0
    let residual = 0
    for (let row = 0; row < this.#rows; row++) {
      for (let column = 0; column < this.#columns; column++) {
        const index = row * this.#columns + column
        const at = row * block * this.#width + column * block
        const sad = this.#match(column, row, index, at)
        this.#residuals[index] = sad / pixels
        residual += sad
        if (!this.#hasTexture(at)) continue
        const dx = this.#dx[index] as number
        const dy = this.#dy[index] as number
        textured++
        length += Math.sqrt(dx * dx + dy * dy)
        const ddx = dx - (this.#previousDx[index] as number)
        const ddy = dy - (this.#previousDy[index] as number)
        change += Math.sqrt(ddx * ddx + ddy * ddy)
      }
    }
    const per = Math.max(1, textured) * this.#diagonal
    const all = Math.max(1, this.#columns * this.#rows * pixels)
    return { magnitude: length / per, change: this.#frames > 2 ? change / per : 0, residual: residual / all }
  }

  /** The frame pushed last, at half its size. */
  halfPicture(): Uint8Array {
    return this.#current
  }

  #swap(): void {
    ;[this.#current, this.#previous] = [this.#previous, this.#current]
    ;[this.#dx, this.#previousDx] = [this.#previousDx, this.#dx]
    ;[this.#dy, this.#previousDy] = [this.#previousDy, this.#dy]
  }

  /** Finds the vector of a block; returns its sum of absolute differences. */
  #match(column: number, row: number, index: number, at: number): number {
    const x = column * block
    const y = row * block
    let bestX = 0
    let bestY = 0
    let best = this.#sad(at, x, y, 0, 0, noSad)
    const consider = (dx: number, dy: number) => {
      const sad = this.#sad(at, x, y, dx, dy, best)
      if (sad >= best) return false
      best = sad
      bestX = dx
      bestY = dy
      return true
    }
    // A match this good cannot be told from a better one.
    if (best > pixels) {
      if (column > 0) consider(this.#dx[index - 1] as number, this.#dy[index - 1] as number)
      if (row > 0)
        consider(this.#dx[index - this.#columns] as number, this.#dy[index - this.#columns] as number)
      consider(this.#previousDx[index] as number, this.#previousDy[index] as number)
      for (let size = best > 4 * pixels ? 4 : 1; size >= 1; size >>= 1) {
        for (let step = 0; step < maxSteps; step++) {
          const fromX = bestX
          const fromY = bestY
          const moved = [
            consider(fromX + size, fromY),
            consider(fromX - size, fromY),
            consider(fromX, fromY + size),
            consider(fromX, fromY - size),
          ]
          if (!moved.includes(true)) break
        }
      }
    }
    this.#dx[index] = bestX
    this.#dy[index] = bestY
    return best
  }

  /** Gives up as soon as it passes `limit`, and where the block would leave the picture. */
  #sad(at: number, x: number, y: number, dx: number, dy: number, limit: number): number {
    const width = this.#width
    if (dx > reach || dx < -reach || dy > reach || dy < -reach) return noSad
    if (x + dx < 0 || y + dy < 0 || x + dx + block > width || y + dy + block > this.#height) return noSad
    const current = this.#current
    const previous = this.#previous
    let sum = 0
    for (let line = 0; line < block; line++) {
      const a = at + line * width
      const b = a + dy * width + dx
      // Written out, and with Math.abs: it takes less than half as long so.
      sum +=
        Math.abs((current[a] as number) - (previous[b] as number)) +
        Math.abs((current[a + 1] as number) - (previous[b + 1] as number)) +
        Math.abs((current[a + 2] as number) - (previous[b + 2] as number)) +
        Math.abs((current[a + 3] as number) - (previous[b + 3] as number)) +
        Math.abs((current[a + 4] as number) - (previous[b + 4] as number)) +
        Math.abs((current[a + 5] as number) - (previous[b + 5] as number)) +
        Math.abs((current[a + 6] as number) - (previous[b + 6] as number)) +
        Math.abs((current[a + 7] as number) - (previous[b + 7] as number))
      if (sum >= limit) return noSad
    }
    return sum
  }

  #hasTexture(at: number): boolean {
    const width = this.#width
    const current = this.#current
    let sum = 0
    for (let line = 0; line < block; line++)
      for (let i = 0; i < block; i++) sum += current[at + line * width + i] as number
    const mean = sum / pixels
    let deviation = 0
    for (let line = 0; line < block; line += 2)
      for (let i = 0; i < block; i++) deviation += Math.abs((current[at + line * width + i] as number) - mean)
    return deviation > (minTexture * pixels) / 2
  }
}

/** Means over squares of 2 x 2. */
function halve({ width, height, data }: Plane, into: Uint8Array): void {
  const wide = width >> 1
  const high = height >> 1
  let target = 0
  for (let row = 0; row < high; row++) {
    let at = row * 2 * width
    for (let column = 0; column < wide; column++) {
      const below = at + width
      into[target++] =
        ((data[at] as number) +
          (data[at + 1] as number) +
          (data[below] as number) +
          (data[below + 1] as number) +
          2) >>
        2
      at += 2
    }
  }
}
