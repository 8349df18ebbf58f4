/** Runs of frames, or of windows of sound, that have something in common, and their times. */

/** Frames `from` to `to`, both included. */
export interface Stretch {
  readonly from: number
  readonly to: number
}

/**
 * The runs of `true`.
 *
 * @param maxGap - runs with no more frames than this between them are one.
 */
export function stretchesOf(
  isIn: (index: number) => boolean,
  frames: number,
  maxGap = 0,
): readonly Stretch[] {
  const stretches: { from: number; to: number }[] = []
  for (let index = 0; index < frames; index++) {
    if (!isIn(index)) continue
    const last = stretches.at(-1)
    if (last && index - last.to - 1 <= maxGap) last.to = index
    else stretches.push({ from: index, to: index })
  }
  return stretches
}

/** When a stretch is seen: to the next frame after it, or the end of the video. */
export function secondsOf(
  { from, to }: Stretch,
  { times, pictureSeconds }: { readonly times: Float64Array; readonly pictureSeconds: number },
): { readonly startSeconds: number; readonly endSeconds: number } {
  return { startSeconds: times[from] ?? 0, endSeconds: times[to + 1] ?? pictureSeconds }
}

/** The middle of the values; of an even number, the lower one of the two. NaN of none. */
export function medianOf(values: Iterable<number>): number {
  const sorted = Float64Array.from(values).sort()
  return sorted[(sorted.length - 1) >> 1] ?? Number.NaN
}

/** What so much of the values, 0 to 1, does not pass; 0 of none. */
export function quantileOf(values: Iterable<number>, share: number): number {
  const sorted = Float64Array.from(values).sort()
  return sorted[Math.floor(sorted.length * share)] ?? 0
}
