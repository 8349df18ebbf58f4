import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

/** A running `store-child.contract.ts`. */
export interface StoreChild {
  readonly pid: number
  /** The next line it says; undefined after its end. */
  nextLine(): Promise<string | undefined>
  /** SIGKILL; resolves to what it had said and was not yet asked for, when it is gone. */
  kill(): Promise<readonly string[]>
  /** What it wrote to stderr so far. */
  stderr(): string
}

export function spawnChild(
  mode: 'write' | 'cycle' | 'probe' | 'open',
  baseDir: string,
  first = 0,
): StoreChild {
  const script = join(import.meta.dirname, 'store-child.contract.ts')
  const child: ChildProcess = spawn(process.execPath, [script, mode, baseDir, String(first)])
  if (!child.stdout || !child.stderr || child.pid === undefined) throw new Error('The child did not start')
  const closed = once(child, 'close')
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr += chunk
  })
  const nextLine = async () => {
    const { value, done } = await lines.next()
    return done ? undefined : value
  }
  return {
    pid: child.pid,
    nextLine,
    async kill() {
      child.kill('SIGKILL')
      await closed
      const rest: string[] = []
      for (let line = await nextLine(); line !== undefined; line = await nextLine()) rest.push(line)
      return rest
    },
    stderr: () => stderr,
  }
}
