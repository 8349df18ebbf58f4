import { type Command, Option } from 'commander'
import { type AlertEvent, type AlertLevel, alertLevels } from '../../model/alert.ts'
import { formatTable, formatTime } from '../format.ts'
import {
  type CommandContext,
  type CommonOptions,
  countUpTo,
  maxRows,
  withCommonOptions,
  withReader,
} from '../terminal.ts'

interface ListOptions extends CommonOptions {
  readonly level?: AlertLevel
  readonly rule?: string
  readonly limit: number
}

export function addAlerts(program: Command, { out }: CommandContext): void {
  const group = program.command('alerts').description('alerts now and before')
  withCommonOptions(
    group
      .command('list', { isDefault: true })
      .description('firing and pending now, then the history, newest first'),
  )
    .addOption(new Option('--level <level>', 'only history of this level').choices(alertLevels))
    .option('--rule <name>', 'only history of this rule')
    .option('--limit <count>', 'at most so many of the history', countUpTo(maxRows), 20)
    .action(async ({ baseDir, json, ...query }: ListOptions) => {
      const { active, history } = await withReader(baseDir, async (reader) => ({
        active: await reader.loadAlertInstances(),
        history: await reader.listAlertEvents(query),
      }))
      if (json) return out(JSON.stringify({ active, history }))
      const now = active.map((alert) => [
        alert.state,
        alert.level,
        alert.rule,
        formatTime(alert.activeSinceMs),
        alert.summary,
      ])
      out(
        active.length === 0
          ? 'No alert is active.'
          : formatTable(['NOW', 'LEVEL', 'RULE', 'SINCE', 'SUMMARY'], now),
      )
      if (history.length > 0)
        out(`\n${formatTable(['TIME', 'CHANGE', 'LEVEL', 'RULE', 'SUMMARY'], history.map(row))}`)
    })
}

function row({ timestampMs, transition, alert }: AlertEvent): string[] {
  return [formatTime(timestampMs), transition, alert.level, alert.rule, alert.summary]
}
