import type { KernelText } from './kernel-file.ts'

/**
 * Reads a pair of lines of `/proc/net/snmp` and its like: the first names the columns, the second holds the numbers.
 * Kernels add columns anywhere, so they are found by name; the places are kept while the first line stays the same.
 */
export class NamedColumns {
  readonly #start: string
  readonly #names: readonly string[]
  #heading: string | undefined
  /** Of each column the index of its name in `#names`, up to the last one wanted; -1 of those not wanted. */
  #wanted: readonly number[] = []
  #isThere: readonly boolean[] = []

  /** @param start - how both lines begin, with the blank: `Tcp: `. */
  constructor(start: string, names: readonly string[]) {
    this.#start = start
    this.#names = names
  }

  /**
   * One number per name: undefined when the kernel has no such column, `NaN` when it is no number. Undefined as a whole
   * when there is no such pair of lines, or its second line was cut.
   */
  read(text: KernelText): readonly (number | undefined)[] | undefined {
    const cursor = text.after(this.#start)
    if (cursor === undefined) return undefined
    this.#learn(cursor.restOfLine())
    cursor.skipLine()
    if (!cursor.startsWith(this.#start)) return undefined
    cursor.skipWords(1)
    const values: (number | undefined)[] = this.#isThere.map((isThere) => (isThere ? Number.NaN : undefined))
    let column = 0
    for (; !cursor.isAtLineEnd && column < this.#wanted.length; column++) {
      const index = this.#wanted[column] ?? -1
      if (index < 0) cursor.skipWords(1)
      else values[index] = cursor.wholeNumber()
    }
    return values
  }

  #learn(heading: string): void {
    if (heading === this.#heading) return
    this.#heading = heading
    const names = heading.split(' ')
    const places = this.#names.map((name) => names.indexOf(name))
    this.#isThere = places.map((place) => place >= 0)
    this.#wanted = names.slice(0, Math.max(...places) + 1).map((name) => this.#names.indexOf(name))
  }
}
