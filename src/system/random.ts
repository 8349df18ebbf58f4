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
const chanceDigits = 7
/** Serial numbers are whole numbers below 2^53 until the year 2248. */
const serialsPerMs = 1024
const serialDigits = 11
/** A serial number is written in two parts: numbers of up to 31 bits are quick to write. */
const lowDigits = 5
const lowBase = idBase ** lowDigits

function digits(value: number, count: number): string {
  return value.toString(idBase).padStart(count, '0')
}

/** The id of a serial number: the maker's prefix, `_`, 11 characters of the number, 7 that tell makers apart (base 36). */
export function idText(serial: number, prefix: string, maker: string): string {
  const high = Math.floor(serial / lowBase)
  return `${prefix}_${digits(high, serialDigits - lowDigits)}${digits(serial - high * lowBase, lowDigits)}${maker}`
}

/**
 * Makes ids that sort by the order they were made in: a serial number is the Unix milliseconds, times 1024, or one more
 * than the one before. A wall clock that steps back does not make ids step back.
 */
export class IdMaker {
  /** 7 characters of chance, drawn once, that tell this maker from all others. */
  readonly name: string
  readonly #prefix: string
  #serial = 0

  constructor(prefix: string, random: Random) {
    this.#prefix = prefix
    this.name = digits(Math.floor(random.next() * idBase ** chanceDigits), chanceDigits)
  }

  next(nowMs: number): string {
    return idText(this.nextSerial(nowMs), this.#prefix, this.name)
  }

  /** The number alone, for `idText`. */
  nextSerial(nowMs: number): number {
    this.#serial = Math.max(this.#serial + 1, Math.floor(nowMs) * serialsPerMs)
    return this.#serial
  }
}
