/**
 * The command line: arguments flow in; text or JSON and an exit code flow out. It reads the store beside a running
 * service; what changes a store is refused while one runs.
 */
import { Command, CommanderError } from 'commander'
import { FramewatchError, messageOf, systemCodeOf } from '../model/errors.ts'
import { readFileSync } from '../system/files.ts'
import { addAlerts } from './commands/alerts.ts'
import { addBackup, addRestore } from './commands/backup.ts'
import { addCompare } from './commands/compare.ts'
import { addDoctor } from './commands/doctor.ts'
import { addExport } from './commands/export.ts'
import { addFaults } from './commands/faults.ts'
import { addGenerations } from './commands/generations.ts'
import { addMetrics } from './commands/metrics.ts'
import { addQuality } from './commands/quality.ts'
import { addReport } from './commands/report.ts'
import { addSnapshots } from './commands/snapshots.ts'
import { addStatus } from './commands/status.ts'
import { addStore } from './commands/store.ts'
import { addTop } from './commands/top.ts'
import { printable } from './format.ts'
import type { Terminal } from './terminal.ts'
import { processScreen } from './top/screen.ts'

/** Adding a command is one file and one line here. */
const commands = [
  addStatus,
  addTop,
  addGenerations,
  addAlerts,
  addFaults,
  addMetrics,
  addSnapshots,
  addCompare,
  addReport,
  addQuality,
  addExport,
  addBackup,
  addRestore,
  addStore,
  addDoctor,
]

/** Standard output and error. A reader who went away, as `head` does, ends the command quietly. */
function processTerminal(): Terminal {
  const error = (text: string) => void process.stderr.write(`${text.split('\n').map(printable).join('\n')}\n`)
  let exitCode = 0
  process.stdout.once('error', (cause) => {
    if (systemCodeOf(cause) === 'EPIPE') process.exit(exitCode)
    error(`framewatch: cannot write to the standard output: ${messageOf(cause)}`)
    process.exit(1)
  })
  // There is nowhere left to say that there is nowhere to say anything.
  process.stderr.on('error', () => undefined)
  const write: Terminal['write'] = (chunk) =>
    new Promise((resolve) => {
      if (process.stdout.write(chunk)) resolve()
      else process.stdout.once('drain', resolve)
    })
  // As https://no-color.org says: whatever it is set to, unless to nothing.
  const hasColour = process.stdout.isTTY === true && !process.env.NO_COLOR && process.env.TERM !== 'dumb'
  const { columns } = process.stdout
  const out: Terminal['out'] = (text) => void process.stdout.write(`${text}\n`)
  const openScreen = () => processScreen(write)
  const noteExitCode = (code: number) => {
    exitCode = code
  }
  return { out, write, error, hasColour, openScreen, noteExitCode, ...(columns > 0 && { columns }) }
}

/**
 * Runs one command.
 *
 * @param argv - as `process.argv`.
 * @returns the exit code: 0; 1 when the command failed, `status` is critical, `doctor` found a failure, `compare` a
 *   regression, `quality` a defect, `store check` damage, or `store repair` lost something; 2 when it could not be
 *   understood, `compare` had nothing to compare, or `quality` could not check a file.
 */
export async function main(argv: readonly string[], terminal: Terminal = processTerminal()): Promise<number> {
  const program = new Command('framewatch')
    .description('Production monitoring for AI video generation')
    .version(packageVersion())
    .exitOverride()
    // A command may have an option of the same name as the command that it is one of.
    .enablePositionalOptions()
    .configureOutput({
      writeOut: (text) => terminal.out(text.trimEnd()),
      writeErr: (text) => terminal.error(text.trimEnd()),
    })
  let exitCode = 0
  const setExitCode = (code: number) => {
    exitCode = code
    terminal.noteExitCode?.(code)
  }
  for (const add of commands) add(program, { ...terminal, setExitCode })
  try {
    await program.parseAsync(argv)
    return exitCode
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
    const code = error instanceof FramewatchError ? ` ${error.code}` : ''
    terminal.error(`framewatch:${code} ${messageOf(error)}`)
    return 1
  }
}

function packageVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}
