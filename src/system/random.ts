/** The only door to chance. */

/** Chance, injected. */
export interface Random {
  /** A number in [0, 1). */
  next(): number
}

/** The machine's own generator: not reproducible, not for secrets. */
export function systemRandom(): Random {
  return { next: () => Math.random() }
}

/** A reproducible generator: mulberry32 by Tommy Ettinger (public domain), 32 bits of state. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0
  return {
    next() {
      state = (state + 0x6d2b79f5) >>> 0
      let mixed = Math.imul(state ^ (state >>> 15), state | 1)
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
    },
  }
}

const idAlphabet = '0123456789abcdefghijklmnopqrstuvwxyz'

/**
 * A new id, `prefix_` then 9 characters of time and 10 of chance, base 36: ids sort by the millisecond they were
 * made in, and two made in the same millisecond collide with a chance of 1 in 3.6e15.
 */
export function newId(prefix: string, nowMs: number, random: Random): string {
  const time = Math.max(0, Math.floor(nowMs)).toString(36).padStart(9, '0')
  let tail = ''
  for (let half = 0; half < 2; half++) {
    let bits = Math.floor(random.next() * 36 ** 5)
    for (let index = 0; index < 5; index++) {
      tail += idAlphabet.charAt(bits % 36)
      bits = Math.floor(bits / 36)
    }
  }
  return `${prefix}_${time}${tail}`
}
