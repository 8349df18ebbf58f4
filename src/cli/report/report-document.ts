import type { GenerationReport, ReportGroup, ReportGroupKey } from '../../engine/report/report.ts'
import { generationOutcomes } from '../../model/generation.ts'
import { isoTime } from '../../system/clock.ts'
import { formatDuration, formatNumber, formatRatio, formatTime } from '../format.ts'
import type { DocumentCell, DocumentColumn, DocumentSection, ReportDocument, TimeChart } from './document.ts'
import { changeRow, formatEnergy, formatKnown, formatMoney, formatSeconds } from './report-text.ts'

/** A report as titled tables and charts. */
export function reportDocument(report: GenerationReport): ReportDocument {
  const { fromMs, toMs } = report
  return {
    title: 'Video generation report',
    subtitle: `${formatTime(fromMs)} to ${formatTime(toMs)} (${formatDuration(toMs - fromMs)})`,
    sections: [
      glance(report),
      changes(report),
      ...regressions(report),
      overTime(report),
      durations(report),
      groups(report, 'By model', ['model'], report.byModel),
      groups(report, 'By model and resolution', ['model', 'resolution'], report.byModelAndResolution),
      groups(report, 'By node', ['node'], report.byNode),
      failures(report),
      defects(report),
      spending(report),
      slowest(report),
      attempts(report),
      alerts(report),
    ],
  }
}

function columns(...titles: readonly string[]): DocumentColumn[] {
  return titles.map((title) => ({ title: title.replace('#', ''), isNumber: title.startsWith('#') }))
}

/** Where there are no rows, a sentence. */
function listing(
  title: string,
  empty: string,
  header: readonly DocumentColumn[],
  rows: readonly (readonly DocumentCell[])[],
  note?: string,
): DocumentSection {
  return rows.length === 0
    ? { title, note: empty }
    : { title, table: { columns: header, rows }, ...(note !== undefined && { note }) }
}

function stored(text: string, without = '-'): DocumentCell {
  return text === '' ? without : { stored: text }
}

/** What teams ask for first: time to usable, completion, cost, failures, review. */
function glance(report: GenerationReport): DocumentSection {
  const {
    totals,
    turnaround,
    spending: { currency, perUsableSecond },
    failures: [worst],
  } = report
  const { ended, byOutcome, unverified } = totals
  const rows: DocumentCell[][] = [
    ['Ended', `${ended}: ${byOutcome.succeeded} succeeded, ${ended - byOutcome.succeeded} not`],
    ['Videos per hour', formatNumber(totals.videosPerHour)],
    [
      'Request to usable video',
      `p50 ${formatDuration(turnaround.p50Ms)}, p95 ${formatDuration(turnaround.p95Ms)}`,
    ],
    ['Success rate', formatRatio(totals.successRate)],
    ['Verified success rate', formatRatio(totals.verifiedSuccessRate)],
    ['Cost per usable video', formatMoney(report.costPerUsableVideo, currency)],
    ['Cost per usable second', formatMoney(perUsableSecond.cost, currency)],
    ['Most frequent failure', stored(worst ? `${worst.errorClass} (${worst.count})` : '')],
    ['Succeeded and not verified', String(unverified)],
  ]
  return { title: 'At a glance', table: { columns: columns('Figure', 'Value'), rows } }
}

function changes({
  changes: { before, figures },
  spending: { currency },
}: GenerationReport): DocumentSection {
  return {
    title: 'Changes against the span before',
    note: `Before: ${formatTime(before.fromMs)} to ${formatTime(before.toMs)}. Whether a change is more than chance is not said here.`,
    table: {
      columns: columns('Figure', '#Before', '#Now', '#Change'),
      rows: figures.map((change) => changeRow(change, currency)),
    },
  }
}

function regressions({ regressions: found }: GenerationReport): DocumentSection[] {
  if (found === null) return []
  const rows = found.map(({ subject, finding }) => [stored(subject), stored(finding)])
  return [listing('Top regressions', 'None was found.', columns('What', 'Finding'), rows)]
}

