/** Delays counted by length, in buckets that each reach 4.4 % further than the one before: quantiles are within 2.2 %. */

const bucketsPerOctave = 16
/** Below this all are alike: the timer that measures is not as exact. */
const leastUs = 64
/** Up to 2^30 microseconds, 18 minutes. */
const octaves = 24

/** The first one is of all that is shorter than the rest. */
export const delayBucketCount = octaves * bucketsPerOctave + 1

/** @returns the number of its bucket, from 0 up. */
export function delayBucketOf(delayUs: number): number {
  if (!(delayUs >= leastUs)) return 0
  const bucket = 1 + Math.floor(Math.log2(delayUs / leastUs) * bucketsPerOctave)
  return Math.min(bucket, delayBucketCount - 1)
}

/** The middle of a bucket, in microseconds. */
function middleUs(bucket: number): number {
  return bucket === 0 ? leastUs / 2 : leastUs * 2 ** ((bucket - 0.5) / bucketsPerOctave)
}

/**
 * Quantiles by rank, as of a sorted list.
 *
 * @param counts - by bucket.
 * @param quantiles - ascending, in (0, 1].
 * @returns microseconds; nothing when nothing was counted.
 */
export function delayQuantiles(
  counts: ArrayLike<number>,
  quantiles: readonly number[],
): readonly number[] | undefined {
  const total = Array.from(counts).reduce((sum, count) => sum + count, 0)
  if (total === 0) return undefined
  let bucket = 0
  let below = counts[0] ?? 0
  return quantiles.map((quantile) => {
    while (below < Math.ceil(quantile * total) && bucket < counts.length - 1) below += counts[++bucket] ?? 0
    return middleUs(bucket)
  })
}
