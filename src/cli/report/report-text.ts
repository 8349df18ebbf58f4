/** Values of a report as people read them. */
import type { GenerationReport, ReportFigureName } from '../../engine/report/report.ts'
import { formatDuration, formatNumber, formatRatio } from '../format.ts'
import { formatQuantity } from '../quantity.ts'

/** `1.25 USD`, and four significant digits below one; `-` for nothing. */
export function formatMoney(amount: number | null, currency: string): string {
  if (amount === null) return '-'
  const number = Math.abs(amount) >= 1 ? amount.toFixed(2) : formatNumber(amount)
  // A code has letters only, but it is stored text.
  return `${number} ${currency.replace(/[^A-Za-z]/g, '')}`.trimEnd()
}

/** An amount, and of how many of the whole it is known, unless of all; `-` when of none. */
export function formatKnown(
  { total, known }: { readonly total: number; readonly known: number },
  generations: number,
  format: (total: number) => string,
): string {
  if (known === 0) return '-'
  return known >= generations ? format(total) : `${format(total)} (known of ${known} of ${generations})`
}

export function formatEnergy(joules: number | null): string {
  return formatQuantity(joules, { unit: 'J' })
}

export function formatSeconds(seconds: number | null): string {
  return formatDuration(seconds === null ? null : seconds * 1000)
}

type FigureKind = 'number' | 'ratio' | 'duration' | 'seconds' | 'energy' | 'money'

/** What each main figure is called, and what it is measured in. */
const figures: Readonly<Record<ReportFigureName, readonly [title: string, kind: FigureKind]>> = {
  ended: ['Ended', 'number'],
  videosPerHour: ['Videos per hour', 'number'],
  successRate: ['Success rate', 'ratio'],
  verifiedSuccessRate: ['Verified success rate', 'ratio'],
  defectiveShare: ['Defective of succeeded', 'ratio'],
  durationP50Ms: ['Run time, p50', 'duration'],
  durationP95Ms: ['Run time, p95', 'duration'],
  queueP95Ms: ['Queue wait, p95', 'duration'],
  turnaroundP50Ms: ['Request to usable, p50', 'duration'],
  turnaroundP95Ms: ['Request to usable, p95', 'duration'],
  attemptsPerRequest: ['Attempts per request', 'number'],
  cost: ['Cost', 'money'],
  wastedCost: ['Wasted cost', 'money'],
  costPerUsableVideo: ['Cost per usable video', 'money'],
  costPerUsableSecond: ['Cost per usable second', 'money'],
  gpuSecondsPerUsableSecond: ['GPU time per usable second', 'seconds'],
  joulesPerUsableSecond: ['Energy per usable second', 'energy'],
  alertsFired: ['Alerts fired', 'number'],
}

/** A row of the comparison: its title, both values, and the change. */
export function changeRow(
  { figure, before, after }: GenerationReport['changes']['figures'][number],
  currency: string,
): string[] {
  const [title, kind] = figures[figure]
  return [
    title,
    ...[before, after].map((value) => formatFigure(value, kind, currency)),
    changeText(before, after, kind),
  ]
}

function formatFigure(value: number | null, kind: FigureKind, currency: string): string {
  if (kind === 'ratio') return formatRatio(value)
  if (kind === 'duration') return formatDuration(value)
  if (kind === 'seconds') return formatSeconds(value)
  if (kind === 'energy') return formatEnergy(value)
  return kind === 'money' ? formatMoney(value, currency) : formatNumber(value)
}

/** Ratios change by points, all else by a share of what it was. */
function changeText(before: number | null, after: number | null, kind: FigureKind): string {
  if (before === null || after === null) return '-'
  const difference = after - before
  if (kind === 'ratio') return `${signed(difference * 100)} points`
  if (before === 0) return difference === 0 ? `${signed(0)} %` : '-'
  return `${signed((difference / Math.abs(before)) * 100)} %`
}

function signed(value: number): string {
  const text = value.toFixed(1)
  if (Number(text) === 0) return '0.0'
  return value > 0 ? `+${text}` : text
}