function overTime(report: GenerationReport): DocumentSection {
  const { series, stepMs } = report
  const rows = series.map((step) => [
    `${isoTime(step.timestampMs).slice(0, 16)}Z`,
    String(step.ended),
    formatNumber(step.videosPerHour),
    formatRatio(step.successRate),
    formatRatio(step.verifiedSuccessRate),
    formatDuration(step.duration.p50Ms),
    formatDuration(step.duration.p95Ms),
  ])
  const header = ['From', '#Ended', '#Videos per hour', '#Success', '#Verified', '#Run p50', '#Run p95']
  return {
    title: 'Over time',
    note: `Steps of ${formatDuration(stepMs)}, in UTC.`,
    charts: charts(report),
    table: { columns: columns(...header), rows },
  }
}

function charts({ fromMs, toMs, series, stepMs }: GenerationReport): TimeChart[] {
  type Step = GenerationReport['series'][number]
  const common = { fromMs, toMs, stepMs, timesMs: series.map(({ timestampMs }) => timestampMs) }
  const line = (name: string, read: (step: Step) => number | null) => ({ name, values: series.map(read) })
  const seconds = (ms: number | null) => (ms === null ? null : ms / 1000)
  return [
    {
      ...common,
      title: 'Videos per hour',
      description: 'Succeeded generations by hour, in each step.',
      kind: 'bars',
      quantity: { unit: '' },
      lines: [line('videos per hour', ({ videosPerHour }) => videosPerHour)],
    },
    {
      ...common,
      title: 'Success',
      description: 'Success rate and verified success rate of each step, from 0 to 100 per cent.',
      kind: 'lines',
      quantity: { unit: '1' },
      most: 1,
      lines: [
        line('success', ({ successRate }) => successRate),
        line('verified success', ({ verifiedSuccessRate }) => verifiedSuccessRate),
      ],
    },
    {
      ...common,
      title: 'Run time',
      description: 'Median and 95th percentile of the run time of succeeded generations, in each step.',
      kind: 'lines',
      quantity: { unit: 's' },
      lines: [
        line('p50', ({ duration }) => seconds(duration.p50Ms)),
        line('p95', ({ duration }) => seconds(duration.p95Ms)),
      ],
    },
  ]
}

function durations({ totals, turnaround }: GenerationReport): DocumentSection {
  const kinds = [
    ['Run', totals.duration],
    ['Queue wait', totals.queue],
    ['Request to usable', turnaround],
  ] as const
  const rows = kinds.map(([name, { count, meanMs, p50Ms, p90Ms, p95Ms, p99Ms, maxMs }]) => [
    name,
    String(count),
    ...[meanMs, p50Ms, p90Ms, p95Ms, p99Ms, maxMs].map(formatDuration),
  ])
  const header = columns('Time', '#Count', '#Mean', '#p50', '#p90', '#p95', '#p99', '#Longest')
  return {
    title: 'Durations',
    note: 'Run: of succeeded generations. Percentiles and the longest are within 1 %.',
    table: { columns: header, rows },
  }
}

function groups(
  { spending: { currency } }: GenerationReport,
  title: string,
  keys: readonly ReportGroupKey[],
  list: readonly ReportGroup[],
): DocumentSection {
  const rows = list.map((entry) => [
    ...keys.map((key) => stored(entry.group[key] ?? '')),
    String(entry.ended),
    formatRatio(entry.successRate),
    formatRatio(entry.verifiedSuccessRate),
    formatDuration(entry.duration.p50Ms),
    formatDuration(entry.duration.p95Ms),
    formatDuration(entry.queue.p95Ms),
    formatKnown(entry.spent.cost, entry.ended, (total) => formatMoney(total, currency)),
    formatMoney(entry.costPerUsableSecond, currency),
    formatKnown(entry.spent.gpuSeconds, entry.ended, formatSeconds),
  ])
  const names = keys.map((key) => key.charAt(0).toUpperCase() + key.slice(1))
  const numbers = [
    'Ended',
    'Success',
    'Verified',
    'Run p50',
    'Run p95',
    'Queue p95',
    'Cost',
    'Per usable s',
    'GPU time',
  ]
  return listing(title, 'Nothing ended.', columns(...names, ...numbers.map((name) => `#${name}`)), rows)
}

