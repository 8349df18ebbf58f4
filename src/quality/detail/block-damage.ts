import type { Plane } from '../plane.ts'

export interface BlockMeasures {
  /**
   * Share of the picture in blocks of 8, 16 or 32 pixels that do not fit their surroundings: luma steps along the whole
   * of all four borders, and within the block along none. Pictures have hardly any (below 0.001), damaged ones as many as
   * were damaged where it can be seen.
   */
  readonly brokenBlocks: number
  /** The same, of blocks that stand alone: none of the four beside them is broken. */
  readonly loneBrokenBlocks: number
  /**
   * The number of lumas that broken blocks have: the inverse of Simpson's index ("Measurement of diversity", Nature 163,
   * 1949) of their means in classes of 8. A pattern of squares has a few, the pixels of a coarse picture have many.
   */
  readonly brokenLumas: number
}

const cell = 8
const sizes = [1, 2, 4] as const
/** Mean step of luma along the border of a cell, signed: below it the deblocking of coders leaves steps too. */
const stepMin = 5
/** The step must exceed the slopes beside it by this factor: else it is one of many in a texture. */
const steepnessMin = 1.5
/** Every second pixel along the border. */
const samples = cell / 2

/** Borders above and left of each cell of 8 × 8 pixels: 1 where luma steps. */
interface Borders {
  readonly columns: number
  readonly rows: number
  readonly left: Uint8Array
  readonly top: Uint8Array
}

/**
 * Blocks that a decoder or a coder has spoilt: displaced, flat, of a wrong colour. Coders that damage can come from have
 * their blocks at multiples of 8 from the top left corner.
 */
export function brokenBlocksOf(plane: Plane): BlockMeasures {
  const borders = bordersOf(plane)
  const classes = new Uint32Array(32)
  let [broken, lone] = [0, 0]
  for (const size of sizes) {
    const marks = marksOf(borders, size)
    const area = size * size
    for (const at of marks.places) {
      const [x, y] = [at % marks.columns, Math.floor(at / marks.columns)]
      const bin = meanOf(plane, x * size * cell, y * size * cell, size * cell) >> 3
      classes[bin] = (classes[bin] as number) + 1
      broken += area
      if (!hasNeighbour(marks, at)) lone += area
    }
  }
  const cells = Math.max(1, borders.columns * borders.rows)
  return { brokenBlocks: broken / cells, loneBrokenBlocks: lone / cells, brokenLumas: diversity(classes) }
}

function bordersOf(plane: Plane): Borders {
  const { width, height } = plane
  const [columns, rows] = [Math.floor(width / cell), Math.floor(height / cell)]
  const [left, top] = [new Uint8Array(columns * rows), new Uint8Array(columns * rows)]
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const at = row * cell * width + column * cell
      const index = row * columns + column
      if (column > 0 && isStep(plane.data, at, 1, width)) left[index] = 1
      if (row > 0 && isStep(plane.data, at, width, 1)) top[index] = 1
    }
  }
  return { columns, rows, left, top }
}

/** Whether luma steps at `at`, where one cell ends and the next begins; `across` and `along` the border, as offsets. */
function isStep(data: Uint8Array, at: number, across: number, along: number): boolean {
  const end = at + 2 * samples * along
  let step = 0
  for (let here = at; here < end; here += 2 * along) {
    step += (data[here] as number) - (data[here - across] as number)
  }
  const size = Math.abs(step)
  if (size < samples * stepMin) return false
  let slopes = 0
  for (let here = at; here < end; here += 2 * along) {
    const outside = Math.abs((data[here - across] as number) - (data[here - 2 * across] as number))
    const inside = Math.abs((data[here + across] as number) - (data[here] as number))
    slopes += outside > inside ? outside : inside
  }
  return size >= steepnessMin * slopes
}

/** The broken blocks of one size, as places on the grid of such blocks. */
interface Marks {
  readonly columns: number
  readonly places: readonly number[]
  readonly isBroken: Uint8Array
}

/** Blocks at the edge of the picture are left out: they have no surroundings on one side. */
function marksOf(borders: Borders, size: number): Marks {
  const [columns, rows] = [Math.floor(borders.columns / size), Math.floor(borders.rows / size)]
  const isBroken = new Uint8Array(columns * rows)
  const places: number[] = []
  for (let y = 1; y < rows - 1; y++) {
    for (let x = 1; x < columns - 1; x++) {
      if (!isBlockBroken(borders, x * size, y * size, size)) continue
      isBroken[y * columns + x] = 1
      places.push(y * columns + x)
    }
  }
  return { columns, places, isBroken }
}

/** Seven of eight border cells must step, on each side all but one at most; within, one of four may. */
function isBlockBroken({ columns, left, top }: Borders, x: number, y: number, size: number): boolean {
  const origin = y * columns + x
  // Most blocks end here: the corner of a broken one steps, or the one beside it does.
  if (size === 1) {
    return (
      (left[origin] as number) + (left[origin + 1] as number) === 2 &&
      (top[origin] as number) + (top[origin + columns] as number) === 2
    )
  }
  let [outer, inner] = [0, 0]
  for (let line = 0; line <= size; line++) {
    let count = 0
    for (let place = 0; place < size; place++) {
      count += left[origin + place * columns + line] as number
      count += top[origin + line * columns + place] as number
    }
    if (line === 0 || line === size) outer += count
    else inner += count
    if (line === 0 && count < 2 * size - 1) return false
  }
  return outer >= (7 / 8) * 4 * size && inner <= (size * (size - 1)) / 2
}

function hasNeighbour({ columns, isBroken }: Marks, at: number): boolean {
  return (
    isBroken[at - 1] === 1 ||
    isBroken[at + 1] === 1 ||
    isBroken[at - columns] === 1 ||
    isBroken[at + columns] === 1
  )
}

/** Of every second pixel of every second row. */
function meanOf({ width, data }: Plane, left: number, top: number, size: number): number {
  let sum = 0
  for (let y = top; y < top + size; y += 2) {
    for (let at = y * width + left, end = at + size; at < end; at += 2) sum += data[at] as number
  }
  return Math.round((sum * 4) / (size * size))
}

function diversity(classes: Uint32Array): number {
  const total = classes.reduce((sum, count) => sum + count, 0)
  if (total === 0) return 0
  return 1 / classes.reduce((sum, count) => sum + (count / total) ** 2, 0)
}
