/** The door to child processes that end: bounded in time and output, never through a shell. */
import type * as childProcess from 'node:child_process'
import { FramewatchError } from '../model/errors.ts'
import { tailOf } from './child-end.ts'
import type { Clock } from './clock.ts'
import { lazyModule } from './lazy-module.ts'

const loadChildProcess = lazyModule<typeof childProcess>('node:child_process')

/** How to run a child process. */
export interface ExecOptions {
  readonly clock: Clock
  /** SIGKILL after this long. */
  readonly timeoutMs: number
  /** SIGKILL when stdout passes this many bytes. @default 1 MiB */
  readonly maxStdoutBytes?: number
  /** Aborting kills the child; the promise then rejects with the signal's reason. */
  readonly signal?: AbortSignal
  /** Each full line of stdout, as it comes; stdout is then not collected. */
  readonly onLine?: (line: string) => void
  readonly cwd?: string
}

/** What a child that exited with 0 wrote. */
export interface ExecResult {
  readonly stdout: string
  /** The last 8 KiB. */
  readonly stderr: string
}

/**
 * Runs a program to its end.
 *
 * @throws FramewatchError `PROCESS_FAILED` when it cannot be started, exits with another code than 0, is killed,
 *   or passes a limit; details hold `program`, `exitCode`, `signal` and `reason`.
 */
export function exec(program: string, args: readonly string[], options: ExecOptions): Promise<ExecResult> {
  return new Promise((resolve, reject) => {
    if (options.signal?.aborted) return reject(options.signal.reason)
    const child = loadChildProcess().spawn(program, args, {
      cwd: options.cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let reason = 'exit'
    const kill = (why: string) => {
      if (reason === 'exit') reason = why
      child.kill('SIGKILL')
      // What the child started may hold these open for ever.
      child.stdout?.destroy()
      child.stderr?.destroy()
    }
    const output = collectOutput(child, options, kill)
    const timer = options.clock.setTimer(() => kill('timeout'), options.timeoutMs)
    const onAbort = () => kill('abort')
    options.signal?.addEventListener('abort', onAbort, { once: true })
    const settle = (finish: () => void) => {
      timer.cancel()
      options.signal?.removeEventListener('abort', onAbort)
      finish()
    }
    child.once('error', (cause) =>
      settle(() =>
        reject(
          new FramewatchError('PROCESS_FAILED', `Cannot run "${program}"`, {
            details: { program, reason: 'start' },
            cause,
          }),
        ),
      ),
    )
    child.once('close', (exitCode, signal) =>
      settle(() => {
        if (reason === 'abort') return reject(options.signal?.reason)
        if (reason === 'exit' && exitCode === 0) return resolve(output())
        const lastLines = output().stderr.trim().split('\n').slice(-5).join('\n')
        const how =
          reason === 'exit' ? `ended with ${signal ?? `exit code ${exitCode}`}` : `was killed: ${reason}`
        const details = { program, exitCode, signal, reason }
        reject(new FramewatchError('PROCESS_FAILED', `"${program}" ${how}: ${lastLines}`, { details }))
      }),
    )
  })
}

function collectOutput(
  child: childProcess.ChildProcess,
  options: ExecOptions,
  kill: (why: string) => void,
): () => ExecResult {
  const maxStdoutBytes = options.maxStdoutBytes ?? 1024 * 1024
  let stdout = ''
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    stdout += chunk
    if (options.onLine) {
      const lines = stdout.split('\n')
      stdout = lines.pop() ?? ''
      for (const line of lines) options.onLine(line)
    }
    if (stdout.length > maxStdoutBytes) kill('output limit')
  })
  const stderr = tailOf(child.stderr)
  child.stdout?.once('end', () => {
    if (options.onLine && stdout !== '') options.onLine(stdout)
  })
  return () => ({ stdout: options.onLine ? '' : stdout, stderr: stderr() })
}