function failures({ totals, failures: list }: GenerationReport): DocumentSection {
  const rows = list.map(({ outcome, errorClass, count, example }) => [
    outcome.replace('_', ' '),
    stored(errorClass),
    String(count),
    formatRatio(count / totals.ended),
    stored(example.message ?? ''),
    stored(example.id),
  ])
  const header = columns('Outcome', 'Class', '#Count', '#Of all', 'For example', 'Generation')
  return listing('Failures', 'Nothing failed.', header, rows)
}

function defects({ totals, defects: list }: GenerationReport): DocumentSection {
  const rows = list.map(({ type, count, example }) => [
    stored(type),
    String(count),
    formatRatio(count / totals.byOutcome.succeeded),
    stored(example.id),
  ])
  const header = columns('Type', '#Count', '#Of succeeded', 'Generation')
  return listing('Defects', 'No defect was found.', header, rows, 'One output may have several.')
}

function spending({ spending: spent, totals }: GenerationReport): DocumentSection {
  const { currency, perUsableSecond } = spent
  const lines = [
    ['All', spent.total] as const,
    ['Usable', spent.usable] as const,
    ['Wasted', spent.wasted] as const,
    ...generationOutcomes
      .filter((outcome) => totals.byOutcome[outcome] > 0)
      .map((outcome) => [`Of ${outcome.replace('_', ' ')}`, spent.byOutcome[outcome]] as const),
    ['Of defective', spent.byVerification.defective] as const,
  ]
  const rows = lines.map(([name, line]) => [
    name,
    String(line.generations),
    formatKnown(line.cost, line.generations, (total) => formatMoney(total, currency)),
    formatKnown(line.gpuSeconds, line.generations, formatSeconds),
    formatKnown(line.energyJoules, line.generations, formatEnergy),
    formatKnown(line.contentSeconds, line.generations, formatSeconds),
  ])
  const { cost, gpuSeconds, energyJoules } = perUsableSecond
  const perSecond = [formatMoney(cost, currency), formatSeconds(gpuSeconds), formatEnergy(energyJoules)]
  rows.push(['Per usable second', '-', ...perSecond, '-'])
  return {
    title: 'Cost and waste',
    note: 'Wasted: spent on what did not succeed or is defective. Unknown is not zero: sums hold what is known.',
    table: { columns: columns('Of', '#Generations', '#Cost', '#GPU time', '#Energy', '#Content'), rows },
  }
}

function slowest({ slowest: list }: GenerationReport): DocumentSection {
  const rows = list.map((slow) => [
    stored(slow.id),
    slow.status.replace('_', ' '),
    stored(slow.model),
    slow.resolution || '-',
    stored(slow.node),
    formatTime(slow.endedAtMs),
    formatDuration(slow.durationMs),
    formatDuration(slow.queueMs),
  ])
  const header = columns(
    'Generation',
    'Outcome',
    'Model',
    'Resolution',
    'Node',
    'Ended',
    '#Run',
    '#Queue wait',
  )
  return listing('Slowest generations', 'Nothing ran.', header, rows)
}

function attempts({ attempts: { first, retries, perRequest, byNumber } }: GenerationReport): DocumentSection {
  const rows = byNumber.map(({ attempt, ended, succeeded }) => [
    attempt === 10 ? '10 or later' : String(attempt),
    String(ended),
    String(succeeded),
    formatRatio(succeeded / ended),
  ])
  const note = `${first} first attempts, ${retries} retries: ${formatNumber(perRequest)} attempts per request.`
  return listing(
    'Attempts',
    'Nothing ended.',
    columns('Attempt', '#Ended', '#Succeeded', '#Share'),
    rows,
    note,
  )
}

function alerts({ alerts: { byRule, isComplete } }: GenerationReport): DocumentSection {
  const rows = byRule.map(({ rule, level, fired, lastFiredMs, lastSummary }) => [
    stored(rule),
    level,
    String(fired),
    formatTime(lastFiredMs),
    stored(lastSummary),
  ])
  const header = columns('Rule', 'Level', '#Fired', 'Last', 'Summary')
  const note = isComplete ? undefined : 'There were more: only the newest are counted.'
  return listing('Alerts', 'No alert fired.', header, rows, note)
}
