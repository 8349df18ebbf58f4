import type { Command } from 'commander'
import { systemClock } from '../../system/clock.ts'
import { formatRatio, formatTable, formatTime } from '../format.ts'
import {
  type CommandContext,
  type CommonOptions,
  countUpTo,
  maxRows,
  withCommonOptions,
  withReader,
} from '../terminal.ts'
import { timeBefore } from '../time.ts'

interface ListOptions extends CommonOptions {
  readonly limit: number
  readonly until?: number
}

export function addSnapshots(program: Command, { out }: CommandContext): void {
  const group = program.command('snapshots').description('the stored summaries of performance')
  const until = timeBefore(systemClock().nowMs())
  withCommonOptions(group.command('list', { isDefault: true }).description('the newest first'))
    .option('--until <time>', 'the newest: ISO 8601, Unix milliseconds, or -24h', until)
    .option('--limit <count>', 'at most so many', countUpTo(maxRows), 20)
    .action(async ({ baseDir, json, limit, until }: ListOptions) => {
      const snapshots = await withReader(baseDir, (reader) => reader.listSnapshots(limit, until))
      if (json) return out(JSON.stringify(snapshots))
      if (snapshots.length === 0) return out('No snapshots.')
      const rows = snapshots.map(({ id, timestampMs, status, performance, groups }) => [
        id,
        formatTime(timestampMs),
        status,
        String(performance.last1h.byOutcome.succeeded),
        formatRatio(performance.last1h.successRate),
        groups ? String(groups.groups.length) : '-',
      ])
      out(formatTable(['ID', 'AT', 'STATUS', 'SUCCEEDED IN 1 H', 'SUCCESS', 'GROUPS'], rows))
    })
}
