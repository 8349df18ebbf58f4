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

const idBase = 36
const timeDigits = 9
const sequenceDigits = 3
const chanceDigits = 7

function digits(value: number, count: number): string {
  return Math.floor(value).toString(idBase).padStart(count, '0')
}

/**
 * Makes ids that sort by the order they were made in: `prefix_`, then 9 characters of Unix milliseconds, 3 of a
 * sequence within the millisecond, and 7 of chance, drawn once, that tell this maker from all others (base 36).
 * A wall clock that steps back does not make ids step back.
 */
export class IdMaker {
  /** The next id in ASCII. One string made of it is flat; joined parts would be flattened wherever they are used. */
  readonly #ascii: Buffer
  readonly #timeAt: number
  #lastMs = 0
  #sequence = 0

  constructor(prefix: string, random: Random) {
    const suffix = digits(random.next() * idBase ** chanceDigits, chanceDigits)
    this.#timeAt = prefix.length + 1
    this.#ascii = Buffer.from(`${prefix}_${'0'.repeat(timeDigits + sequenceDigits)}${suffix}`, 'latin1')
  }

  next(nowMs: number): string {
    this.#sequence += 1
    if (nowMs > this.#lastMs || this.#sequence >= idBase ** sequenceDigits) {
      this.#lastMs = Math.max(Math.floor(nowMs), this.#lastMs + 1)
      this.#sequence = 0
      this.#ascii.write(digits(this.#lastMs, timeDigits), this.#timeAt, 'latin1')
    }
    this.#writeSequence()
    return this.#ascii.toString('latin1')
  }

  #writeSequence(): void {
    let rest = this.#sequence
    for (
      let place = this.#timeAt + timeDigits + sequenceDigits - 1;
      place >= this.#timeAt + timeDigits;
      place--
    ) {
      const digit = rest % idBase
      this.#ascii[place] = digit < 10 ? 48 + digit : 87 + digit
      rest = (rest - digit) / idBase
    }
  }
}
