import type { Command } from 'commander'
import { systemClock } from '../../system/clock.ts'
import { formatTable, formatTime } from '../format.ts'
import {
  type CommandContext,
  type CommonOptions,
  countUpTo,
  maxRows,
  withCommonOptions,
  withReader,
} from '../terminal.ts'
import { timeBefore } from '../time.ts'

interface FaultsOptions extends CommonOptions {
  readonly limit: number
  readonly from?: number
}

export function addFaults(program: Command, { out }: CommandContext): void {
  const command = program
    .command('faults')
    .description('faults that hardware reported, such as the XIDs of NVIDIA GPUs, newest first')
  withCommonOptions(command)
    .option('--limit <count>', 'how many at most', countUpTo(maxRows), 20)
    .option(
      '--from <time>',
      'the oldest: ISO 8601, Unix milliseconds, or -24h',
      timeBefore(systemClock().nowMs()),
    )
    .action(async ({ baseDir, json, limit, from }: FaultsOptions) => {
      const faults = await withReader(baseDir, (reader) => reader.listFaults({ limit, fromMs: from }))
      if (json) return out(JSON.stringify(faults))
      if (faults.length === 0) return out('No faults.')
      const rows = faults.map(({ timestampMs, severity, kind, code, device, message, generationIds }) => [
        formatTime(timestampMs),
        severity,
        `${kind} ${code}`,
        device,
        message,
        generationIds.join(' '),
      ])
      out(formatTable(['AT', 'SEVERITY', 'FAULT', 'DEVICE', 'MESSAGE', 'RUNNING THEN'], rows))
    })
}
