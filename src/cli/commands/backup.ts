import type { Command } from 'commander'
import { backUpStore, restoreStore } from '../../engine/store-upkeep.ts'
import { systemClock } from '../../system/clock.ts'
import { formatBytes } from '../format.ts'
import { type CommandContext, type CommonOptions, withCommonOptions } from '../terminal.ts'

export function addBackup(program: Command, { out }: CommandContext): void {
  const command = program
    .command('backup')
    .argument('<file>')
    .description('a checked copy of the store as it is now, also while a service runs')
  withCommonOptions(command)
    .option('--force', 'replace the file when it exists')
    .action(async (path: string, { baseDir, json, force = false }: CommonOptions & { force?: boolean }) => {
      const backup = await backUpStore({ baseDir, path, replace: force })
      out(json ? JSON.stringify(backup) : `${formatBytes(backup.sizeBytes)}: ${path}`)
    })
}

export function addRestore(program: Command, { out }: CommandContext): void {
  const command = program
    .command('restore')
    .argument('<file>')
    .description('puts a backup in the place of the store, which is set aside; no service may be running')
  withCommonOptions(command).action(async (path: string, { baseDir, json }: CommonOptions) => {
    const restored = await restoreStore({ baseDir, path, clock: systemClock() })
    if (json) return out(JSON.stringify(restored))
    out(`Restored: ${restored.path}`)
    if (restored.setAsidePath) out(`The store before it: ${restored.setAsidePath}`)
  })
}
