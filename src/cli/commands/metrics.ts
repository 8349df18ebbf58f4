import type { Command } from 'commander'
import { metricCatalogue } from '../../engine/metric-catalogue.ts'
import { readDetailedMetrics } from '../../engine/read-model.ts'
import { FramewatchError } from '../../model/errors.ts'
import { attributesKey } from '../../model/sample.ts'
import { systemClock } from '../../system/clock.ts'
import { formatNumber, formatTable, formatTime } from '../format.ts'
import {
  type CommandContext,
  type CommonOptions,
  countUpTo,
  withCommonOptions,
  withReader,
} from '../terminal.ts'

/** Ten years. */
const maxWindowSeconds = 315_360_000

interface WindowOptions extends CommonOptions {
  readonly window: number
}

export function addMetrics(program: Command, { out }: CommandContext): void {
  const group = program.command('metrics').description('stored metrics')
  withCommonOptions(
    group.command('list', { isDefault: true }).description('the metrics that are stored'),
  ).action(async ({ baseDir, json }: CommonOptions) => {
    const series = await withReader(baseDir, (reader) => reader.listSeries())
    const counts = new Map<string, number>()
    for (const { name } of series) counts.set(name, (counts.get(name) ?? 0) + 1)
    const known = new Map(metricCatalogue(process.platform).map((metric) => [metric.name, metric]))
    const rows = [...counts].map(([name, count]) => ({
      unit: '',
      kind: '',
      description: '',
      ...known.get(name),
      name,
      series: count,
    }))
    if (json) return out(JSON.stringify(rows))
    const cells = rows.map(({ name, unit, kind, series: count, description }) => [
      name,
      unit,
      kind,
      String(count),
      description,
    ])
    out(formatTable(['NAME', 'UNIT', 'KIND', 'SERIES', 'DESCRIPTION'], cells))
  })
  withCommonOptions(
    group.command('show').argument('<name>').description('statistics and trend of every series of a metric'),
  )
    .option('--window <seconds>', 'how far to look back', countUpTo(maxWindowSeconds), 3600)
    .action(async (name: string, { baseDir, json, window }: WindowOptions) => {
      const { nowMs } = systemClock()
      const metrics = metricCatalogue(process.platform)
      const summaries = await withReader(baseDir, (reader) =>
        readDetailedMetrics(reader, metrics, window, nowMs(), name),
      )
      if (summaries.length === 0) {
        const fact = `No values of "${name}" in the last ${window} s in ${baseDir}`
        throw new FramewatchError('METRIC_NOT_FOUND', fact, { details: { name } })
      }
      if (json) return out(JSON.stringify(summaries))
      const numbers = summaries.map(
        ({ attributes, last, lastTimestampMs, min, mean, max, p95, trend, unit }) => [
          attributesKey(attributes) || '-',
          ...[last, min, mean, max, p95].map(formatNumber),
          trend === null ? '-' : `${formatNumber(trend.slopePerHour)} ${unit}/h`,
          formatTime(lastTimestampMs),
        ],
      )
      out(formatTable(['SERIES', 'LAST', 'MIN', 'MEAN', 'MAX', 'P95', 'TREND', 'AT'], numbers))
    })
}
