/**
 * Runs a vendor's tool once. A tool that finds a broken card exits with another code than 0 and may still have told
 * something of the others, so what it wrote is kept whatever the code is.
 */
import { isFramewatchError, systemCodeOf } from '../../../model/errors.ts'
import type { Clock } from '../../../system/clock.ts'
import { exec } from '../../../system/exec.ts'

export interface ToolRun {
  readonly stdout: string
  /** Its last lines. */
  readonly stderr: string
  readonly exitCode: number
}

export interface ToolOptions {
  readonly clock: Clock
  /** It is killed after this long. */
  readonly deadlineMs: number
}

/** Eight GPUs with everything their drivers tell are half a MiB. */
const maxOutputCharacters = 4 * 1024 * 1024

/** @throws when it cannot be started, takes too long, writes too much, or is killed by something else. */
export async function runTool(
  program: string,
  args: readonly string[],
  options: ToolOptions,
): Promise<ToolRun> {
  const lines: string[] = []
  let length = 0
  const tooLong = new AbortController()
  const onLine = (line: string) => {
    length += line.length + 1
    if (length > maxOutputCharacters) tooLong.abort(new Error(`"${program}" wrote more than 4 MiB`))
    else lines.push(line)
  }
  const limits = { clock: options.clock, timeoutMs: options.deadlineMs, maxStdoutBytes: maxOutputCharacters }
  // The door to child processes gives no output of a program that failed, but it gives each line as it comes.
  const stdout = () => (lines.length === 0 ? '' : `${lines.join('\n')}\n`)
  try {
    const { stderr } = await exec(program, args, { ...limits, signal: tooLong.signal, onLine })
    return { stdout: stdout(), stderr, exitCode: 0 }
  } catch (error) {
    if (!isFramewatchError(error, 'PROCESS_FAILED')) throw error
    const { exitCode, reason } = error.details
    if (reason !== 'exit' || typeof exitCode !== 'number') throw error
    return { stdout: stdout(), stderr: error.message, exitCode }
  }
}

/** True of the error of a program that is not there or may not be run. */
export function isNoProgram(error: unknown): boolean {
  const code = isFramewatchError(error, 'PROCESS_FAILED') ? systemCodeOf(error.cause) : undefined
  return code === 'ENOENT' || code === 'EACCES' || code === 'ENOTDIR'
}
