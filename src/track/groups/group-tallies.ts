import type { GenerationRecord } from '../../model/generation.ts'
import { type GroupName, groupDimensions, type PerformanceGroups } from '../../model/performance-group.ts'
import { resolutionClass, videoFacts } from '../../model/video-scale.ts'
import { GroupTally } from './group-tally.ts'

/** Longer names are cut. */
const maxNameChars = 100

/** The group of a generation. */
function groupOf(record: GenerationRecord): GroupName {
  const { model } = record.request
  const resolution = resolutionClass(videoFacts(record))
  return {
    ...(model && { model: model.slice(0, maxNameChars) }),
    ...(resolution && { resolution }),
    node: record.node.slice(0, maxNameChars),
  }
}

/** One text for each name. */
export function groupKey(name: GroupName): string {
  return JSON.stringify(groupDimensions.map((dimension) => name[dimension] ?? null))
}

/** Ended generations by group: the number of groups, and so the memory, is bounded. */
export class GroupTallies {
  readonly #maxGroups: number
  readonly #tallies = new Map<string, GroupTally>()
  readonly #other = new GroupTally({})

  /** @param maxGroups - so many are told apart, those beyond are counted together. */
  constructor(maxGroups: number) {
    this.#maxGroups = maxGroups
  }

  /** Adds an ended generation, or takes back one that was added; others are ignored. */
  add(record: GenerationRecord, sign: 1 | -1 = 1): void {
    this.#tallyOf(groupOf(record)).add(record, sign)
  }

  merge(other: GroupTallies): void {
    for (const tally of other.#tallies.values()) this.#tallyOf(tally.name).merge(tally)
    this.#other.merge(other.#other)
  }

  /** @param most - the groups that are told; the rest is told as one. */
  summarize(span: { readonly fromMs: number; readonly toMs: number }, most: number): PerformanceGroups {
    const tallies = [...this.#tallies]
      .filter(([, { count }]) => count > 0)
      .sort(([x, a], [y, b]) => b.count - a.count || (x < y ? -1 : 1))
      .map(([, tally]) => tally)
    const rest = new GroupTally({})
    for (const tally of [...tallies.slice(most), this.#other]) rest.merge(tally)
    return {
      ...span,
      groups: tallies.slice(0, most).map((tally) => tally.summarize()),
      ...(rest.count > 0 && { other: rest.summarize() }),
    }
  }

  #tallyOf(name: GroupName): GroupTally {
    const key = groupKey(name)
    const known = this.#tallies.get(key)
    if (known) return known
    // One that found no room must find none later either: what is taken back is taken where it was added.
    if (this.#tallies.size >= this.#maxGroups) return this.#other
    const tally = new GroupTally(name)
    this.#tallies.set(key, tally)
    return tally
  }
}
