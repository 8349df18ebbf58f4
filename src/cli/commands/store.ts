import type { Command } from 'commander'
import {
  checkStore,
  type Repair,
  readStoreStats,
  repairFile,
  repairStore,
  type StoreStats,
} from '../../engine/store-upkeep.ts'
import { systemClock } from '../../system/clock.ts'
import { formatBytes, formatFields, formatTable, formatTime, printable } from '../format.ts'
import { type CommandContext, type CommonOptions, withCommonOptions } from '../terminal.ts'

interface RepairOptions extends CommonOptions {
  readonly file?: string
  readonly out?: string
  readonly force?: boolean
}

/** `check` exits with 1 when something is damaged, `repair` when something was lost. */
export function addStore(program: Command, { out, setExitCode }: CommandContext): void {
  const group = program.command('store').description('the care of the store')
  withCommonOptions(
    group.command('check').description('reads all of it; exits with 1 when it is damaged'),
  ).action(async ({ baseDir, json }: CommonOptions) => {
    const findings = await checkStore(baseDir)
    if (findings.length > 0) setExitCode(1)
    if (json) return out(JSON.stringify({ findings }))
    out(findings.length === 0 ? 'The store is sound.' : findings.map(printable).join('\n'))
  })
  withCommonOptions(group.command('stats').description('what it holds, and the room that it takes')).action(
    async ({ baseDir, json }: CommonOptions) => {
      const stats = await readStoreStats(baseDir)
      out(json ? JSON.stringify(stats) : statsText(stats))
    },
  )
  const repair = group
    .command('repair')
    .description(
      'a new store of what can be read of it, in its place; the old one is set aside; exits with 1 when rows were lost',
    )
  withCommonOptions(repair)
    .option('--file <file>', 'repair this file of a store, which is left as it is')
    .option('--out <file>', 'with --file: what to make of it, to be restored')
    .option('--force', 'with --out: replace the file when it exists')
    .action(async (options: RepairOptions) => {
      if ((options.file === undefined) !== (options.out === undefined))
        repair.error("error: '--file' and '--out' need each other")
      const done = await runRepair(options)
      if (done.tables.some(({ lost }) => lost !== 0)) setExitCode(1)
      out(options.json ? JSON.stringify(done) : repairText(done))
    })
}

function runRepair({ baseDir, file, out, force = false }: RepairOptions): Promise<Repair> {
  if (file === undefined || out === undefined) return repairStore({ baseDir, clock: systemClock() })
  return repairFile({ baseDir, from: file, to: out, replace: force })
}

function statsText(stats: StoreStats): string {
  const fields = formatFields([
    ['file', stats.path],
    ['schema version', String(stats.schemaVersion)],
    ['size', formatBytes(stats.fileBytes)],
    ['log', formatBytes(stats.logBytes)],
    ['pages', `${stats.pages} of ${formatBytes(stats.pageSizeBytes)}, ${stats.freePages} of them free`],
  ])
  const rows = stats.tables.map(({ table, rows: count, sizeBytes, oldestMs, newestMs }) => [
    table,
    String(count),
    formatBytes(sizeBytes),
    formatTime(oldestMs),
    formatTime(newestMs),
  ])
  const tiers = stats.tiers.map(({ tier, frames, ticks, sizeBytes, oldestMs, newestMs }) => [
    tier,
    String(frames),
    String(ticks),
    formatBytes(sizeBytes),
    formatTime(oldestMs),
    formatTime(newestMs),
  ])
  const tables = [formatTable(['TABLE', 'ROWS', 'SIZE', 'OLDEST', 'NEWEST'], rows)]
  if (tiers.length > 0)
    tables.push(formatTable(['TIER', 'FRAMES', 'TICKS', 'SIZE', 'OLDEST', 'NEWEST'], tiers))
  return [fields, ...tables].join('\n\n')
}

function repairText({ path, tables, setAsidePath }: Repair): string {
  const rows = tables.map(({ table, saved, lost }) => [
    table,
    String(saved),
    lost === null ? 'unknown' : String(lost),
  ])
  const places = [
    ['repaired', path] as const,
    ...(setAsidePath === undefined ? [] : [['the old file', setAsidePath] as const]),
  ]
  return `${formatTable(['TABLE', 'SAVED', 'LOST'], rows)}\n\n${formatFields(places)}`
}
