/** The door to a child process that writes several streams of bytes at once, bounded in time and memory. */
import type * as childProcess from 'node:child_process'
import { readFileSync } from 'node:fs'
import type { Readable } from 'node:stream'
import { messageOf } from '../model/errors.ts'
import { isKilling, tailOf } from './child-end.ts'
import type { Clock } from './clock.ts'
import { lazyModule } from './lazy-module.ts'
import { lowerPriority } from './priority.ts'
import { openSocketPairs, type SocketPair } from './socket-pair.ts'

const loadChildProcess = lazyModule<typeof childProcess>('node:child_process')

/** How to run it. */
export interface StreamExecOptions {
  readonly clock: Clock
  /** SIGKILL after this long. */
  readonly timeoutMs: number
  /** SIGKILL when its resident memory passes this; looked at ten times a second, on Linux. */
  readonly maxResidentBytes: number
  /** Aborting kills the child. */
  readonly signal?: AbortSignal
  /**
   * What reads the child's file descriptors 1, 3, 4 …, in this order; the bytes are valid only during the call. One that
   * throws ends the child.
   */
  readonly outputs: readonly ((chunk: Uint8Array) => void)[]
}

/** How it ended: `exit` by itself, whatever its code, or crashed; `killed` by somebody else; else what made it end. */
export interface StreamExecEnd {
  readonly reason: 'exit' | 'killed' | 'timeout' | 'memory' | 'abort' | 'start'
  /** Null when a signal ended it. */
  readonly exitCode: number | null
  /** The last 8 KiB. */
  readonly stderr: string
}

const memoryCheckMs = 100
const pageBytes = 4096

/**
 * Runs a program to its end, which is a value: hostile input makes programs fail. The child is read no faster than
 * `outputs` take it, and waits meanwhile; it must be able to write to what does not block. Rejects only with what an output
 * has thrown.
 */
export async function streamExec(
  program: string,
  args: readonly string[],
  options: StreamExecOptions,
): Promise<StreamExecEnd> {
  const { signal } = options
  let onThrow: (thrown: unknown) => void = () => {}
  const takes = options.outputs.map((take) => (chunk: Uint8Array) => {
    try {
      take(chunk)
    } catch (thrown) {
      onThrow(thrown)
    }
  })
  const pairs = await openSocketPairs(takes)
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      for (const { ours, theirs } of pairs ?? []) close(ours, theirs)
      return resolve({ reason: 'abort', exitCode: null, stderr: '' })
    }
    let child: childProcess.ChildProcess
    try {
      child = start(program, args, takes.length, pairs)
    } catch (cause) {
      return resolve({ reason: 'start', exitCode: null, stderr: messageOf(cause) })
    }
    const readers = pairs?.map(({ ours }) => ours) ?? readPipes(child, takes)
    let end: Pick<StreamExecEnd, 'reason'> | { readonly thrown: unknown } = { reason: 'exit' }
    const kill = (why: typeof end) => {
      if ('reason' in end && end.reason === 'exit') end = why
      child.kill('SIGKILL')
      // What the child started may hold these open for ever.
      close(...readers, child.stderr)
    }
    onThrow = (thrown) => kill({ thrown })
    const stderr = tailOf(child.stderr)
    const stopWatching = watch(child, options, (reason) => kill({ reason }))
    const onAbort = () => kill({ reason: 'abort' })
    signal?.addEventListener('abort', onAbort, { once: true })
    const settle = (exitCode: number | null, lastWords: string) => {
      stopWatching()
      signal?.removeEventListener('abort', onAbort)
      if ('thrown' in end) reject(end.thrown)
      else resolve({ ...end, exitCode, stderr: lastWords })
    }
    const closed = Promise.all(readers.map(whenClosed))
    child.once('error', (cause) => {
      end = { reason: 'start' }
      settle(null, messageOf(cause))
    })
    child.once('close', (exitCode, by) => {
      if ('reason' in end && end.reason === 'exit' && isKilling(by)) end = { reason: 'killed' }
      void closed.then(() => settle(exitCode, stderr()))
    })
    if (child.pid !== undefined) lowerPriority(child.pid)
  })
}

function start(
  program: string,
  args: readonly string[],
  outputs: number,
  pairs: readonly SocketPair[] | undefined,
): childProcess.ChildProcess {
  const [first, ...further] = Array.from({ length: outputs }, (_, index) => pairs?.[index]?.theirs ?? 'pipe')
  try {
    return loadChildProcess().spawn(program, args, {
      stdio: ['ignore', first, 'pipe', ...further],
      windowsHide: true,
    })
  } finally {
    // The child has its own now, or there is none: what is left open here would never end.
    for (const { theirs } of pairs ?? []) theirs.destroy()
  }
}

/** Where there are no pairs. */
function readPipes(
  child: childProcess.ChildProcess,
  takes: StreamExecOptions['outputs'],
): readonly Readable[] {
  // Node makes none for a child that it has no descriptors for.
  const stdio: readonly unknown[] = child.stdio ?? []
  return takes.flatMap((take, index) => {
    const stream = stdio[index === 0 ? 1 : index + 2] as Readable | null | undefined
    return stream ? [stream.on('error', () => {}).on('data', take)] : []
  })
}

function close(...streams: readonly (Readable | null)[]): void {
  for (const stream of streams) stream?.destroy()
}

function whenClosed(stream: Readable): Promise<void> {
  return new Promise((resolve) => {
    if (stream.closed) resolve()
    else stream.once('close', resolve)
  })
}

/** Ends the child at its limits; returns what stops watching. */
function watch(
  child: childProcess.ChildProcess,
  { clock, timeoutMs, maxResidentBytes }: StreamExecOptions,
  end: (reason: 'timeout' | 'memory') => void,
): () => void {
  const deadline = clock.setTimer(() => end('timeout'), timeoutMs)
  let check = clock.setTimer(checkMemory, memoryCheckMs)
  function checkMemory() {
    if (child.pid !== undefined && residentBytes(child.pid) > maxResidentBytes) return end('memory')
    check = clock.setTimer(checkMemory, memoryCheckMs)
  }
  return () => {
    deadline.cancel()
    check.cancel()
  }
}

/** The second field of /proc/PID/statm (proc_pid_statm(5)); 0 where there is none. */
function residentBytes(pid: number): number {
  try {
    return Number(readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ')[1]) * pageBytes
  } catch {
    return 0
  }
}
