import { type Command, InvalidArgumentError, Option } from 'commander'
import { metricCatalogue } from '../../engine/metric-catalogue.ts'
import { describeMetric, readMetricHistory } from '../../engine/metric-history.ts'
import { FramewatchError } from '../../model/errors.ts'
import type { Attributes, MetricDescriptor } from '../../model/sample.ts'
import type { StoreReader } from '../../store/store.ts'
import { systemClock } from '../../system/clock.ts'
import { binPoints, type ChartBin } from '../chart-bins.ts'
import { formatTime } from '../format.ts'
import { metricText, type ShownSeries } from '../metric-text.ts'
import { didYouMean } from '../suggest.ts'
import {
  type CommandContext,
  type CommonOptions,
  countUpTo,
  withCommonOptions,
  withReader,
} from '../terminal.ts'
import { timeBefore } from '../time.ts'

interface ShowOptions extends CommonOptions {
  readonly since?: number
  readonly until?: number
  readonly window?: number
  readonly where: Attributes
  readonly chart: boolean
}

/** What is asked for: a metric, which of its series, and the time. */
interface Asked {
  readonly metric: MetricDescriptor
  readonly where: Attributes
  readonly fromMs: number
  readonly toMs: number
}

const hourMs = 3_600_000
/** Ten years. */
const maxWindowSeconds = 315_360_000
/** The end of the year 9999. */
const maxTimeMs = 253_402_300_799_999
const defaultColumns = 80
const jsonBins = 120

export function addMetricsShow(group: Command, { out, columns, hasColour }: CommandContext): void {
  const nowMs = systemClock().nowMs()
  const time = (flags: string, about: string) => new Option(flags, about).argParser(timeBefore(nowMs))
  const window = new Option('--window <seconds>', 'how far to look back in seconds: --since in other words')
  const command = withCommonOptions(
    group
      .command('show')
      .argument('<name>')
      .description('history of every series of a metric: a chart, statistics and trend'),
  )
    .addOption(time('--since <time>', 'the beginning: 24h, 90m, 7d ago, ISO 8601, Unix ms (default: 1h)'))
    .addOption(time('--until <time>', 'the end, likewise (default: now)'))
    .addOption(window.argParser(countUpTo(maxWindowSeconds)).conflicts('since'))
    .option(
      '--where <key=value>',
      'only series with this attribute, or without it: key= ; may be repeated',
      addPair,
      {},
    )
    .option('--no-chart', 'one table of all series instead of charts')
  command.action(async (name: string, { baseDir, json, where, chart, ...options }: ShowOptions) => {
    const toMs = Math.min(maxTimeMs, options.until ?? nowMs)
    const lookBackMs = options.window === undefined ? hourMs : options.window * 1000
    const fromMs = Math.max(0, options.since ?? toMs - lookBackMs)
    if (fromMs >= toMs)
      command.error(`error: '--since' ${formatTime(fromMs)} is not before '--until' ${formatTime(toMs)}`)
    const width = columns ?? defaultColumns
    const metric = describeMetric(metricCatalogue(process.platform), name)
    const asked = { metric, where, fromMs, toMs }
    const series = await withReader(baseDir, (reader) =>
      readShown(reader, asked, json ? jsonBins : width * 4),
    )
    if (json) return out(JSON.stringify(series.map(toJson)))
    out(
      metricText({
        metric,
        fromMs,
        toMs,
        series,
        hasChart: chart,
        columns: width,
        hasColour: hasColour ?? false,
      }),
    )
  })
}

/** Of each series only what a chart shows is kept. @throws FramewatchError `METRIC_NOT_FOUND`. */
async function readShown(reader: StoreReader, asked: Asked, bins: number): Promise<readonly ShownSeries[]> {
  const { metric, where, fromMs, toMs } = asked
  const shown: ShownSeries[] = []
  for await (const { summary, points } of readMetricHistory(reader, {
    metric,
    attributes: where,
    fromMs,
    toMs,
  }))
    shown.push({ summary, bins: binPoints(points, fromMs, toMs, bins) })
  if (shown.length > 0) return shown
  throw new FramewatchError('METRIC_NOT_FOUND', await whyNothing(reader, asked), {
    details: { name: metric.name },
  })
}

async function whyNothing(reader: StoreReader, asked: Asked): Promise<string> {
  const { metric, where, fromMs, toMs } = asked
  const { name } = metric
  const series = await reader.listSeries(name)
  if (series.length === 0) {
    const names = new Set((await reader.listSeries()).map((stored) => stored.name))
    return `No metric "${name}" is stored${didYouMean(name, names)}`
  }
  const pairs = Object.entries(where).map(([key, value]) => `${key}=${value}`)
  const which = pairs.length > 0 ? ` with ${pairs.join(', ')}` : ''
  return `No values of "${name}"${which} from ${formatTime(fromMs)} to ${formatTime(toMs)}`
}

function toJson({ summary, bins }: ShownSeries) {
  const points = bins.map(({ timestampMs, min, max, value }: ChartBin) => ({
    timestampMs: Math.round(timestampMs),
    min,
    mean: value,
    max,
  }))
  return { ...summary, points }
}

function addPair(text: string, pairs: Attributes): Attributes {
  const place = text.indexOf('=')
  if (place < 1) throw new InvalidArgumentError('Expected key=value.')
  return { ...pairs, [text.slice(0, place)]: text.slice(place + 1) }
}
