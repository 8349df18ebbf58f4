import { AlertHandlers } from '../alert/alert-handlers.ts'
import type { AlertEvent } from '../model/alert.ts'
import { FramewatchError, messageOf } from '../model/errors.ts'
import type { GenerationRecord, GenerationRequest, GenerationResult } from '../model/generation.ts'
import type { FaultRecord } from '../model/hardware-fault.ts'
import type { DetailedMetrics, Snapshot, SystemStatus } from '../model/status.ts'
import type { AlertEventQuery, FaultQuery, GenerationPage, GenerationQuery } from '../store/store.ts'
import { systemClock } from '../system/clock.ts'
import { systemRandom } from '../system/random.ts'
import { type GenerationHandle, GenerationRecorder } from '../track/recorder.ts'
import { toldEnd } from '../track/told-end.ts'
import { EngineThread } from './engine-thread.ts'
import { createRing, RingWriter } from './event-ring.ts'
import { HostPulse } from './host-probe.ts'
import { type EngineSettings, type MonitoringServiceOptions, resolveSettings } from './options.ts'
import { type MonitoringEvents, monitoringEventNames } from './protocol.ts'
import { createProbe, ignore, listenTo } from './shared-probe.ts'
import { unknownStatus } from './status.ts'

/** How a generation turned out to have ended. */
export interface TrueEnd {
  readonly outcome: (typeof trueOutcomes)[number]
  readonly result?: GenerationResult
  /** What was thrown. */
  readonly error?: unknown
  readonly endedAtMs?: number
}

const trueOutcomes = ['succeeded', 'failed', 'cancelled', 'rejected'] as const

type Listener<Name extends keyof MonitoringEvents> = (payload: MonitoringEvents[Name]) => void

/** How long a stop may take to hand over what was recorded faster than it could be stored. */
const stopDrainMs = 3000
/** How long the exit of the process may wait for the last events to be stored. */
const exitFlushMs = 500

/**
 * Monitors this process's machine and its video generations. The engine runs on a background thread; this thread
 * only records. Nothing here throws into a generation: recording is safe before `start()` and after `stop()`.
 *
 * The service does not keep the process alive. `stop()` (or `await using`) ends it in order; when the process exits
 * without it, what was recorded is still stored, and generations under way are recorded as lost at the next start.
 */
