import { seeded } from '../chance.ts'
import type { Chance } from '../clip.ts'

/** The chance of one frame: the same whenever the frame is drawn. */
export function frameChance(seed: number, index: number): Chance {
  return seeded((seed | 0) ^ Math.imul(index + 1, 0x9e3779b1))
}

/** About normal, mean 0, deviation 1: the sum of four uniform numbers. */
export function bell(chance: Chance): number {
  return (chance() + chance() + chance() + chance() - 2) * Math.sqrt(3)
}
