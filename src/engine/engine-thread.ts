import { Worker } from 'node:worker_threads'
import { FramewatchError, messageOf, type PlainError } from '../model/errors.ts'
import { type Clock, type Timer, withDeadline } from '../system/clock.ts'
import { entryModule } from '../system/entry-module.ts'
import type { EngineMessage, EngineQueries, HostMessage, MonitoringEvents, WorkerInput } from './protocol.ts'

interface Pending {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: FramewatchError) => void
  readonly timer: Timer
}

/** The monitor must stay small whatever happens in it: past this it stops, and the host goes on. */
const maxOldGenerationSizeMb = 256
/**
 * The default young generation alone would take tens of megabytes of the host's memory; with this it is collected ten
 * per cent of the engine's time more than with four times as much.
 */
const maxYoungGenerationSizeMb = 1
const startDeadlineMs = 15_000
const answerDeadlineMs = 10_000
const stopDeadlineMs = 4_000

export interface EngineThreadOptions {
  readonly input: WorkerInput
  readonly clock: Clock
  readonly onEvent: (name: keyof MonitoringEvents, payload: unknown) => void
  /** The thread ended and was not asked to. */
  readonly onFailure: (error: FramewatchError) => void
}

/**
 * The host's end of the engine's thread. The thread keeps the process alive only while something is awaited of
 * it, so that monitoring never holds back the exit of what it monitors.
 */
export class EngineThread {
  readonly #worker: Worker
  readonly #clock: Clock
  readonly #options: EngineThreadOptions
  readonly #pending = new Map<number, Pending>()
  readonly #ready = Promise.withResolvers<void>()
  readonly #exited = Promise.withResolvers<void>()
  readonly #upgrading = Promise.withResolvers<void>()
  #stopped: readonly PlainError[] | undefined
  #failure: FramewatchError | undefined
  #stopping = false
  #nextRequestId = 1

  constructor(options: EngineThreadOptions) {
    this.#options = options
    this.#clock = options.clock
    this.#worker = new Worker(entryModule('./worker', import.meta.url), {
      name: 'framewatch',
      workerData: options.input,
      // Preloads of the host (tracers, loaders) have no business in this thread.
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb, maxYoungGenerationSizeMb },
    })
    this.#worker.on('message', (message: EngineMessage) => this.#receive(message))
    this.#worker.on('error', (cause) =>
      this.#fail(new FramewatchError('ENGINE_FAILED', `The engine failed: ${messageOf(cause)}`, { cause })),
    )
    this.#worker.on('exit', () => this.#exit())
  }

  /** Resolves when the engine runs. @throws FramewatchError of the engine's start; `ENGINE_TIMEOUT`. */
  async ready(): Promise<void> {
    const answer = Promise.race([this.#ready.promise, this.#upgrading.promise])
    const started = await withDeadline(this.#clock, answer, startDeadlineMs)
    if (started.outcome === 'done') return this.#ready.promise
    // A file system that does not answer would otherwise hold the host's start, and its stop, for ever.
    void this.#worker.terminate()
    throw new FramewatchError('ENGINE_TIMEOUT', `The engine did not start in ${startDeadlineMs} ms`)
  }

  /** Asks the engine. @throws FramewatchError `ENGINE_TIMEOUT`, `ENGINE_FAILED`, or the query's own. */
  query<Method extends keyof EngineQueries>(
    method: Method,
    ...[argument]: Parameters<EngineQueries[Method]>
  ): ReturnType<EngineQueries[Method]> {
    const answer = new Promise((resolve, reject) => {
      if (this.#failure) return reject(this.#failure)
      const requestId = this.#nextRequestId++
      const late = () =>
        this.#settle(requestId)?.reject(
          new FramewatchError('ENGINE_TIMEOUT', `No answer to "${method}" in ${answerDeadlineMs} ms`),
        )
      this.#pending.set(requestId, {
        resolve,
        reject,
        timer: this.#clock.setTimer(late, answerDeadlineMs, { keepAlive: false }),
      })
      this.#worker.ref()
      try {
        this.#send({ type: 'query', requestId, method, argument })
      } catch (cause) {
        // Functions and the like cannot cross a thread.
        this.#settle(requestId)?.reject(
          new FramewatchError('QUERY_INVALID', `"${method}" was asked with ${messageOf(cause)}`, { cause }),
        )
      }
    })
    return answer as ReturnType<EngineQueries[Method]>
  }

  /** Stops the engine, by force after a deadline. Resolves to what went wrong; never rejects. */
  async stop(): Promise<readonly FramewatchError[]> {
    this.#stopping = true
    this.#worker.ref()
    this.#send({ type: 'stop' })
    const timer = this.#clock.setTimer(() => void this.#worker.terminate(), stopDeadlineMs)
    await this.#exited.promise
    timer.cancel()
    if (this.#failure) return [this.#failure]
    if (this.#stopped) return this.#stopped.map((plain) => FramewatchError.fromPlain(plain))
    return [
      new FramewatchError('ENGINE_TIMEOUT', `The engine did not stop in ${stopDeadlineMs} ms and was ended`),
    ]
  }

  #receive(message: EngineMessage): void {
    switch (message.type) {
      case 'ready':
        this.#unrefWhenIdle()
        this.#ready.resolve()
        break
      case 'upgrading':
        this.#upgrading.resolve()
        break
      case 'failed':
        this.#fail(FramewatchError.fromPlain(message.error))
        break
      case 'event':
        this.#options.onEvent(message.name, message.payload)
        break
      case 'answer':
        this.#settle(message.requestId)?.resolve(message.value)
        break
      case 'refusal':
        this.#settle(message.requestId)?.reject(FramewatchError.fromPlain(message.error))
        break
      case 'stopped':
        this.#stopped = message.failures
    }
  }

  #settle(requestId: number): Pending | undefined {
    const pending = this.#pending.get(requestId)
    pending?.timer.cancel()
    this.#pending.delete(requestId)
    this.#unrefWhenIdle()
    return pending
  }

  #unrefWhenIdle(): void {
    if (this.#pending.size === 0 && !this.#stopping) this.#worker.unref()
  }

  #fail(error: FramewatchError): void {
    this.#failure ??= error
  }

  #exit(): void {
    if (!this.#stopping) {
      this.#failure ??= new FramewatchError('ENGINE_FAILED', 'The engine ended unexpectedly')
      this.#ready.reject(this.#failure)
      this.#options.onFailure(this.#failure)
    }
    const gone =
      this.#failure ?? new FramewatchError('SERVICE_STOPPED', 'The service was stopped before it answered')
    for (const requestId of [...this.#pending.keys()]) this.#settle(requestId)?.reject(gone)
    this.#exited.resolve()
  }

  #send(message: HostMessage): void {
    this.#worker.postMessage(message)
  }
}
