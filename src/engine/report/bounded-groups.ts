/** The name of the group that takes what exceeds the limit. */
const others = '(others)'
/** Names are stored text: longer ones are cut. */
const maxNameLength = 200

/** Text of bounded length, well-formed. */
export function cutText(text: string, maxLength = maxNameLength): string {
  return text.length <= maxLength ? text.toWellFormed() : `${text.slice(0, maxLength - 1)}…`.toWellFormed()
}

/** What is counted by name, for a bounded number of names: later ones are counted together. */
export class BoundedGroups<T> {
  readonly #maxGroups: number
  readonly #make: () => T
  readonly #groups = new Map<string, { readonly names: readonly string[]; readonly value: T }>()

  /** @param maxGroups - of names; the group of all others comes on top. */
  constructor(maxGroups: number, make: () => T) {
    this.#maxGroups = maxGroups
    this.#make = make
  }

  /** The group of these names, made when there is none. */
  of(...names: readonly string[]): T {
    const cut = names.map((name) => cutText(name))
    const known = this.#groups.get(JSON.stringify(cut))
    if (known) return known.value
    const kept = this.#groups.size < this.#maxGroups ? cut : names.map(() => others)
    const key = JSON.stringify(kept)
    const group = this.#groups.get(key) ?? { names: kept, value: this.#make() }
    this.#groups.set(key, group)
    return group.value
  }

  get entries(): readonly { readonly names: readonly string[]; readonly value: T }[] {
    return [...this.#groups.values()]
  }
}
