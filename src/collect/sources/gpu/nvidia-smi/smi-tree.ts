/**
 * What the XML, the text and the CSV of nvidia-smi have in common: a tree of keys, each with a text. All three are
 * made into it, and one mapper reads it.
 */

/** Deeper than any format goes; what lies deeper is put there. */
export const maxDepth = 32

export class SmiTree {
  /** What it is called beside its key: the PCI address of a GPU. */
  readonly label: string | undefined
  text: string
  readonly #children = new Map<string, SmiTree[]>()

  constructor(text = '', label?: string) {
    this.text = text
    this.label = label
  }

  add(key: string, child: SmiTree): SmiTree {
    const siblings = this.#children.get(key)
    if (siblings) siblings.push(child)
    else this.#children.set(key, [child])
    return child
  }

  /** Adds a text under keys parted by points, making what is missing on the way. */
  put(path: string, text: string): void {
    const keys = path.split('.')
    let node: SmiTree = this
    for (const key of keys) node = node.all(key)[0] ?? node.add(key, new SmiTree())
    node.text = text
  }

  /** All children of that key, in the order in which they were written. */
  all(key: string): readonly SmiTree[] {
    return this.#children.get(key) ?? []
  }

  /** @param path - keys parted by points; the first child of each is taken. */
  at(path: string): SmiTree | undefined {
    let node: SmiTree | undefined = this
    for (const key of path.split('.')) node = node?.all(key)[0]
    return node
  }

  /** The text at the first of the paths that there is. */
  textAt(...paths: readonly string[]): string | undefined {
    for (const path of paths) {
      const node = this.at(path)
      if (node) return node.text
    }
    return undefined
  }

  /** True when a text in it, other than below that key, matches. */
  some(matches: (text: string) => boolean, exceptKey: string): boolean {
    if (matches(this.text)) return true
    for (const [key, children] of this.#children)
      if (key !== exceptKey && children.some((child) => child.some(matches, exceptKey))) return true
    return false
  }
}

/** `GPU T.Limit Temp` as a key: `gpu_t_limit_temp`. Names of XML elements are keys as they are. */
export function smiKey(name: string): string {
  return name
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '')
    .join('_')
}
