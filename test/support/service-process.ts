import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

export const repository = join(import.meta.dirname, '..', '..')

/** A directory that is gone when the test is over. */
export function temporaryDirectory(): string {
  const path = mkdtempSync(join(tmpdir(), 'framewatch-test-'))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  return path
}

/** A process under test, with what it wrote. */
export interface TestProcess {
  readonly child: ChildProcess
  readonly exited: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>
  stdout(): string
  stderr(): string
  /** Resolves when stdout or stderr holds the text; rejects when the process ends without it. */
  says(text: string): Promise<void>
}

/** Starts a program in the repository; it is killed when the test is over, if it still runs. */
export function startProcess(
  program: string,
  args: readonly string[],
  env: Record<string, string> = {},
): TestProcess {
  const child = spawn(program, args, {
    cwd: repository,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const written = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (chunk: string) => {
      written[name] += chunk
      child.emit('said')
    })
  }
  const exited = new Promise<Awaited<TestProcess['exited']>>((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal }))
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const holds = (text: string) => written.stdout.includes(text) || written.stderr.includes(text)
  return {
    child,
    exited,
    stdout: () => written.stdout,
    stderr: () => written.stderr,
    says: (text) =>
      new Promise((resolve, reject) => {
        const check = () => holds(text) && resolve()
        child.on('said', check)
        void exited.then(() =>
          reject(new Error(`Ended without "${text}":\n${written.stdout}\n${written.stderr}`)),
        )
        check()
      }),
  }
}

/** Runs TypeScript in a process of its own, with the whole package at hand as `framewatch`. */
export function startScript(source: string, ...args: readonly string[]): TestProcess {
  return startProcess(process.execPath, ['--input-type=module', '--eval', source, ...args])
}

/** Runs a script to its end. */
export async function runScript(source: string, ...args: readonly string[]) {
  const running = startScript(source, ...args)
  const { code, signal } = await running.exited
  return { code, signal, stdout: running.stdout(), stderr: running.stderr() }
}
