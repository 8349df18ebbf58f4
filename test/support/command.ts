import { join } from 'node:path'
import { repository, startProcess } from './service-process.ts'

export const program = join(repository, 'bin', 'framewatch.js')

/** Runs the command line in a process of its own, to its end. */
export async function framewatch(...args: string[]) {
  const running = startProcess(process.execPath, [program, ...args])
  const { code } = await running.exited
  return {
    code,
    stdout: running.stdout(),
    stderr: running.stderr(),
    json: () => JSON.parse(running.stdout()),
  }
}
