import type { Comparison, ComparisonFinding, Measure } from '../model/comparison.ts'
import { type GroupName, groupDimensions, type PerformanceGroups } from '../model/performance-group.ts'
import { formatNumber, formatRatio, formatTable, formatTime, printable } from './format.ts'
import { formatQuantity } from './quantity.ts'

/** One side: what was compared, and the snapshot it is from, if any. */
export interface ComparedSide {
  readonly groups: PerformanceGroups
  readonly snapshotId?: string
}

const header = ['', 'WHAT', 'WHERE', 'BY', '95 % INTERVAL', 'A', 'B', 'N OF A', 'N OF B']
const measureNames = {
  success: 'success rate',
  verified: 'verified success rate',
  defects: 'defect rate',
  run: 'run time',
  step: 'time per step',
  queue: 'queue wait',
  quality: 'quality',
} as const
/** The names of new and vanished groups that are told. */
const maxNames = 10

/** A comparison as a page of text: the verdict, then the findings, the worst first. */
export function comparisonText(a: ComparedSide, b: ComparedSide, comparison: Comparison): string {
  const { verdict, findings } = comparison
  const parts = [
    `${sideText('A', a)}\n${sideText('B', b)}`,
    `${verdict.toUpperCase()}  ${summaryOf(comparison)}`,
  ]
  if (findings.length > 0) parts.push(formatTable(header, findings.map(row)))
  const names = [
    ...namesText('New in B', comparison.appeared),
    ...namesText('In A only', comparison.vanished),
  ]
  if (names.length > 0) parts.push(names.join('\n'))
  return parts.join('\n\n')
}

/** Ended generations of a side. */
export function generationsOf({ groups, other }: PerformanceGroups): number {
  return [...groups, ...(other ? [other] : [])]
    .flatMap(({ byOutcome }) => Object.values(byOutcome))
    .reduce((sum, count) => sum + count, 0)
}

/** A finding in two parts: what it is of, and how it changed. */
export function findingText(finding: ComparisonFinding): {
  readonly subject: string
  readonly finding: string
} {
  const [, what, where, by, interval, before, after, countBefore, countAfter] = row(finding)
  return {
    subject: `${what} of ${where}`,
    finding: `${by} (95 % interval ${interval}): from ${before} to ${after}, ${countBefore} and ${countAfter} generations`,
  }
}

function sideText(name: string, { groups, snapshotId }: ComparedSide): string {
  const { fromMs, toMs } = groups
  const source = snapshotId === undefined ? '' : `, snapshot ${printable(snapshotId)}`
  return `${name}  ${formatTime(fromMs)} to ${formatTime(toMs)}: ${plural(generationsOf(groups), 'generation')}${source}`
}

function summaryOf({ findings, groups, tests }: Comparison): string {
  const looked = `${plural(groups.length, 'group')} on both sides, ${plural(tests, 'test')}`
  if (findings.length === 0) return `${tests === 0 ? '' : 'no change beyond chance that matters: '}${looked}`
  const count = (verdict: string) => findings.filter((finding) => finding.verdict === verdict).length
  return `${count('regressed')} regressed, ${count('improved')} improved: ${looked}`
}

function row(finding: ComparisonFinding): string[] {
  const { verdict, low, high, counts, change } = finding
  const show = changeFormat(finding)
  const value = valueFormat(finding)
  return [
    verdict,
    measureName(finding),
    scopeText(finding),
    show(change),
    `${show(low)} to ${show(high)}`,
    value(finding.before),
    value(finding.after),
    ...counts.map(String),
  ]
}

function measureName({ kind, score }: Measure): string {
  return score === undefined ? measureNames[kind] : `quality ${score}`
}

/** How a change is written: `+20.3 %`, `-13.0 points`, `-0.05`. */
function changeFormat({ kind, effect }: ComparisonFinding): (change: number) => string {
  if (effect === 'ratio') return (ratio) => `${signed((ratio - 1) * 100, 1)} %`
  if (kind !== 'quality') return (difference) => `${signed(difference * 100, 1)} points`
  return (difference) => `${difference < 0 ? '' : '+'}${formatNumber(difference)}`
}

function valueFormat({ kind, effect }: ComparisonFinding): (value: number) => string {
  if (effect === 'ratio') return (seconds) => formatQuantity(seconds, { unit: 's' })
  return kind === 'quality' ? formatNumber : formatRatio
}

function signed(value: number, decimals: number): string {
  return `${value < 0 ? '' : '+'}${value.toFixed(decimals)}`
}

function scopeText({ scope, isRest }: ComparisonFinding): string {
  const name = nameText(scope)
  if (name === '') return isRest ? 'all others' : 'all'
  return isRest ? `${name}, elsewhere` : name
}

function nameText(name: GroupName): string {
  return groupDimensions
    .flatMap((dimension) => {
      const value = name[dimension]
      if (value === undefined) return []
      return value === '' ? `no ${dimension}` : dimension === 'resolution' ? value : `${dimension} ${value}`
    })
    .join(', ')
}

function namesText(title: string, names: readonly GroupName[]): string[] {
  if (names.length === 0) return []
  const shown = names.slice(0, maxNames).map((name) => printable(nameText(name)))
  const more = names.length > maxNames ? [`and ${names.length - maxNames} more`] : []
  return [`${title}: ${[...shown, ...more].join('; ')}`]
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
