/** How unlike two frames are, by the mean luma of their tiles. */
import type { FrameColumns } from './frame-meter.ts'

type Tiles = Pick<FrameColumns, 'tiles' | 'tileColumns' | 'tileRows'>

/** Mean absolute difference, levels of luma. */
export function tileDistance({ tiles, tileColumns, tileRows }: Tiles, one: number, other: number): number {
  const count = tileColumns * tileRows
  const a = one * count
  const b = other * count
  let sum = 0
  for (let tile = 0; tile < count; tile++)
    sum += Math.abs((tiles[a + tile] as number) - (tiles[b + tile] as number))
  return sum / count
}

/** `tileDistance` of each frame from the one before it; 0 for the first. */
export function tileSteps(tiles: Tiles): Float32Array {
  const frames = tiles.tiles.length / (tiles.tileColumns * tiles.tileRows)
  return Float32Array.from({ length: frames }, (_, index) =>
    index === 0 ? 0 : tileDistance(tiles, index, index - 1),
  )
}
