import type { Measure, MeasureChange } from '../../model/comparison.ts'
import type { Moments } from '../../model/moments.ts'
import type { PerformanceGroup, TimeStatistics } from '../../model/performance-group.ts'
import { compareMeans, type MeanStratum, pooledDeviation } from './means.ts'
import { compareShares, type Share } from './shares.ts'
import type { TwoSamples } from './two-samples.ts'

/** The same group on both sides. */
export interface GroupPair {
  readonly before: PerformanceGroup
  readonly after: PerformanceGroup
}

/** A measured change, with what decides whether it is told. */
export interface MeasuredChange extends Omit<MeasureChange, 'verdict'> {
  readonly isBetter: boolean
  /** How many times the least change that matters. */
  readonly size: number
  /** How many standard deviations off. */
  readonly strength: number
  /** False where no outcome could have been beyond chance: it is not a test then. */
  readonly isTest: boolean
}

/**
 * The least changes that matter; less is not told however certain. Times: 5 %, which users of videos that take a minute
 * do not see. Waits are mostly noise of load: half as much again, counted with 1 s more, so that it is a second at least.
 * Shares: 2 points. Scores come in any scale: 2 % of their level, and 0.2 of their standard deviation, which Cohen
 * ("Statistical Power Analysis", 1988) calls small: of two videos, one of each side, the worse has then a chance of 44 %
 * to look better all the same.
 */
const least = { time: 1.05, wait: 1.5, share: 0.02, scoreLevel: 0.02, scoreDeviation: 0.2 }
/** Generations that each side needs. */
const minShares = 10
const minMeans = 5
/** What cannot come below this by chance has too few hits to be worth a test (Tarone, Biometrics 46, 1990). */
const maxLeastChance = 0.005

const times = { run: least.time, step: least.time, queue: least.wait } as const
type TimeKind = keyof typeof times

/** Every measure that any group has on both sides. */
export function measuresOf(pairs: readonly GroupPair[]): readonly Measure[] {
  const scores = new Set(pairs.flatMap(({ before }) => Object.keys(before.quality ?? {})))
  return [
    ...(['success', 'verified', 'defects', 'run', 'step', 'queue'] as const).map((kind) => ({ kind })),
    ...[...scores].map((score) => ({ kind: 'quality' as const, score })),
  ]
}

/** How a measure changed over some groups together; undefined where there is too little. */
export function measure(measure: Measure, pairs: readonly GroupPair[]): MeasuredChange | undefined {
  const { kind, score } = measure
  if (kind === 'run' || kind === 'step' || kind === 'queue') return timeChange(kind, pairs)
  if (kind === 'quality') return scoreChange(score ?? '', pairs)
  return shareChange(kind, pairs)
}

function shareChange(kind: 'success' | 'verified' | 'defects', pairs: readonly GroupPair[]) {
  const compared = compareShares(
    pairs.map(({ before, after }) => [shareOf(kind, before), shareOf(kind, after)] as const),
  )
  if (!compared || Math.min(...compared.counts) < minShares) return undefined
  const { difference, low, high } = compared
  return {
    kind,
    effect: 'difference' as const,
    change: difference,
    low,
    high,
    ...valuesOf(compared),
    isBetter: kind === 'defects' ? difference < 0 : difference > 0,
    size: Math.abs(difference) / least.share,
    isTest: compared.leastChance <= maxLeastChance,
  }
}

function timeChange(kind: TimeKind, pairs: readonly GroupPair[]): MeasuredChange | undefined {
  const compared = compareMeans(strataOf(pairs, (group) => timeOf(kind, group)?.log))
  if (!compared || Math.min(...compared.counts) < minMeans) return undefined
  const added = kind === 'queue' ? 1 : 0
  return {
    kind,
    effect: 'ratio',
    change: Math.exp(compared.difference),
    low: Math.exp(compared.low),
    high: Math.exp(compared.high),
    ...valuesOf(compared),
    before: Math.exp(compared.before) - added,
    after: Math.exp(compared.after) - added,
    isBetter: compared.difference < 0,
    size: Math.abs(compared.difference) / Math.log(times[kind]),
    isTest: true,
  }
}

function scoreChange(score: string, pairs: readonly GroupPair[]): MeasuredChange | undefined {
  const strata = strataOf(pairs, ({ quality }) =>
    quality && Object.hasOwn(quality, score) ? quality[score] : undefined,
  )
  const compared = compareMeans(strata)
  if (!compared || Math.min(...compared.counts) < minMeans) return undefined
  const { difference, low, high, before, after } = compared
  const level = least.scoreLevel * Math.abs((before + after) / 2)
  const matters = Math.max(level, least.scoreDeviation * pooledDeviation(strata))
  return {
    kind: 'quality',
    score,
    effect: 'difference',
    change: difference,
    low,
    high,
    ...valuesOf(compared),
    isBetter: difference > 0,
    size: difference === 0 ? 0 : Math.abs(difference) / matters,
    isTest: true,
  }
}

function valuesOf({ before, after, chance, counts, strength }: TwoSamples) {
  return { before, after, chance, counts, strength }
}

function strataOf(
  pairs: readonly GroupPair[],
  of: (group: PerformanceGroup) => Moments | undefined,
): readonly MeanStratum[] {
  return pairs.flatMap(({ before, after }) => {
    const [a, b] = [of(before), of(after)]
    return a && b ? [[a, b] as const] : []
  })
}

function timeOf(kind: TimeKind, group: PerformanceGroup): TimeStatistics | undefined {
  return group[kind]
}

function shareOf(kind: 'success' | 'verified' | 'defects', group: PerformanceGroup): Share {
  const { verified, defective, pending = 0 } = group
  if (kind === 'defects') return { hits: defective, count: verified + defective }
  const { succeeded = 0, failed = 0, timed_out: timedOut = 0, lost = 0 } = group.byOutcome
  const count = succeeded + failed + timedOut + lost
  return kind === 'success' ? { hits: succeeded, count } : { hits: verified, count: count - pending }
}
