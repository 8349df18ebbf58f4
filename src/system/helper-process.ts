/**
 * The only door to a child process that stays and is talked with: for what may hang or crash a process, and must not
 * do so to the host. Messages flow both ways as JSON. It never holds the host's exit, and ends with the host.
 */
import type * as childProcess from 'node:child_process'
import type { Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { messageOf } from '../model/errors.ts'
import { tailOf } from './child-end.ts'
import type { Clock } from './clock.ts'
import { lazyModule } from './lazy-module.ts'
import { lowerPriority } from './priority.ts'

const loadChildProcess = lazyModule<typeof childProcess>('node:child_process')

/** How a helper ended. */
export interface HelperExit {
  /** As `it ended with exit code 3`, `SIGABRT ended it`, `it could not be started: spawn ENOENT`. */
  readonly reason: string
  /** The last 4 KiB that it wrote to stderr. */
  readonly stderr: string
}

export interface HelperOptions {
  readonly clock: Clock
  /** The module it runs; it calls `serveHelper`. */
  readonly entry: URL
  /** What `serveHelper` gives it: plain data, no secrets, for the process list of the system shows it. */
  readonly argument: unknown
  /** It ends when its objects pass this many megabytes. @default as Node has it */
  readonly maxHeapMb?: number
  /** It, and all that it starts, takes the CPU time that nobody else wants. @default false */
  readonly isBackground?: boolean
  readonly onMessage: (message: unknown) => void
  /** Called once, when it is gone for good, or was never there. */
  readonly onExit: (exit: HelperExit) => void
}

/** The host's end. */
export interface HelperProcess {
  /** Undefined when it could not be started. */
  readonly pid: number | undefined
  /** Lost without a word when the helper is gone. */
  send(message: unknown): void
  /** SIGKILL. It does not wait: a process inside a system call that does not return stays until it does. Idempotent. */
  kill(): void
}

const stderrTailChars = 4096
/** A process that the helper left behind may hold its stderr for ever. */
const stderrDeadlineMs = 200

/** Starts a helper. What goes wrong with that comes through `onExit`, never before this has returned. */
export function startHelper(options: HelperOptions): HelperProcess {
  let child: childProcess.ChildProcess
  try {
    child = forkEntry(options)
  } catch (cause) {
    queueMicrotask(() => options.onExit({ reason: notStarted(cause), stderr: '' }))
    return { pid: undefined, send: () => {}, kill: () => {} }
  }
  if (options.isBackground && child.pid !== undefined) lowerPriority(child.pid)
  const kill = () => void child.kill('SIGKILL')
  child.on('message', options.onMessage)
  // A helper without a channel is of no use, and would not notice that the host ends.
  child.once('disconnect', kill)
  followExit(child, options)
  letGo(child)
  return {
    pid: child.pid,
    // Without a callback a channel that is just closing would throw.
    send: (message) => void (child.connected && child.send(message as childProcess.Serializable, () => {})),
    kill,
  }
}

function forkEntry({ entry, argument, maxHeapMb }: HelperOptions): childProcess.ChildProcess {
  const env = { ...process.env }
  // Preloads of the host (tracers, loaders) have no business in the helper.
  delete env['NODE_OPTIONS']
  return loadChildProcess().fork(fileURLToPath(entry), [JSON.stringify(argument ?? null)], {
    execPath: process.execPath,
    execArgv: maxHeapMb === undefined ? [] : [`--max-old-space-size=${maxHeapMb}`],
    env,
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    serialization: 'json',
    windowsHide: true,
  })
}

/** Calls `onExit` once, with what stderr said; the pipe may be read to its end only after the exit. */
function followExit(child: childProcess.ChildProcess, { clock, onExit }: HelperOptions): void {
  const stderr = tailOf(child.stderr, stderrTailChars)
  let isTold = false
  const tell = (reason: string) => {
    if (isTold) return
    isTold = true
    onExit({ reason, stderr: stderr().trim() })
  }
  // An error of a helper that has started (it could not be killed, a message was lost) is no exit.
  child.on('error', (cause) => {
    if (child.pid === undefined) tell(notStarted(cause))
  })
  child.once('exit', (exitCode, signal) => {
    const reason = signal ? `${signal} ended it` : `it ended with exit code ${exitCode}`
    const timer = clock.setTimer(() => tell(reason), stderrDeadlineMs, { keepAlive: false })
    child.once('close', () => {
      timer.cancel()
      tell(reason)
    })
  })
}

function letGo(child: childProcess.ChildProcess): void {
  child.unref()
  child.channel?.unref()
  const stderr = child.stderr as Socket | null
  stderr?.unref()
}

function notStarted(cause: unknown): string {
  return `it could not be started: ${messageOf(cause)}`
}

/** The helper's end. */
export interface HelperChannel {
  readonly argument: unknown
  send(message: unknown): void
}

export interface HelperHandlers {
  readonly onMessage: (message: unknown) => void
  /** The host is gone or has let go: give back what is held, the helper ends when this has settled. */
  readonly onClose?: () => void | Promise<void>
}

/** What `onClose` may take. */
const closeDeadlineMs = 1000

/** Called by the entry of a helper, once. @throws when the process is no helper. */
export function serveHelper(clock: Clock, { onMessage, onClose }: HelperHandlers): HelperChannel {
  if (process.send === undefined) throw new Error('This module is the entry of a helper process')
  process.on('message', onMessage)
  process.once('disconnect', () => {
    // The usual exit waits for threads that are inside a call, which may be for ever.
    const end = () => process.kill(process.pid, 'SIGKILL')
    clock.setTimer(end, closeDeadlineMs)
    void Promise.resolve()
      .then(onClose)
      .then(() => process.exit(), end)
  })
  return {
    argument: JSON.parse(process.argv[2] ?? 'null'),
    send: (message) => void (process.connected && process.send?.(message, () => {})),
  }
}
