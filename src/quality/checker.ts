import type { QualityReport } from '../model/quality.ts'
import { type Clock, type Timer, withDeadline } from '../system/clock.ts'
import { entryModule } from '../system/entry-module.ts'
import {
  type HelperExit,
  type HelperOptions,
  type HelperProcess,
  startHelper as startHelperProcess,
} from '../system/helper-process.ts'
import { asCheckResponse, type CheckJob, type CheckRequest } from './check-protocol.ts'

/** Longer than any analysis decodes when it was given no budget. */
const usualBudgetMs = 600_000
/** What else an analysis may take: its questions to ffprobe, and a process that hardly gets CPU time. */
const slackMs = 300_000
/** What ends by an abort has ended by then. */
const abortPatienceMs = 10_000
/** Videos often come in a row; a process in wait takes some 85 MB. */
const idleMs = 30_000
/** One that was killed and is not gone by then hangs in a call of the system. */
const exitPatienceMs = 5000
const stopPatienceMs = 500
const stopExitPatienceMs = 300
/** Many times what a long video takes: past it the process ends, and is started again. */
const maxHeapMb = 512

export interface ProcessCheckerOptions {
  readonly clock: Clock
  /** Wall time that decoding one video may take. @default the clip's own duration, 5 s to 10 minutes */
  readonly budgetMs?: number
  /** What runs in the process. @default the package's own */
  readonly entry?: URL
  /** @default a process */
  readonly startHelper?: (options: HelperOptions) => HelperProcess
}

/** A job that the process has not answered. */
interface Job {
  /** Undefined when nobody waits for it any more. */
  settle: ((outcome: QualityReport | Error) => void) | undefined
  timer: Timer
}

/** A process that was started and is not gone yet. */
interface Running {
  readonly helper: HelperProcess
  readonly jobs: Map<number, Job>
  readonly exited: PromiseWithResolvers<void>
  /** Resolves whenever the last job was answered. */
  onIdle: () => void
  idleTimer: Timer | undefined
  /** Why it was killed. */
  killed: string | undefined
}

/**
 * Has videos checked in a process of lowest priority, which is there only while there is something to check, or just was.
 * When it crashes or hangs, the jobs it had fail, and are not tried again: one of them may be what crashes it. The next
 * job starts another process, but never while one that was killed is still there.
 */
export class ProcessChecker {
  readonly #options: ProcessCheckerOptions
  readonly #clock: Clock
  #running: Running | undefined
  #nextId = 1
  #isStopped = false

  constructor(options: ProcessCheckerOptions) {
    this.#options = options
    this.#clock = options.clock
  }

  /**
   * What is wrong with a video, or keeps it from being checked, is in the report.
   *
   * @throws an `Error` that says so when the process crashed, hung or cannot be started, or the profile cannot be read;
   *   the reason of `signal`.
   */
  async check(job: CheckJob, signal?: AbortSignal): Promise<QualityReport> {
    const running = await this.#process()
    signal?.throwIfAborted()
    const id = this.#nextId++
    return new Promise((resolve, reject) => {
      const onAbort = () => this.#abort(running, id, signal?.reason)
      signal?.addEventListener('abort', onAbort, { once: true })
      const settle = (outcome: QualityReport | Error) => {
        signal?.removeEventListener('abort', onAbort)
        if (outcome instanceof Error) reject(outcome)
        else resolve(outcome)
      }
      const deadlineMs = (this.#options.budgetMs ?? usualBudgetMs) + slackMs
      const overdue = new Error(`it was not done after ${deadlineMs / 1000} s`)
      const timer = this.#after(deadlineMs, () => this.#abort(running, id, overdue))
      running.idleTimer?.cancel()
      running.jobs.set(id, { settle, timer })
      running.helper.send({ id, job } satisfies CheckRequest)
    })
  }

  /** Ends what is under way, and the process. Takes less than a second; nothing can be checked after. */
  async stop(): Promise<void> {
    this.#isStopped = true
    const running = this.#running
    if (!running) return
    for (const id of running.jobs.keys()) this.#abort(running, id, new Error('checks were stopped'))
    // Only the process itself can end the ffmpeg that it has started.
    if (running.jobs.size > 0) {
      const idle = new Promise<void>((resolve) => {
        running.onIdle = resolve
      })
      await withDeadline(this.#clock, Promise.race([idle, running.exited.promise]), stopPatienceMs)
    }
    this.#kill(running, 'it was stopped')
    await withDeadline(this.#clock, running.exited.promise, stopExitPatienceMs)
  }

  async #process(): Promise<Running> {
    while (this.#running?.killed) {
      const { killed, exited } = this.#running
      const { outcome } = await withDeadline(this.#clock, exited.promise, exitPatienceMs)
      if (outcome === 'timed_out')
        throw new Error(`the process that checks videos hangs in a call of the system, ${killed}`)
    }
    if (this.#isStopped) throw new Error('checks were stopped')
    return this.#running ?? this.#start()
  }

  #start(): Running {
    const { clock, budgetMs, startHelper = startHelperProcess } = this.#options
    const { entry = entryModule('./check-process', import.meta.url) } = this.#options
    const helper = startHelper({
      ...{ clock, entry, maxHeapMb, argument: { budgetMs }, isBackground: true },
      onMessage: (message) => this.#receive(running, message),
      onExit: (exit) => this.#noteExit(running, exit),
    })
    const running: Running = {
      helper,
      jobs: new Map(),
      exited: Promise.withResolvers(),
      onIdle: () => {},
      idleTimer: undefined,
      killed: undefined,
    }
    this.#running = running
    return running
  }

  #receive(running: Running, message: unknown): void {
    const response = asCheckResponse(message)
    const job = response && running.jobs.get(response.id)
    if (!job) return
    running.jobs.delete(response.id)
    job.timer.cancel()
    job.settle?.('error' in response ? new Error(response.error) : response.report)
    if (running.jobs.size > 0) return
    running.onIdle()
    running.idleTimer = this.#after(idleMs, () => this.#kill(running, 'it was idle'))
  }

  /** Nobody waits for it from here on; a process that does not end it is killed. */
  #abort(running: Running, id: number, reason: unknown): void {
    const job = running.jobs.get(id)
    if (!job?.settle) return
    job.settle(reason instanceof Error ? reason : new Error(String(reason)))
    job.settle = undefined
    job.timer.cancel()
    job.timer = this.#after(abortPatienceMs, () => this.#kill(running, 'it did not end a job'))
    running.helper.send({ abort: id } satisfies CheckRequest)
  }

  #kill(running: Running, reason: string): void {
    if (running.killed) return
    running.killed = reason
    running.helper.kill()
    this.#failAll(running, `it was killed: ${reason}`)
  }

  #noteExit(running: Running, { reason, stderr }: HelperExit): void {
    if (running === this.#running) this.#running = undefined
    this.#failAll(running, stderr === '' ? reason : `${reason}: ${stderr}`)
    running.exited.resolve()
  }

  #failAll(running: Running, reason: string): void {
    running.idleTimer?.cancel()
    for (const job of running.jobs.values()) {
      job.timer.cancel()
      job.settle?.(new Error(`the process that checks videos is gone, ${reason}`))
    }
    running.jobs.clear()
  }

  #after(delayMs: number, callback: () => void): Timer {
    return this.#clock.setTimer(callback, delayMs, { keepAlive: false })
  }
}
