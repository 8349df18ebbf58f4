import type { Command } from 'commander'
import { readSystemStatus } from '../../engine/read-model.ts'
import { systemClock } from '../../system/clock.ts'
import { statusText } from '../status-text.ts'
import { type CommandContext, type CommonOptions, withCommonOptions, withReader } from '../terminal.ts'

export function addStatus(program: Command, { out }: CommandContext): void {
  const command = program.command('status').description('what the system says about itself, and why')
  withCommonOptions(command).action(async ({ baseDir, json }: CommonOptions) => {
    const status = await withReader(baseDir, (reader) =>
      readSystemStatus(reader, baseDir, systemClock().nowMs()),
    )
    out(json ? JSON.stringify(status) : statusText(status))
  })
}
