import type { Command } from 'commander'
import { readSystemStatus } from '../../engine/read-model.ts'
import { systemClock } from '../../system/clock.ts'
import { statusText } from '../status-text.ts'
import { type CommandContext, type CommonOptions, withCommonOptions, withReader } from '../terminal.ts'

/** Exits with 1 when the system is critical: for scripts, and for container health checks. */
export function addStatus(program: Command, { out, setExitCode }: CommandContext): void {
  const command = program
    .command('status')
    .description('what the system says about itself, and why; exits with 1 when it is critical, else with 0')
  withCommonOptions(command).action(async ({ baseDir, json }: CommonOptions) => {
    const status = await withReader(baseDir, (reader) =>
      readSystemStatus(reader, baseDir, systemClock().nowMs()),
    )
    if (status.status === 'critical') setExitCode(1)
    out(json ? JSON.stringify(status) : statusText(status))
  })
}
