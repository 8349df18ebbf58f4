import { resolve } from 'node:path'
import type { Command } from 'commander'
import { diagnose } from '../../engine/diagnose.ts'
import { formatTable } from '../format.ts'
import { type CommandContext, type CommonOptions, withCommonOptions } from '../terminal.ts'

/** Exits with 1 when a check failed; a warning does not. */
export function addDoctor(program: Command, { out, setExitCode }: CommandContext): void {
  const command = program
    .command('doctor')
    .description('what works on this machine, and what to do about what does not')
  withCommonOptions(command).action(async ({ baseDir, json }: CommonOptions) => {
    const findings = await diagnose(resolve(baseDir))
    if (findings.some(({ state }) => state === 'failed')) setExitCode(1)
    const rows = findings.map(({ state, check, detail, remedy }) => [state, check, detail, remedy ?? ''])
    out(json ? JSON.stringify(findings) : formatTable(['STATE', 'CHECK', 'DETAIL', 'REMEDY'], rows))
  })
}
