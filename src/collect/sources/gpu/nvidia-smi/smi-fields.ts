/** Reads values of the tree, each from the first of several places: the XML, the text and their versions name them so. */
import type { DimensionName, SkipCount } from '../quantity.ts'
import { quantityOf, toldText } from '../quantity.ts'
import type { SmiTree } from './smi-tree.ts'

/** Words of a value that is either of two. */
const flags: Readonly<Record<string, boolean>> = {
  ...{ yes: true, no: false, enabled: true, disabled: false, active: true, 'not active': false },
}

/** The values of one GPU. What is unusable is counted; what is not told is undefined. */
export class SmiFields {
  readonly tree: SmiTree
  readonly #skips: SkipCount

  constructor(tree: SmiTree, skips: SkipCount) {
    this.tree = tree
    this.#skips = skips
  }

  /** The fields of a part of it. */
  of(tree: SmiTree): SmiFields {
    return new SmiFields(tree, this.#skips)
  }

  text(...paths: readonly string[]): string | undefined {
    for (const path of paths) {
      const text = toldText(this.tree.at(path)?.text)
      if (text !== undefined) return text
    }
    return undefined
  }

  /** Not below 0. */
  quantity(dimension: DimensionName, ...paths: readonly string[]): number | undefined {
    const value = this.signed(dimension, ...paths)
    return this.#skips.usable(value !== undefined && value < 0 ? Number.NaN : value)
  }

  /** In degrees, for what is a difference. */
  signed(dimension: DimensionName, ...paths: readonly string[]): number | undefined {
    let unusable: number | undefined
    for (const path of paths) {
      const node = this.tree.at(path)
      const value = node && quantityOf(node.text, dimension)
      if (value !== undefined && Number.isFinite(value)) return value
      if (value !== undefined) unusable = Number.NaN
    }
    return this.#skips.usable(unusable)
  }

  count(...paths: readonly string[]): number | undefined {
    const value = this.quantity('count', ...paths)
    return value !== undefined && !Number.isInteger(value) ? this.#skips.usable(Number.NaN) : value
  }

  flag(...paths: readonly string[]): boolean | undefined {
    const text = this.text(...paths)?.toLowerCase()
    if (text === undefined) return undefined
    if (Object.hasOwn(flags, text)) return flags[text]
    this.#skips.usable(Number.NaN)
    return undefined
  }
}
