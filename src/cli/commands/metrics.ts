import type { Command } from 'commander'
import { metricCatalogue } from '../../engine/metric-catalogue.ts'
import { describeMetric } from '../../engine/metric-history.ts'
import { matchesGlob } from '../../model/glob.ts'
import { formatTable } from '../format.ts'
import { type CommandContext, type CommonOptions, withCommonOptions, withReader } from '../terminal.ts'
import { addMetricsShow } from './metrics-show.ts'

export function addMetrics(program: Command, context: CommandContext): void {
  const group = program.command('metrics').description('stored metrics')
  withCommonOptions(
    group
      .command('list', { isDefault: true })
      .argument('[filter]', 'only names that hold this text; * stands for any')
      .description('the metrics that are stored'),
  ).action(async (filter: string | undefined, { baseDir, json }: CommonOptions) => {
    const series = await withReader(baseDir, (reader) => reader.listSeries())
    const counts = new Map<string, number>()
    for (const { name } of series)
      if (holdsText(name, filter ?? '')) counts.set(name, (counts.get(name) ?? 0) + 1)
    const known = metricCatalogue(process.platform)
    const rows = [...counts].map(([name, count]) => ({ ...describeMetric(known, name), series: count }))
    if (json) return context.out(JSON.stringify(rows))
    const cells = rows.map(({ name, unit, kind, series: count, description }) => [
      name,
      unit,
      kind,
      String(count),
      description,
    ])
    context.out(formatTable(['NAME', 'UNIT', 'KIND', 'SERIES', 'DESCRIPTION'], cells))
  })
  addMetricsShow(group, context)
}

/** With a star the filter is of the whole name, without one of any part. */
function holdsText(name: string, filter: string): boolean {
  return filter.includes('*') ? matchesGlob(name, filter) : name.includes(filter)
}
