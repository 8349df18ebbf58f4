/** Windows of 100 ms in a gating block of 400 ms; blocks begin with each window, and so overlap by 75 %. */
const blockWindows = 4
const absoluteGateLufs = -70
const relativeGateLu = -10

/** LUFS of a mean square of K-weighted samples, summed over the channels (ITU-R BS.1770-4, formula 2). */
function lufsOf(energy: number): number {
  return -0.691 + 10 * Math.log10(energy)
}

/** The mean square of a loudness. */
function energyOf(lufs: number): number {
  return 10 ** ((lufs + 0.691) / 10)
}

/**
 * Integrated loudness with both gates (ITU-R BS.1770-4, annex 1; EBU R 128).
 *
 * @param energies - for each whole window of 100 ms, the mean square of the K-weighted samples, summed over the channels.
 * @returns LUFS; undefined with fewer than four windows, or when no block is above -70 LUFS.
 */
export function integratedLoudness(energies: readonly number[]): number | undefined {
  const blocks: number[] = []
  for (let end = blockWindows; end <= energies.length; end++) {
    let sum = 0
    for (let index = end - blockWindows; index < end; index++) sum += energies[index] ?? 0
    blocks.push(sum / blockWindows)
  }
  const ungated = meanAbove(blocks, energyOf(absoluteGateLufs))
  if (ungated === undefined) return undefined
  const gate = energyOf(Math.max(absoluteGateLufs, lufsOf(ungated) + relativeGateLu))
  const gated = meanAbove(blocks, gate)
  return gated === undefined ? undefined : lufsOf(gated)
}

function meanAbove(blocks: readonly number[], gate: number): number | undefined {
  let sum = 0
  let count = 0
  for (const block of blocks) {
    if (block <= gate) continue
    sum += block
    count++
  }
  return count === 0 ? undefined : sum / count
}