export class MonitoringService {
  readonly #settings: EngineSettings
  readonly #clock = systemClock()
  readonly #ring = createRing()
  readonly #probe = createProbe()
  readonly #writer = new RingWriter(this.#ring)
  readonly #pulse: HostPulse
  readonly #recorder: GenerationRecorder
  readonly #handlers = new AlertHandlers((name, message) =>
    warn(`Alert handler "${name}" failed: ${message}`),
  )
  readonly #listeners = new Map<keyof MonitoringEvents, Set<Listener<never>>>()
  #handlerCount = 0
  #thread: EngineThread | undefined
  #starting: Promise<void> | undefined
  #stopping: Promise<readonly FramewatchError[]> | undefined
  #failure: FramewatchError | undefined

  /**
   * Does no I/O, other than reading `configPath`.
   *
   * @throws FramewatchError `CONFIG_INVALID`, `CONFIG_FILE_NOT_FOUND`, `CONFIG_SYNTAX`.
   */
  constructor(options: MonitoringServiceOptions = {}) {
    this.#settings = resolveSettings(options)
    this.#recorder = new GenerationRecorder({
      sink: this.#writer,
      clock: this.#clock,
      random: systemRandom(),
    })
    const onBeat = () => {
      if (this.#writer.flushSpilled()) this.#recorder.flushProgress()
    }
    this.#pulse = new HostPulse({ probe: this.#probe, clock: this.#clock, onBeat })
  }

  /** Where everything is stored: an absolute path. */
  get baseDir(): string {
    return this.#settings.baseDir
  }

  /**
   * Opens the store and starts the engine's thread. Idempotent.
   *
   * @throws FramewatchError `BASE_DIR_UNWRITABLE`, `BASE_DIR_IN_USE`, `STORE_DAMAGED`, `STORE_NEWER_SCHEMA`,
   *   `STORE_DISK_FULL`, `STORE_WRITE_FAILED`, `ENGINE_FAILED`, `ENGINE_TIMEOUT`; `SERVICE_STOPPED` after `stop()`.
   */
  start(): Promise<void> {
    if (this.#stopping)
      return Promise.reject(new FramewatchError('SERVICE_STOPPED', 'Cannot start a service that was stopped'))
    this.#starting ??= this.#start()
    return this.#starting
  }

  /** Ends the engine's thread in order. Idempotent; never rejects; resolves to what went wrong on the way. */
  stop(): Promise<readonly FramewatchError[]> {
    this.#stopping ??= this.#stop()
    return this.#stopping
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  /**
   * Calls `listener` on each event, on this thread; returns the function that ends it. A listener that throws
   * affects nothing else. Listening costs a message per event: `generation` at every step of every generation.
   */
  on<Name extends keyof MonitoringEvents>(name: Name, listener: Listener<Name>): () => void {
    requireFunction('listener', listener)
    const listeners = this.#listeners.get(name) ?? new Set()
    this.#listeners.set(name, listeners)
    listeners.add(listener)
    listenTo(this.#probe, eventNumber(name))
    return () => {
      listeners.delete(listener)
      if (listeners.size === 0 && name !== 'alert') ignore(this.#probe, eventNumber(name))
    }
  }

  /**
   * Calls `handler` when an alert fires and when it is resolved; returns the function that ends it. A second
   * handler of the same name replaces the first.
   */
  registerAlertHandler(handler: (event: AlertEvent) => void | Promise<void>, name?: string): () => void {
    listenTo(this.#probe, eventNumber('alert'))
    requireFunction('handler', handler)
    this.#handlerCount += 1
    return this.#handlers.register(name ?? `handler-${this.#handlerCount}`, handler)
  }

  /** Starts to follow a generation. Costs microseconds; never throws. */
  startGeneration(request?: GenerationRequest): GenerationHandle {
    return this.#recorder.startGeneration(request)
  }

  /**
   * Follows one call: succeeded with what `fn` may have passed to `handle.complete`, failed with what it throws
   * (which is thrown on).
   */
  async trackGeneration<T>(
    request: GenerationRequest,
    fn: (handle: GenerationHandle) => Promise<T> | T,
  ): Promise<T> {
    const handle = this.startGeneration(request)
    try {
      const value = await fn(handle)
      handle.complete()
      return value
    } catch (error) {
      handle.fail(error)
      throw error
    }
  }

  /**
   * Tells the true end of a generation that is recorded as lost or timed out: by a webhook that came late, or a look at
   * the provider's own list.
   *
   * @param end.endedAtMs - Unix milliseconds, where it is known.
   * @returns the record as it is now.
   * @throws FramewatchError `GENERATION_NOT_FOUND`; `QUERY_INVALID` when it is neither lost nor timed out, or the outcome is
   *   none that is known.
   */
  async reconcileGeneration(id: string, end: TrueEnd): Promise<GenerationRecord> {
    const { outcome, endedAtMs } = end ?? {}
    if (outcome === undefined || !trueOutcomes.includes(outcome)) {
      const fact = `Expected an outcome of ${trueOutcomes.join(', ')}, got \`${String(outcome)}\``
      throw new FramewatchError('QUERY_INVALID', fact, { details: { key: 'outcome' } })
    }
    const known = Number.isFinite(endedAtMs) ? endedAtMs : undefined
    return this.#running().query('reconcile', { id, end: toldEnd(outcome, end), endedAtMs: known })
  }

  /** The status now. Never rejects: a service that does not run, or does not answer, has the status `unknown`. */
  async getSystemStatus(): Promise<SystemStatus> {
    try {
      return await this.#running().query('status')
    } catch (error) {
      return unknownStatus(this.#settings, this.#clock.nowMs(), messageOf(error))
    }
  }

  /**
   * Statistics and trend of every series over the last `windowSeconds`.
   *
   * @throws FramewatchError `SERVICE_NOT_STARTED`, `SERVICE_STOPPED`, `ENGINE_FAILED`, `ENGINE_TIMEOUT`.
   */
  async getDetailedMetrics(options: { readonly windowSeconds?: number } = {}): Promise<DetailedMetrics> {
    return this.#running().query('detailedMetrics', options.windowSeconds ?? 3600)
  }

  /** One recorded generation; undefined when the id is not known. Throws as `getDetailedMetrics`. */
  async getGeneration(id: string): Promise<GenerationRecord | undefined> {
    return this.#running().query('generation', String(id))
  }

  /**
   * Pictures of the checked output of a generation: absolute paths of those that exist, the poster first. Throws as
   * `getDetailedMetrics`.
   */
  async getThumbnails(id: string): Promise<readonly string[]> {
    return this.#running().query('thumbnails', String(id))
  }

  /** Recorded generations, newest first, in pages. Throws as `getDetailedMetrics`. */
  async listGenerations(query: GenerationQuery = {}): Promise<GenerationPage> {
    return this.#running().query('generations', query)
  }

  /** Alert history, newest first. Throws as `getDetailedMetrics`. */
  async listAlertEvents(query: AlertEventQuery = {}): Promise<readonly AlertEvent[]> {
    return this.#running().query('alertEvents', query)
  }

  /** Faults that hardware reported, newest first. Throws as `getDetailedMetrics`. */
  async listFaults(query: FaultQuery = {}): Promise<readonly FaultRecord[]> {
    return this.#running().query('faults', query)
  }

  /** Performance snapshots, newest first. Throws as `getDetailedMetrics`. */
  async listSnapshots(limit = 50): Promise<readonly Snapshot[]> {
    return this.#running().query('snapshots', limit)
  }

  async #start(): Promise<void> {
    this.#pulse.start()
    process.once('exit', this.#flushBeforeExit)
    try {
      this.#thread = new EngineThread({
        input: { settings: this.#settings, ring: this.#ring, probe: this.#probe },
        clock: this.#clock,
        onEvent: (name, payload) => this.#emit(name, payload as never),
        onFailure: (error) => this.#fail(error),
      })
      await this.#thread.ready()
    } catch (error) {
      this.#release()
      throw error
    }
  }

  async #stop(): Promise<readonly FramewatchError[]> {
    this.#writer.takeNoMore()
    const started = await this.#starting?.then(
      () => true,
      () => false,
    )
    if (started && !this.#failure) await this.#drainSpilled()
    this.#writer.abandonSpilled()
    this.#writer.close()
    const failures = started && !this.#failure ? await this.#thread?.stop() : undefined
    this.#release()
    return failures ?? (this.#failure ? [this.#failure] : [])
  }

  /** What did not fit into the ring goes through it now, one ring-full after the other. */
  async #drainSpilled(): Promise<void> {
    const deadlineMs = this.#clock.monotonicMs() + stopDrainMs
    try {
      while (!this.#writer.flushSpilled() && this.#clock.monotonicMs() < deadlineMs) {
        await this.#thread?.query('drain')
      }
    } catch {
      // The thread is gone or does not answer: its stop says so.
    }
  }

  #fail(error: FramewatchError): void {
    this.#failure = error
    this.#writer.takeNoMore()
    this.#release()
  }

  #release(): void {
    this.#pulse.stop()
    process.off('exit', this.#flushBeforeExit)
  }

  readonly #flushBeforeExit = (): void => this.#writer.flushBeforeExit(this.#clock, exitFlushMs)

  #running(): EngineThread {
    if (this.#failure) throw this.#failure
    if (this.#stopping) throw new FramewatchError('SERVICE_STOPPED', 'The service was stopped')
    if (!this.#thread) throw new FramewatchError('SERVICE_NOT_STARTED', 'The service was not started')
    return this.#thread
  }

  #emit<Name extends keyof MonitoringEvents>(name: Name, payload: MonitoringEvents[Name]): void {
    if (name === 'alert') this.#handlers.deliver(payload as AlertEvent)
    for (const listener of this.#listeners.get(name) ?? [])
      void callListener(name, listener as Listener<Name>, payload)
  }
}

/** What a listener throws, at once or later, must not reach the host as an uncaught error. */
async function callListener<Name extends keyof MonitoringEvents>(
  name: Name,
  listener: (payload: MonitoringEvents[Name]) => unknown,
  payload: MonitoringEvents[Name],
): Promise<void> {
  try {
    await listener(payload)
  } catch (error) {
    warn(`A listener of "${name}" threw: ${messageOf(error)}`)
  }
}

/** The bit of an event in the probe. */
function eventNumber(name: keyof MonitoringEvents): number {
  const index = monitoringEventNames.indexOf(name)
  if (index >= 0) return index
  const expected = monitoringEventNames.join(', ')
  throw new FramewatchError('CONFIG_INVALID', `Expected an event of ${expected}, got \`${name}\``, {
    details: { key: 'name' },
  })
}

function requireFunction(key: string, value: unknown): void {
  if (typeof value === 'function') return
  throw new FramewatchError('CONFIG_INVALID', `Expected \`${key}\` to be a function, got ${typeof value}`, {
    details: { key },
  })
}

function warn(text: string): void {
  process.emitWarning(text, 'FramewatchWarning')
}
