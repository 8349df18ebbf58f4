import { resolve } from 'node:path'
import type { Command } from 'commander'
import { diagnose } from '../../engine/diagnose.ts'
import { resolveSettings } from '../../engine/options.ts'
import { formatTable } from '../format.ts'
import { type CommandContext, type CommonOptions, withCommonOptions } from '../terminal.ts'

interface DoctorOptions extends CommonOptions {
  readonly config?: string
}

/** Exits with 1 when a check failed; a warning does not. */
export function addDoctor(program: Command, { out, setExitCode }: CommandContext): void {
  const command = program
    .command('doctor')
    .description('what works on this machine, and what to do about what does not')
  withCommonOptions(command)
    .option('--config <file>', 'the YAML file of the service, for its `sources` and its `baseDir`')
    .action(async ({ baseDir, json, config }: DoctorOptions) => {
      const settings = config === undefined ? undefined : resolveSettings({ configPath: config })
      const findings = await diagnose(settings?.baseDir ?? resolve(baseDir), settings?.sources)
      if (findings.some(({ state }) => state === 'failed')) setExitCode(1)
      const rows = findings.map(({ state, check, detail, remedy }) => [state, check, detail, remedy ?? ''])
      out(json ? JSON.stringify(findings) : formatTable(['STATE', 'CHECK', 'DETAIL', 'REMEDY'], rows))
    })
}
