/** Chance that can be replayed: everything in the corpus is drawn from a seed. */
import type { Chance } from './clip.ts'

/** Mulberry32: 32 bits of state, good enough for textures and fast. */
export function seeded(seed: number): Chance {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** A seed that differs for each text and each seed it is derived from (FNV-1a). */
export function seedOf(seed: number, text: string): number {
  let hash = 0x811c9dc5 ^ seed
  for (const character of `${seed} ${text}`) hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193)
  return hash >>> 0
}

export function between(chance: Chance, low: number, high: number): number {
  return low + (high - low) * chance()
}

/** A whole number from low to high, both possible. */
export function wholeBetween(chance: Chance, low: number, high: number): number {
  return low + Math.floor(chance() * (high - low + 1))
}

export function pick<T>(chance: Chance, items: readonly T[]): T {
  return items[Math.floor(chance() * items.length)] as T
}

/** One of two directions. */
export function sign(chance: Chance): number {
  return chance() < 0.5 ? -1 : 1
}

export function shuffled<T>(chance: Chance, items: readonly T[]): T[] {
  const order = [...items]
  for (let index = order.length - 1; index > 0; index--) {
    const other = wholeBetween(chance, 0, index)
    ;[order[index], order[other]] = [order[other] as T, order[index] as T]
  }
  return order
}
