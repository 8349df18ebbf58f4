import { attributesKey, type MetricDescriptor } from '../model/sample.ts'
import type { SeriesSummary } from '../model/status.ts'
import { drawChart } from './chart.ts'
import type { ChartBin } from './chart-bins.ts'
import { formatTable, formatTime, printable } from './format.ts'
import { formatQuantity, formatSlope, type Quantity } from './quantity.ts'

/** One series, ready to be shown. */
export interface ShownSeries {
  readonly summary: SeriesSummary
  readonly bins: readonly ChartBin[]
}

/** How a metric is shown. */
export interface MetricPage {
  readonly metric: MetricDescriptor
  readonly fromMs: number
  readonly toMs: number
  /** In the order of their attributes. */
  readonly series: readonly ShownSeries[]
  readonly hasChart: boolean
  readonly columns: number
  readonly hasColour: boolean
}

const maxCharts = 8
const chartHeight = 8

/** The history of a metric as a page of text: a chart of each series and its statistics, or one table of all. */
export function metricText(page: MetricPage): string {
  const { metric, fromMs, toMs, series, hasChart } = page
  const about = metric.description === '' ? '' : `  ${metric.description}`
  const parts = [
    printable(`${metric.name}${about}`),
    `${metric.kind === 'counter' ? 'rate of a counter' : 'gauge'}, ${formatTime(fromMs)} to ${formatTime(toMs)}`,
  ]
  const resolution = series[0]?.summary.resolutionSeconds ?? 0
  if (resolution > 0) parts.push(`in steps of ${resolution} s: percentiles are of the means of the steps`)
  const head = parts.join('\n')
  if (!hasChart) return `${head}\n\n${statisticsTable(series)}`
  const shown = mostVariable(series)
  const charts = shown.map((entry) => chartText(entry, page))
  const rest = series.length - shown.length
  if (rest > 0) charts.push(printable(restText(series, rest)))
  return [head, ...charts].join('\n\n')
}

/** Those that vary most, in their own order. */
function mostVariable(series: readonly ShownSeries[]): readonly ShownSeries[] {
  if (series.length <= maxCharts) return series
  const spread = ({ summary }: ShownSeries) => summary.standardDeviation ?? -1
  const chosen = new Set(series.toSorted((a, b) => spread(b) - spread(a)).slice(0, maxCharts))
  return series.filter((entry) => chosen.has(entry))
}

function restText(series: readonly ShownSeries[], rest: number): string {
  const names = new Set(series.flatMap(({ summary }) => Object.keys(summary.attributes)))
  const example = [...names].map((name) => `--where ${name}=…`).join(' ')
  return `${rest} more series vary less; choose with ${example}, or list all with --no-chart`
}

function chartText({ summary, bins }: ShownSeries, page: MetricPage): string {
  const { fromMs, toMs, columns, hasColour } = page
  const chart = drawChart(bins, {
    width: columns,
    height: chartHeight,
    fromMs,
    toMs,
    quantity: shownQuantity(summary),
    ...(hasColour && { paint: cyan }),
  })
  const cells = statistics(summary)
  const table = formatTable(
    cells.map(([name]) => name),
    [cells.map(([, value]) => value)],
  )
  const title = attributesKey(summary.attributes)
  return [...(title === '' ? [] : [printable(title)]), ...chart, table, `TREND  ${trendText(summary)}`].join(
    '\n',
  )
}

function statisticsTable(series: readonly ShownSeries[]): string {
  const rows = series.map(({ summary }) => [
    attributesKey(summary.attributes) || '-',
    ...statistics(summary).map(([, value]) => value),
    trendText(summary),
    formatTime(summary.lastTimestampMs),
  ])
  const names = series[0] ? statistics(series[0].summary).map(([name]) => name) : []
  return formatTable(['SERIES', ...names, 'TREND', 'AT'], rows)
}

function statistics(summary: SeriesSummary): readonly (readonly [name: string, value: string])[] {
  const quantity = shownQuantity(summary)
  const { min, mean, max, p50, p95, p99, increase, last, unit, kind } = summary
  const values = { min, mean, max, p50, p95, p99 }
  return [
    ['LAST', formatQuantity(last, { unit })],
    ...(kind === 'counter' ? [['INCREASE', formatQuantity(increase, { unit })] as const] : []),
    ...Object.entries(values).map(
      ([name, value]) => [name.toUpperCase(), formatQuantity(value, quantity)] as const,
    ),
  ]
}

function trendText(summary: SeriesSummary): string {
  const { trend } = summary
  if (!trend?.interval) return '-'
  if (!trend.isSignificant) return 'no significant trend'
  return formatSlope(
    trend.slopePerHour,
    (trend.interval.high - trend.interval.low) / 2,
    shownQuantity(summary),
  )
}

function shownQuantity({ unit, kind }: SeriesSummary): Quantity {
  return { unit, isRate: kind === 'counter' }
}

function cyan(text: string): string {
  return `\u001b[36m${text}\u001b[39m`
}
