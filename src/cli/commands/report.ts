import { type Command, Option } from 'commander'
import { readGroups } from '../../engine/compared-spans.ts'
import { buildReport } from '../../engine/report/build-report.ts'
import type { FindRegressions, GenerationReport } from '../../engine/report/report.ts'
import { writeReportFile } from '../../engine/report/report-file.ts'
import type { StoreReader } from '../../store/store.ts'
import { dayMs, systemClock } from '../../system/clock.ts'
import { compareGroups } from '../../track/compare/compare-groups.ts'
import { findingText } from '../comparison-text.ts'
import { formatBytes, formatTime } from '../format.ts'
import { htmlOf } from '../report/html.ts'
import { markdownOf } from '../report/markdown.ts'
import { reportDocument } from '../report/report-document.ts'
import { type CommandContext, type CommonOptions, withCommonOptions, withReader } from '../terminal.ts'
import { timeBefore } from '../time.ts'

const formats = ['md', 'html', 'json'] as const
type ReportFormat = (typeof formats)[number]

interface ReportCommandOptions extends CommonOptions {
  readonly format: ReportFormat
  readonly out: string
  readonly force?: boolean
  readonly from?: number
  readonly to: number
}

/** The last time that can be written. */
const maxTimeMs = 8.64e15

export function addReport(program: Command, { out }: CommandContext): void {
  const nowMs = systemClock().nowMs()
  const timeOption = (flags: string, about: string) => new Option(flags, about).argParser(timeBefore(nowMs))
  const command = program
    .command('report')
    .description('what became of generations in a span of time: success, speed, cost, failures, alerts')
  withCommonOptions(command)
    .addOption(
      timeOption(
        '--from <time>',
        'ended from: ISO 8601, Unix milliseconds, or -24h (default: 24h before --to)',
      ),
    )
    .addOption(timeOption('--to <time>', 'ended before: likewise').default(nowMs, 'now'))
    .addOption(new Option('--format <format>', 'of the report').choices(formats).default('md'))
    .option('--out <file>', 'the file to write; - for the standard output', '-')
    .option('--force', 'replace the file when it exists')
    .action(async ({ baseDir, json, format, out: path, force = false, from, to }: ReportCommandOptions) => {
      const toMs = Math.min(maxTimeMs, to)
      const fromMs = Math.max(0, from ?? toMs - dayMs)
      if (fromMs >= toMs)
        command.error(`error: '--from' ${formatTime(fromMs)} is not before '--to' ${formatTime(toMs)}`)
      const report = await withReader(baseDir, (reader) =>
        buildReport(reader, { fromMs, toMs, findRegressions: regressionsIn(reader) }),
      )
      // Without a file, `--json` says the format, as in every command; with one, it says how the file is told of.
      const text = textOf(report, json && path === '-' ? 'json' : format)
      if (path === '-') return out(text)
      const written = await writeReportFile(`${text}\n`, path, { baseDir, replace: force })
      out(json ? JSON.stringify(written) : `${formatBytes(written.sizeBytes)}: ${path}`)
    })
}

/** Beyond chance, as `framewatch compare` finds them. */
function regressionsIn(reader: StoreReader): FindRegressions {
  return async (before, after) => {
    const [a, b] = [
      await readGroups(reader, before.fromMs, before.toMs),
      await readGroups(reader, after.fromMs, after.toMs),
    ]
    return compareGroups(a, b)
      .findings.filter(({ verdict }) => verdict === 'regressed')
      .map(findingText)
  }
}

function textOf(report: GenerationReport, format: ReportFormat): string {
  if (format === 'json') return JSON.stringify(report)
  const document = reportDocument(report)
  return format === 'html' ? htmlOf(document).trimEnd() : markdownOf(document)
}
