/** How cameras and things move: smooth functions of time. */
import { between } from '../chance.ts'
import type { Chance } from '../clip.ts'

export type Path = (seconds: number) => number

/**
 * A sum of slow sines that never stands still for long.
 *
 * @param amplitude - of the whole, its unit is that of the result.
 * @param frequency - Hz, of the slowest part.
 */
export function wander(chance: Chance, amplitude: number, frequency: number): Path {
  const parts = [1, 1.7, 2.9].map((factor) => ({
    rate: 2 * Math.PI * frequency * factor * between(chance, 0.85, 1.15),
    phase: between(chance, 0, 2 * Math.PI),
    strength: amplitude / factor,
  }))
  return (seconds) =>
    parts.reduce((sum, { rate, phase, strength }) => sum + strength * Math.sin(rate * seconds + phase), 0)
}

/** 0 before `from`, 1 after `to`, smooth between. */
export function ease(value: number, from = 0, to = 1): number {
  const share = Math.max(0, Math.min(1, (value - from) / (to - from)))
  return share * share * (3 - 2 * share)
}

/** Pixels per second, of a share of the width of the picture. */
export function speedOf(
  format: { readonly width: number },
  chance: Chance,
  low: number,
  high: number,
): number {
  return format.width * low * (high / low) ** chance()
}
