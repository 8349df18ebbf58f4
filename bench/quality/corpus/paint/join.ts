/** Clips out of clips. */
import type { Picture } from '../clip.ts'

/** `share` 0: all of `into`; 1: all of `other`. */
export function blendInto(into: Picture, other: Picture, share: number): void {
  const weight = Math.round(share * 256)
  for (let index = 0; index < into.length; index++) {
    const here = into[index] as number
    into[index] = here + ((((other[index] as number) - here) * weight + 128) >> 8)
  }
}

/** Towards black, which is 16, 128, 128. `share` 0: black. */
export function dimPicture(into: Picture, lumaSize: number, share: number): void {
  for (let index = 0; index < into.length; index++) {
    const black = index < lumaSize ? 16 : 128
    into[index] = Math.round(black + ((into[index] as number) - black) * share)
  }
}

/** The frames at which shots begin: `shots` of them in `frames`, none shorter than 0.6 of the mean. */
export function shotStarts(frames: number, shots: number, chance: () => number): number[] {
  const mean = frames / shots
  return Array.from({ length: shots }, (_, shot) =>
    shot === 0 ? 0 : Math.round(mean * (shot + 0.4 * (chance() - 0.5))),
  )
}

/** Which shot a frame is in. */
export function shotAt(starts: readonly number[], index: number): number {
  return starts.findLastIndex((start) => start <= index)
}
