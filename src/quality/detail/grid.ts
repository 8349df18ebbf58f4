import type { Plane } from '../plane.ts'

const period = 8
/** Luma added to both sides of the ratio, so that the few steps of an empty picture say nothing. */
const stepFloor = 0.2

/**
 * Blockiness: how much larger steps of luma are at the lines of a grid of 8 pixels than elsewhere, 0 for none, after
 * Wang, Sheikh and Bovik ("No-reference perceptual quality assessment of JPEG compressed images", ICIP 2002). The grid
 * may begin anywhere. Of columns and rows the smaller, since a scene has stripes more often than squares.
 */
export function blockinessOf({ width, height, data }: Plane): number {
  if (width < 3 * period || height < 3 * period) return 0
  const [columns, rows] = [new Float64Array(period), new Float64Array(period)]
  const [columnCounts, rowCounts] = [new Float64Array(period), new Float64Array(period)]
  const sparse = Math.max(5, Math.round(height / 55)) | 1
  for (let y = 0; y < height; y += sparse) {
    for (let x = 1, at = y * width + 1; x < width; x++, at++) {
      const phase = x & 7
      columns[phase] = (columns[phase] as number) + Math.abs((data[at] as number) - (data[at - 1] as number))
      columnCounts[phase] = (columnCounts[phase] as number) + 1
    }
  }
  for (let y = 1; y < height; y++) {
    let sum = 0
    for (let at = y * width, end = at + width; at < end; at += sparse) {
      sum += Math.abs((data[at] as number) - (data[at - width] as number))
    }
    rows[y & 7] = (rows[y & 7] as number) + sum
    rowCounts[y & 7] = (rowCounts[y & 7] as number) + Math.ceil(width / sparse)
  }
  return Math.max(0, Math.min(excess(columns, columnCounts), excess(rows, rowCounts)))
}

function excess(sums: Float64Array, counts: Float64Array): number {
  const means = Array.from(sums, (sum, phase) => sum / Math.max(1, counts[phase] ?? 1))
  const most = Math.max(...means)
  const others = (means.reduce((sum, mean) => sum + mean, 0) - most) / (period - 1)
  return (most + stepFloor) / (others + stepFloor) - 1
}
