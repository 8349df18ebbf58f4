import { type Command, Option } from 'commander'
import {
  alertTable,
  decisionTable,
  type ExportFormat,
  exportFormats,
  exportTable,
  exportToFile,
  generationTable,
  sampleTable,
  snapshotTable,
  type Table,
} from '../../engine/export/export.ts'
import { type AlertLevel, alertLevels } from '../../model/alert.ts'
import { type GenerationStatus, generationStatuses } from '../../model/generation.ts'
import type { StoreReader } from '../../store/store.ts'
import { systemClock } from '../../system/clock.ts'
import { formatBytes } from '../format.ts'
import { type CommandContext, type CommonOptions, withCommonOptions, withReader } from '../terminal.ts'
import { timeBefore } from '../time.ts'

interface ExportOptions extends CommonOptions {
  readonly format: ExportFormat
  readonly out: string
  readonly force?: boolean
  readonly from: number
  readonly to: number
  readonly metric?: string
  readonly model?: string
  readonly status?: GenerationStatus
  readonly rule?: string
  readonly level?: AlertLevel
  readonly receiver?: string
}

/** What can be exported, each with its own filters. */
const tables: Readonly<
  Record<
    string,
    {
      about: string
      filters: readonly Option[]
      read: (reader: StoreReader, options: ExportOptions) => Table
    }
  >
> = {
  samples: {
    about: 'raw samples: one row for each value of each series',
    filters: [new Option('--metric <name>', 'only of this metric')],
    read: (reader, { metric, ...options }) => sampleTable(reader, { ...period(options), metric }),
  },
  generations: {
    about: 'generations by the time of their request, newest first',
    filters: [
      new Option('--model <name>', 'only of this model'),
      new Option('--status <status>', 'only of this status').choices(generationStatuses),
    ],
    read: (reader, { model, status, ...options }) =>
      generationTable(reader, { ...period(options), model, statuses: status && [status] }),
  },
  alerts: {
    about: 'the history of alerts, newest first',
    filters: [
      new Option('--rule <name>', 'only of this rule'),
      new Option('--level <level>', 'only of this level').choices(alertLevels),
    ],
    read: (reader, { rule, level, ...options }) => alertTable(reader, { ...period(options), rule, level }),
  },
  decisions: {
    about: 'the ledger of notifications, newest first',
    filters: [new Option('--receiver <name>', 'only of this receiver')],
    read: (reader, { receiver, ...options }) => decisionTable(reader, { ...period(options), receiver }),
  },
  snapshots: {
    about: 'the snapshots of performance, newest first',
    filters: [],
    read: (reader, options) => snapshotTable(reader, period(options)),
  },
}

export function addExport(program: Command, { out, write }: CommandContext): void {
  const group = program.command('export').description('what is stored, as a file for other programs')
  const nowMs = systemClock().nowMs()
  const timeOption = (flags: string, about: string) => new Option(flags, about).argParser(timeBefore(nowMs))
  for (const [name, { about, filters, read }] of Object.entries(tables)) {
    const command = withCommonOptions(group.command(name).description(about))
      .addOption(new Option('--format <format>', 'of the file').choices(exportFormats).makeOptionMandatory())
      .requiredOption('--out <file>', 'the file to write; - for the standard output (csv and ndjson)')
      .option('--force', 'replace the file when it exists')
      .addOption(
        timeOption('--from <time>', 'ISO 8601, Unix milliseconds, or -24h').default(0, 'the beginning'),
      )
      .addOption(timeOption('--to <time>', 'likewise, inclusive').default(nowMs, 'now'))
    for (const filter of filters) command.addOption(filter)
    command.action(async (options: ExportOptions) => {
      const { baseDir, format, out: path, force = false, json } = options
      if (path === '-' && format === 'parquet')
        command.error("error: a parquet file cannot be written to the standard output: give '--out' a file")
      await withReader(baseDir, async (reader) => {
        const table = read(reader, options)
        if (path === '-') return void (await exportTable(table, format, write))
        const written = await exportToFile(table, format, path, { baseDir, replace: force })
        out(
          json ? JSON.stringify(written) : `${written.rows} rows, ${formatBytes(written.sizeBytes)}: ${path}`,
        )
      })
    })
  }
}

function period({ from, to }: Pick<ExportOptions, 'from' | 'to'>) {
  return { fromMs: from, toMs: to }
}
