/** Patterns that users write: what may be in one, so that no message can make it run long. */

/** Of an error's text, users' patterns see this much. */
export const patternTextChars = 1000
const maxPatternChars = 200
const maxWays = 4000
const maxRepeats = 1000

/** @throws SyntaxError where `patternFault` names a fault. */
export function compilePattern(pattern: string): RegExp {
  return new RegExp(pattern, 'iu')
}

/**
 * What is wrong with a pattern; undefined when nothing is.
 *
 * JavaScript matches by trying: `(a+)+b` takes time that doubles with each `a`. So the ways to try one pattern from one place
 * are counted, and must be at most 4000: a part that is repeated without bound has as many as the text it sees (1000
 * characters), one that is repeated up to n times has n, an alternative adds, a sequence multiplies, and what has more than
 * one way may not be repeated itself. That allows one `.*` with some small choices, or several `.{0,15}`. References and
 * looking around are refused.
 */
export function patternFault(pattern: string): string | undefined {
  if (pattern.length === 0 || pattern.length > maxPatternChars)
    return `expected a regular expression of 1 to ${maxPatternChars} characters`
  let compiled: RegExp
  try {
    compiled = compilePattern(pattern)
  } catch {
    return 'expected a regular expression, as JavaScript has them with the flag `u`'
  }
  if (compiled.test('')) return 'expected a pattern that does not match everything'
  const ways = new WayCounter(pattern).count()
  if (ways === undefined) return 'expected a pattern without references and without looking ahead or behind'
  return ways > maxWays
    ? 'expected a pattern that repeats less: at most one `*` or `+`, and none within another (`.{0,40}` instead of `.*` helps)'
    : undefined
}

interface Repeat {
  readonly least: number
  readonly most: number
}

/** Walks a pattern that is known to be valid. */
class WayCounter {
  readonly #pattern: string
  #at = 0
  #isRefused = false

  constructor(pattern: string) {
    this.#pattern = pattern
  }

  /** Undefined when the pattern has what is refused. */
  count(): number | undefined {
    const ways = this.#alternatives()
    return this.#isRefused ? undefined : ways
  }

  #alternatives(): number {
    let ways = this.#sequence()
    while (this.#take('|')) ways += this.#sequence()
    return ways
  }

  #sequence(): number {
    let ways = 1
    while (this.#at < this.#pattern.length && !this.#sees('|') && !this.#sees(')')) {
      const once = this.#atom()
      ways *= waysRepeated(once, this.#repeat())
    }
    return ways
  }

  #atom(): number {
    if (this.#take('(')) return this.#group()
    if (this.#take('[')) return this.#skipClass()
    if (this.#take('\\')) return this.#skipEscape()
    this.#at += 1
    return 1
  }

  #group(): number {
    if (this.#take('?') && !this.#take(':')) this.#isRefused = true
    const ways = this.#alternatives()
    this.#at += 1
    return ways
  }

  #skipClass(): number {
    while (this.#at < this.#pattern.length && !this.#take(']')) this.#at += this.#sees('\\') ? 2 : 1
    return 1
  }

  #skipEscape(): number {
    const letter = this.#pattern[this.#at] ?? ''
    if (/[1-9k]/.test(letter)) this.#isRefused = true
    this.#at += 1
    if (/[pPu]/.test(letter) && this.#sees('{')) this.#at = this.#pattern.indexOf('}', this.#at) + 1
    return 1
  }

  #repeat(): Repeat {
    const found = /^(?:([*+?])|\{(\d+)(,?)(\d*)\})\??/.exec(this.#pattern.slice(this.#at))
    if (!found) return { least: 1, most: 1 }
    this.#at += found[0].length
    const [, sign, least = '', comma, most = ''] = found
    if (sign === '?') return { least: 0, most: 1 }
    if (sign !== undefined) return { least: 0, most: maxRepeats }
    if (comma === '') return { least: Number(least), most: Number(least) }
    return { least: Number(least), most: most === '' ? Math.max(maxRepeats, Number(least)) : Number(most) }
  }

  #sees(text: string): boolean {
    return this.#pattern[this.#at] === text
  }

  #take(text: string): boolean {
    const isThere = this.#sees(text)
    if (isThere) this.#at += 1
    return isThere
  }
}

function waysRepeated(ways: number, { least, most }: Repeat): number {
  if (most <= 1) return least === 0 ? ways + 1 : ways
  return ways > 1 ? Number.POSITIVE_INFINITY : most
}
