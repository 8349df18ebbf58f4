/**
 * What changed between two spans of time: two sets of group statistics flow in, findings flow out. Pure. It tells changes
 * beyond chance and large enough to matter, and nothing else; it knows no reasons.
 */
import type {
  Comparison,
  ComparisonVerdict,
  GroupComparison,
  Measure,
  MeasureChange,
} from '../../model/comparison.ts'
import type { GroupName, PerformanceGroup, PerformanceGroups } from '../../model/performance-group.ts'
import { groupKey } from '../groups/group-tallies.ts'
import { chanceLimit } from './false-discovery.ts'
import { type GroupPair, type MeasuredChange, measure, measuresOf } from './measures.ts'
import { nameOfScope, type Scope, scopesOf } from './scopes.ts'

/** Of what is told, the share that may be chance; also how often anything is told when nothing changed. */
const falseDiscoveryRate = 0.05

/** One measure over one scope. */
interface Test {
  readonly scope: Scope
  readonly measured: MeasuredChange
}

/** One measure, over every scope of the groups of which no change of it is explained yet. */
interface Family {
  readonly asked: Measure
  readonly tests: readonly Test[]
}

/**
 * Compares A with B, group by group and over all groups that have a model, a resolution or a node in common. Sides are
 * compared within groups only, so another mix of models or sizes is no change of any of them.
 */
export function compareGroups(a: PerformanceGroups, b: PerformanceGroups): Comparison {
  const pairs = pairsOf(a.groups, b.groups)
  const names = pairs.map(({ before }) => before.name)
  const test = (asked: Measure, scopes: readonly Scope[]): Family => ({
    asked,
    tests: scopes.flatMap((scope) => {
      const measured = measure(
        asked,
        pairs.filter((_, place) => scope.includes(place)),
      )
      return measured ? [{ scope, measured }] : []
    }),
  })
  const scopes = scopesOf(names)
  const families = measuresOf(pairs).map((asked) => test(asked, scopes))
  const found = explain(families, test).sort(worstFirst)
  const groups = pairs.map((pair, place) => {
    const own = families.flatMap(({ tests }) => tests.filter(({ scope }) => isOnly(scope, place)))
    return groupOf(
      pair,
      own.map(({ measured }) =>
        changeOf(
          measured,
          found.find((finding) => explains(finding, measured, place)),
        ),
      ),
    )
  })
  return {
    verdict: worstOf(
      found.length > 0 ? found.map(({ measured }) => ({ verdict: verdictOf(measured) })) : groups,
    ),
    findings: found.map(({ scope, measured }) => ({
      ...nameOfScope(scope, names),
      groups: scope.length,
      ...changeOf(measured, { measured }),
    })),
    groups,
    appeared: a.other ? [] : missing(b.groups, a.groups),
    vanished: b.other ? [] : missing(a.groups, b.groups),
    tests: chancesOf(families).length,
  }
}

/**
 * The fewest scopes that explain what changed. The scope that is farthest from chance is the one whose change fits best, when
 * the groups in it changed alike and the others did not (the most likely set, as in Kulldorff, "A spatial scan statistic",
 * Communications in Statistics 26, 1997): one slow node is farther from it than all nodes together, and than each of the
 * models on it. Then what it leaves is looked at again, as if it were all there is: a great change, which many tests see,
 * must not lower the bar for noise. A scope with a group that changed the other way explains nothing.
 */
function explain(
  families: readonly Family[],
  test: (asked: Measure, scopes: readonly Scope[]) => Family,
): Test[] {
  const found: Test[] = []
  let open = families
  for (;;) {
    const limit = chanceLimit(chancesOf(open), falseDiscoveryRate)
    const [best] = open.flatMap(({ tests }) => candidatesOf(tests, limit)).sort(strongestFirst)
    if (!best) return found
    found.push(best)
    open = open.map(({ asked, tests }) =>
      isSameMeasure(asked, best.measured) ? test(asked, without(tests, best.scope)) : { asked, tests },
    )
  }
}

function candidatesOf(tests: readonly Test[], limit: number): readonly Test[] {
  const found = tests.filter(
    ({ measured: { isTest, chance, size } }) => isTest && chance <= limit && size >= 1,
  )
  const single = found.filter(({ scope }) => scope.length === 1)
  return found.filter(
    ({ scope, measured }) =>
      !single.some(
        (one) => one.measured.isBetter !== measured.isBetter && scope.includes(one.scope[0] ?? -1),
      ),
  )
}

/** The scopes of some tests, less the groups of another, each once. */
function without(tests: readonly Test[], scope: Scope): readonly Scope[] {
  const left = tests.map((test) => test.scope.filter((place) => !scope.includes(place)))
  return [
    ...new Map(left.filter(({ length }) => length > 0).map((places) => [places.join(), places])).values(),
  ]
}

function chancesOf(families: readonly Family[]): readonly number[] {
  return families.flatMap(({ tests }) =>
    tests.filter(({ measured }) => measured.isTest).map(({ measured }) => measured.chance),
  )
}

function isOnly(scope: Scope, place: number): boolean {
  return scope.length === 1 && scope[0] === place
}

function isSameMeasure(a: Measure, b: Measure): boolean {
  return a.kind === b.kind && a.score === b.score
}

function explains(finding: Test, measured: Measure, place: number): boolean {
  return isSameMeasure(finding.measured, measured) && finding.scope.includes(place)
}

function strongestFirst({ scope: x, measured: a }: Test, { scope: y, measured: b }: Test): number {
  // Groups in which nothing ever failed add nothing to a rate: of equals, the scope without them.
  return a.strength === b.strength ? x.length - y.length : b.strength - a.strength
}

function worstFirst({ measured: a }: Test, { measured: b }: Test): number {
  return Number(a.isBetter) - Number(b.isBetter) || b.size - a.size
}

/** @param explained - the finding that it is part of, if any. */
function changeOf(measured: MeasuredChange, explained: Pick<Test, 'measured'> | undefined): MeasureChange {
  const { isBetter: _isBetter, size: _size, strength: _strength, isTest: _isTest, ...change } = measured
  return { ...change, verdict: explained ? verdictOf(explained.measured) : 'unchanged' }
}

function verdictOf({ isBetter }: MeasuredChange): ComparisonVerdict {
  return isBetter ? 'improved' : 'regressed'
}

function groupOf({ before, after }: GroupPair, changes: readonly MeasureChange[]): GroupComparison {
  return { name: before.name, verdict: worstOf(changes), counts: [countOf(before), countOf(after)], changes }
}

const verdicts: readonly ComparisonVerdict[] = ['regressed', 'improved', 'unchanged']

function worstOf(items: readonly { readonly verdict: ComparisonVerdict }[]): ComparisonVerdict {
  return verdicts.find((verdict) => items.some((item) => item.verdict === verdict)) ?? 'not enough data'
}

function pairsOf(a: readonly PerformanceGroup[], b: readonly PerformanceGroup[]): GroupPair[] {
  const byKey = new Map(b.map((group) => [groupKey(group.name), group]))
  return a.flatMap((before) => {
    const after = byKey.get(groupKey(before.name))
    return after ? [{ before, after }] : []
  })
}

/** Those that are not among `others`. */
function missing(groups: readonly PerformanceGroup[], others: readonly PerformanceGroup[]): GroupName[] {
  const keys = new Set(others.map(({ name }) => groupKey(name)))
  return groups.filter(({ name }) => !keys.has(groupKey(name))).map(({ name }) => name)
}

function countOf({ byOutcome }: PerformanceGroup): number {
  return Object.values(byOutcome).reduce((sum, count) => sum + count, 0)
}
