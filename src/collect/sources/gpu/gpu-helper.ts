import { type Clock, isoTime, type Timer } from '../../../system/clock.ts'
import type { HelperExit, HelperOptions, HelperProcess } from '../../../system/helper-process.ts'
import { asGpuResponse, type GpuReport } from './gpu-protocol.ts'
import type { GpuReaderSettings, GpuVendor } from './gpu-readers.ts'
import type { GpuXid } from './gpu-reading.ts'

/** Silence after which the process is killed: a driver that is only slow has answered by then. */
const silenceMs = 60_000
const firstBackOffMs = 5_000
const maxBackOffMs = 300_000
/** Hundred times what the readings of a machine take: past it the process ends, and is started again. */
const maxHeapMb = 128
/** Faults kept of answers that came too late. */
const maxLateXids = 256

export interface GpuHelperOptions {
  readonly clock: Clock
  readonly entry: URL
  readonly settings: GpuReaderSettings
  readonly answerDeadlineMs: number
  readonly startHelper: (options: HelperOptions) => HelperProcess
}

/** The process is well, and there is no way to read the GPUs. */
export class GpusUnreadableError extends Error {}

/** A process that was started and is not gone yet. */
interface Running {
  readonly helper: HelperProcess
  readonly startedMs: number
  hasAnswered: boolean
  /** Set when it was killed: wall time, and why. */
  killed?: { readonly atMs: number; readonly reason: string }
}

/** The one question under way. */
interface Question {
  readonly id: number
  readonly askedMs: number
  readonly askedAtMs: number
  /** Undefined when its reader has given up. */
  settle: ((outcome: GpuReport | Error) => void) | undefined
  timer: Timer
}

/**
 * The process in which GPUs are read, as the host sees it. It is asked one thing at a time. While it does not answer
 * every question fails at once; after a minute it is killed, and another one is started only when it is really gone,
 * so that however long a driver hangs there is one process, not many. One that keeps ending is started ever less often.
 */
export class GpuHelper {
  readonly #options: GpuHelperOptions
  readonly #clock: Clock
  #running: Running | undefined
  #question: Question | undefined
  #nextId = 1
  #lateXids: GpuXid[] = []
  #lastExit: string | undefined
  #backOffMs = firstBackOffMs
  /** Monotonic milliseconds before which no process is started. */
  #restartMs = Number.NEGATIVE_INFINITY
  #isClosed = false

  constructor(options: GpuHelperOptions) {
    this.#options = options
    this.#clock = options.clock
  }

  /**
   * Starts the process when there is none.
   *
   * @throws at once or later, an `Error` that says why there is no answer and since when.
   */
  ask(vendors: readonly GpuVendor[]): Promise<GpuReport> {
    if (this.#isClosed) throw new Error('the GPU source is closed')
    if (this.#running?.killed) throw new Error(stuckText(this.#running.killed.atMs))
    if (this.#question) throw new Error(this.#silenceText(this.#question))
    const { helper } = this.#running ?? this.#start()
    return new Promise((resolve, reject) => {
      const id = this.#nextId++
      this.#question = {
        id,
        askedMs: this.#clock.monotonicMs(),
        askedAtMs: this.#clock.nowMs(),
        settle: (outcome) => (outcome instanceof Error ? reject(outcome) : resolve(outcome)),
        timer: this.#after(this.#options.answerDeadlineMs, () => this.#giveUp()),
      }
      helper.send({ id, vendors })
    })
  }

  /** Ends the process, which may be started again. */
  stop(): void {
    this.#kill('it was stopped')
  }

  /** Ends the process and waits for nothing: it may hang. */
  close(): void {
    this.#isClosed = true
    this.stop()
  }

  #start(): Running {
    const waitMs = this.#restartMs - this.#clock.monotonicMs()
    if (waitMs > 0) throw new Error(`${this.#lastExit}; started again in ${Math.ceil(waitMs / 1000)} s`)
    const { clock, entry, settings, startHelper } = this.#options
    const running: Running = {
      helper: startHelper({
        clock,
        entry,
        argument: settings,
        maxHeapMb,
        onMessage: (message) => this.#receive(running, message),
        onExit: (exit) => this.#noteExit(running, exit),
      }),
      startedMs: clock.monotonicMs(),
      hasAnswered: false,
    }
    this.#running = running
    return running
  }

  #receive(running: Running, message: unknown): void {
    const response = asGpuResponse(message)
    if (running !== this.#running || response === undefined || response.id !== this.#question?.id) return
    running.hasAnswered = true
    this.#settle('error' in response ? new GpusUnreadableError(response.error) : this.#withLateXids(response))
  }

  /** Of an answer that came too late the readings are old; what it says happened did happen, and is told in the next. */
  #withLateXids(report: GpuReport): GpuReport {
    const xids = [...this.#lateXids, ...report.answer.xids]
    this.#lateXids = this.#question?.settle ? [] : xids.slice(-maxLateXids)
    return { ...report, answer: { ...report.answer, xids } }
  }

  /** The reader waits no longer; the question stands until it is answered, or the process is killed. */
  #giveUp(): void {
    const question = this.#question
    if (!question) return
    question.settle?.(new Error(this.#silenceText(question)))
    question.settle = undefined
    question.timer = this.#after(silenceMs - this.#options.answerDeadlineMs, () => {
      this.#kill(`it was killed after ${silenceMs / 1000} s of silence`)
    })
  }

  #settle(outcome: GpuReport | Error): void {
    const question = this.#question
    this.#question = undefined
    question?.timer.cancel()
    question?.settle?.(outcome)
  }

  #kill(reason: string): void {
    this.#settle(new Error(`the process that reads GPUs is gone, ${reason}`))
    const running = this.#running
    if (running === undefined || running.killed) return
    running.killed = { atMs: this.#clock.nowMs(), reason }
    running.helper.kill()
  }

  #noteExit(running: Running, { reason, stderr }: HelperExit): void {
    if (running !== this.#running) return
    this.#running = undefined
    const words = stderr === '' ? '' : `: ${stderr}`
    this.#lastExit = `the process that reads GPUs is gone, ${running.killed?.reason ?? reason}${words}`
    const nowMs = this.#clock.monotonicMs()
    if (running.hasAnswered && nowMs - running.startedMs >= maxBackOffMs) this.#backOffMs = firstBackOffMs
    this.#restartMs = nowMs + this.#backOffMs
    this.#backOffMs = Math.min(maxBackOffMs, this.#backOffMs * 2)
    this.#settle(new Error(this.#lastExit))
  }

  #silenceText({ askedMs, askedAtMs }: Question): string {
    const seconds = Math.floor((this.#clock.monotonicMs() - askedMs) / 1000)
    return `the GPU driver has not answered for ${seconds} s, since ${isoTime(askedAtMs)}`
  }

  #after(delayMs: number, callback: () => void): Timer {
    return this.#clock.setTimer(callback, delayMs, { keepAlive: false })
  }
}

function stuckText(killedAtMs: number): string {
  return `the process that reads GPUs was killed at ${isoTime(killedAtMs)} and is not gone: the driver holds it`
}
