/** Histograms of levels have a bin for each hundredth of full scale, from 75 up; the last takes all beyond. */
const firstBin = 75
const lastBin = 112
export const levelBins = lastBin - firstBin + 1
/** Samples below this have no bin. */
export const lowestLevel = firstBin / 100
/** Full scale is met at 0.999 of it: 16-bit samples do not reach 1. */
const fullScaleSlack = 0.001
const fullScaleBin = 100
/** Where a ceiling at full scale begins, in spite of what a codec adds to it. */
export const hotBin = 94

/** Share of samples beyond full scale, from which a second can be clipped. */
const minOver = 0.0012
/** Samples beyond full scale, for each one at 80 to 90 % of it. */
const minOverRatio = { shaped: 0.2, noise: 0.08 }
/** A ceiling may be lower than full scale when the codec turns down; sound that was made to peak at -1 dBFS is below. */
const lowestCeiling = 93
const minPile = 1.55
/** Clipped noise has no pile, and a codec throws its cut peaks far beyond full scale: this share of those beyond, by 5 %. */
const noise = { maxPile: 0.6, minFarShare: 0.15 }
const farBin = 105
/** A steady tone: a sine has 22 % of its samples in its highest 6 %, and a pile of 2.7. */
const tone = { share: 0.15, pile: 3 }

/** The bin of a level of `lowestLevel` or more. */
export function levelBin(level: number): number {
  return Math.min(levelBins - 1, Math.floor((level + fullScaleSlack) * 100) - firstBin)
}

/**
 * The share of clipped samples among some second of one channel; 0 when it is not clipped.
 *
 * What was clipped and then coded (AAC, Opus, Vorbis) has no runs of equal samples any more: the codec's noise lies on its
 * flat tops, which reach some percent below and beyond full scale. But samples still pile up about the ceiling. Speech and
 * music thin out towards their peaks, and a limiter brings peaks to the ceiling without keeping them there. So a second is
 * clipped when
 * - its samples pile up: there are 1.55 times as many within 6 % below a ceiling as in each 6 % of the 12 % under that, the
 *   ceiling being near full scale; or
 * - more lie beyond full scale than those at 80 to 90 % of it explain: clipped noise has no pile after a codec, only a cut tail.
 * Then all samples from just below the ceiling up are counted. The limits are between what ffmpeg's codecs make of
 * clipped music, speech and noise, and of the same through a limiter that turns down its peaks by 6 dB. Speech that a
 * limiter keeps at 0 dBFS itself may be taken for clipped after Opus or Vorbis: it then is beyond full scale.
 *
 * What was turned down after it was clipped is not found: a codec makes it too much like a tone or a square wave.
 *
 * @param counts - of the channel's samples by `levelBin`.
 * @param samples - of the channel, in all.
 */
export function clippedShare(counts: Uint32Array, samples: number): number {
  /** From `bin`, up to but without `end`. */
  const share = (bin: number, end = lastBin + 1) => {
    let sum = 0
    for (let index = bin - firstBin; index < end - firstBin; index++) sum += counts[index] ?? 0
    return sum / samples
  }
  const over = share(fullScaleBin)
  const { pile, ceiling } = highestPile(share)
  const top = share(ceiling - 6)
  const isTone = top > tone.share && pile < tone.pile
  const spills = ceiling < 98 || over >= minOver
  if (pile >= minPile && !isTone && spills) return top
  const ratio = over / (share(80, 90) + 0.0005)
  const isNoise = pile < noise.maxPile && share(farBin) >= noise.minFarShare * over
  const minRatio = isNoise ? minOverRatio.noise : minOverRatio.shaped
  return over >= minOver && ratio >= minRatio && !isTone ? share(hotBin) : 0
}

/** How many times denser samples are just below the ceiling than under that, for the ceiling where they are densest. */
function highestPile(share: (bin: number, end?: number) => number): { pile: number; ceiling: number } {
  let best = { pile: 0, ceiling: fullScaleBin }
  for (let ceiling = lowestCeiling; ceiling <= lastBin; ceiling++) {
    const top = share(ceiling - 6, ceiling)
    if (top < 0.003 || share(ceiling) > top / 2) continue
    const pile = top / (share(ceiling - 18, ceiling - 6) / 2 + 0.001)
    if (pile > best.pile) best = { pile, ceiling }
  }
  return best
}
