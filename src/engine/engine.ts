/**
 * The running whole: generation events and collected metrics flow in; stored history, alerts, snapshots and
 * answers flow out. It runs on a thread of its own and knows its parts only by narrow interfaces; `compose.ts`
 * builds them. It never touches the host beyond reading its event loop's marks.
 */
import { ticksToKeep } from '../collect/vital-signs.ts'
import type { AlertEvent } from '../model/alert.ts'
import { FramewatchError, isFramewatchError, messageOf } from '../model/errors.ts'
import type { Tick } from '../model/sample.ts'
import type { DetailedMetrics, SourceHealth, SystemStatus } from '../model/status.ts'
import type { AlertEventQuery, FaultQuery, GenerationQuery } from '../store/store.ts'
import { sleep, type Timer } from '../system/clock.ts'
import { IdMaker } from '../system/random.ts'
import { Ticker } from '../system/ticker.ts'
import type { EngineParts } from './engine-parts.ts'
import { FaultLog } from './fault-log.ts'
import { GenerationDesk } from './generation-desk.ts'
import { LatestSamples } from './latest-samples.ts'
import type { EngineQueries, Reconciliation } from './protocol.ts'
import { QualityDesk } from './quality-desk.ts'
import { readDetailedMetrics } from './read-model.ts'
import { SelfWatch } from './self-metrics.ts'
import { assessStatus, snapshotOf } from './status.ts'
import { Thumbnails } from './thumbnails.ts'
import { WriteBuffer } from './write-buffer.ts'

/** Events are gathered this long before they are written: a start is durable well within 250 ms. */
const drainIntervalMs = 50
/** After so many times without an event, the thread sleeps until there is one: to wake it costs the host 10 µs or more. */
const idleDrains = 20
/** The second tick follows soon, so that what needs two readings is known soon. */
const secondTickMs = 1000
const retentionIntervalMs = 3600_000

/** Runs until it is stopped. */
export class Engine implements EngineQueries {
  readonly #parts: EngineParts
  readonly #buffer: WriteBuffer
  readonly #desk: GenerationDesk
  readonly #quality: QualityDesk
  readonly #thumbnails: Thumbnails
  readonly #latest = new LatestSamples()
  readonly #tickers: Ticker[]
  readonly #snapshotIds: IdMaker
  #work: Promise<unknown> = Promise.resolve()
  #draining: Promise<void> | undefined
  #firstTick: Promise<void> | undefined
  #begun: Promise<void> | undefined
  #secondTick: Timer | undefined
  #ticking: Promise<void> | undefined
  #ticks: readonly Tick[] = []
  #health: readonly SourceHealth[] = []
  readonly #self: SelfWatch
  readonly #faultLog: FaultLog
  #lastTickMonotonicMs = 0
  #isRetentionPutOff = false
  #stopping = false

  constructor(parts: EngineParts) {
    this.#parts = parts
    this.#buffer = new WriteBuffer(parts.store)
    this.#desk = new GenerationDesk({ parts, buffer: this.#buffer, onFlush: () => this.#afterFlush() })
    this.#snapshotIds = new IdMaker('snap', parts.random)
    this.#self = new SelfWatch(parts.clock)
    this.#faultLog = new FaultLog({ node: parts.settings.node, random: parts.random })
    const { clock, settings } = parts
    this.#thumbnails = new Thumbnails(settings.baseDir, settings.quality.thumbnails, clock)
    this.#quality = this.#qualityDesk(parts)
    const every = (intervalMs: number, work: (lateMs: number) => Promise<void>) =>
      new Ticker({ clock, intervalMs, work })
    this.#tickers = [
      every(settings.collectionIntervalMs, (lateMs) => this.tick(lateMs)),
      every(settings.snapshotIntervalMs, () => this.snapshot()),
      every(retentionIntervalMs, () => this.#applyRetention()),
    ]
  }

  /** Begins to listen and collect; returns when the first tick is under way. */
  start(): void {
    this.#draining = this.#drainForEver()
    for (const ticker of this.#tickers) ticker.start()
    this.#firstTick = this.#beginTicks()
    // A service that is restarted more often than once an hour must not keep everything for ever.
    this.#begun = this.#firstTick.then(() => this.#applyRetention())
  }

  /**
   * Takes what is left, ends what is under way as lost, and closes the store. The source of events must be closed
   * before. Returns what went wrong.
   */
  async stop(): Promise<readonly FramewatchError[]> {
    this.#stopping = true
    this.#secondTick?.cancel()
    await Promise.all([this.#quality.stop(), ...this.#tickers.map((ticker) => ticker.stop())])
    await this.#begun
    await this.#ticking
    await this.#draining
    return this.#exclusively(async () => {
      await this.#desk.take()
      await this.#desk.loseAll('Monitoring was stopped before the generation ended')
      const failures = this.#buffer.lastError
        ? [this.#buffer.lastError]
        : await this.#attempt(() => this.#signOff())
      await this.#parts.collector.close()
      return [...failures, ...(await this.#attempt(() => this.#parts.store.close()))]
    })
  }

  /** Takes the events that wait, and stores what they changed. */
  async drain(): Promise<void> {
    await this.#drain()
  }

  /** @returns how many events there were. */
  #drain(): Promise<number> {
    return this.#exclusively(async () => {
      const { events } = this.#parts
      // Asked before the events are taken: one that is recorded meanwhile must be taken first.
      const isAwaited = events.flushRequested
      const count = await this.#desk.take()
      if (isAwaited) events.flushed()
      return count
    })
  }

  /**
   * Collects, evaluates, stores, and tells. One at a time: while a tick is under way, the next one is that one.
   *
   * @param lateMs - how long after it was due.
   */
  tick(lateMs = 0): Promise<void> {
    this.#ticking ??= this.#tick(lateMs).finally(() => {
      this.#ticking = undefined
    })
    return this.#ticking
  }

  async #tick(lateMs: number): Promise<void> {
    const { clock, collector, tracker, alerts, emit } = this.#parts
    const [startMs, timestampMs] = [clock.monotonicMs(), clock.nowMs()]
    const { samples: collected, health, faults: reported } = await collector.collect()
    await this.#exclusively(async () => {
      await this.#desk.take()
      const nowMs = clock.nowMs()
      this.#desk.observe(collected, startMs)
      const self = this.#self.samples({ ...this.#selfHealth(), tickDelayMs: lateMs })
      const samples = [...collected, ...tracker.samples(nowMs), ...this.#quality.samples(nowMs), ...self]
      const tick: Tick = { timestampMs, monotonicMs: startMs, samples }
      const active = reported.length === 0 ? [] : tracker.summarize(nowMs).active
      const faults = this.#faultLog.records(reported, active, nowMs)
      this.#ticks = ticksToKeep([tick, ...this.#ticks])
      this.#health = health
      this.#latest.update(tick)
      const { events, changed, removed, failures, dropped } = alerts.evaluate(this.#latest, nowMs)
      this.#self.alertTrouble = {
        failedRules: failures.length,
        unfollowedAlerts: dropped.reduce((sum, { count }) => sum + count, 0),
      }
      this.#buffer.add({ tick, alertEvents: events, alertInstances: { changed, removed }, faults })
      await this.#desk.flush()
      this.#lastTickMonotonicMs = clock.monotonicMs()
      this.#self.tickDurationMs = this.#lastTickMonotonicMs - startMs
      emit('metrics', () => ({ tick, vitalSigns: this.#vitalSigns(), collectors: health }))
      for (const fault of faults) emit('fault', () => fault)
      for (const event of events) if (isTold(event)) emit('alert', () => event)
    })
  }

  /** Summarises, stores, and tells. */
  async snapshot(): Promise<void> {
    const { clock, tracker, emit } = this.#parts
    const status = await this.status()
    const id = this.#snapshotIds.next(clock.nowMs())
    const snapshot = { id, ...snapshotOf(status), groups: tracker.groups(status.timestampMs) }
    await this.#exclusively(async () => {
      this.#buffer.add({ snapshots: [snapshot] })
      await this.#desk.flush()
    })
    emit('snapshot', () => snapshot)
  }

  async status(): Promise<SystemStatus> {
    // Asked right after the start, the status is that of the first tick, not that of nothing.
    await this.#firstTick
    return this.#exclusively(async () => {
      await this.#desk.take()
      const { clock, settings, tracker, alerts, store } = this.#parts
      const nowMs = clock.nowMs()
      const shared = {
        nowMs,
        alerts: alerts.summary(nowMs),
        collectors: this.#health,
        recorder: this.#desk.health(),
        performance: tracker.summarize(nowMs),
      }
      const storeError = this.#buffer.lastError?.toPlain() ?? null
      const { collectionIntervalMs } = settings
      // By the monotonic clock: a step of the wall clock makes no tick old.
      const lastTickMs = this.#ticks[0] && nowMs - (clock.monotonicMs() - this.#lastTickMonotonicMs)
      return {
        ...assessStatus({
          ...shared,
          lastTickMs,
          collectionIntervalMs,
          storeError: storeError?.message ?? null,
        }),
        timestampMs: nowMs,
        node: settings.node,
        baseDir: settings.baseDir,
        metrics: this.#vitalSigns(),
        performance: shared.performance,
        alerts: shared.alerts,
        collectors: shared.collectors,
        recorder: shared.recorder,
        store: {
          sizeBytes: await store.sizeBytes().catch(() => 0),
          lastError: storeError,
          setAside: store.setAside ?? null,
        },
      }
    })
  }

  async detailedMetrics(windowSeconds: number): Promise<DetailedMetrics> {
    if (!(windowSeconds > 0 && Number.isFinite(windowSeconds))) {
      const fact = `Expected \`windowSeconds\` to be above 0, got ${windowSeconds}`
      throw new FramewatchError('QUERY_INVALID', fact, { details: { key: 'windowSeconds' } })
    }
    const { store, clock, metrics } = this.#parts
    const series = await readDetailedMetrics(store, metrics(), windowSeconds, clock.nowMs())
    return {
      timestampMs: clock.nowMs(),
      vitalSigns: this.#vitalSigns(),
      collectors: this.#health,
      series,
    }
  }

  async generation(id: string) {
    await this.drain()
    return this.#desk.get(id)
  }

  /** Paths of the pictures of its output that exist; none when the id is not known. */
  async thumbnails(id: string): Promise<readonly string[]> {
    const record = await this.generation(id)
    return record ? this.#thumbnails.pathsOf(record) : []
  }

  async generations(query: GenerationQuery) {
    await this.drain()
    return this.#desk.list(query)
  }

  reconcile(reconciliation: Reconciliation) {
    return this.#exclusively(async () => {
      await this.#desk.take()
      return this.#desk.reconcile(reconciliation)
    })
  }

  async faults(query: FaultQuery) {
    return this.#parts.store.listFaults(query)
  }

  alertEvents(query: AlertEventQuery) {
    return this.#parts.store.listAlertEvents(query)
  }

  snapshots(limit: number) {
    return this.#parts.store.listSnapshots(limit)
  }

  #vitalSigns(): SystemStatus['metrics'] {
    return this.#parts.vitalSigns(this.#ticks, this.#latest)
  }

  async #beginTicks(): Promise<void> {
    const { clock, settings } = this.#parts
    // What cannot be read back is missing from the windows; a store in that state refuses writes too, and says so.
    await this.#desk.restore(() => this.#stopping).catch(() => undefined)
    this.#quality.start()
    await this.tick()
    if (settings.collectionIntervalMs <= secondTickMs || this.#stopping) return
    this.#secondTick = clock.setTimer(() => void this.tick(), secondTickMs, { keepAlive: false })
  }

  async #drainForEver(): Promise<void> {
    const { events, clock } = this.#parts
    for (let idle = idleDrains; !this.#stopping && !events.isClosed; ) {
      if (idle >= idleDrains) await events.readable()
      // Gathered first: reading beside the one who writes slows him down.
      await sleep(clock, drainIntervalMs)
      if (this.#stopping) return
      idle = (await this.#drain()) > 0 ? 0 : idle + 1
    }
  }

  #qualityDesk({ settings, checks, checker, clock }: EngineParts): QualityDesk {
    return new QualityDesk({
      settings: settings.quality,
      queue: checks,
      checker,
      thumbnails: this.#thumbnails,
      clock,
      read: (id) => this.#exclusively(() => this.#desk.get(id)),
      settle: (id, result) => this.#exclusively(() => this.#desk.settleCheck(id, result)),
    })
  }

  #afterFlush(): void {
    this.#quality.pump()
    this.#resumeRetention()
  }

  #resumeRetention(): void {
    if (!this.#isRetentionPutOff || this.#buffer.lastError) return
    this.#isRetentionPutOff = false
    this.#begun = this.#applyRetention(true)
  }

  /**
   * What it throws is for the next tick to tell: it is tried again in an hour. A full disk is told by the writes that
   * are refused, and it is tried again as soon as one is not.
   */
  async #applyRetention(isRetry = false): Promise<void> {
    const { store, settings, clock } = this.#parts
    const apply = async () => {
      try {
        const hasMore = await store.maintain(settings.retention, clock.nowMs())
        this.#self.isMaintenanceFailing = false
        return hasMore
      } catch (error) {
        this.#isRetentionPutOff = !isRetry && isFramewatchError(error, 'STORE_DISK_FULL')
        this.#self.isMaintenanceFailing = !this.#isRetentionPutOff
        return false
      }
    }
    while (!this.#stopping && (await this.#exclusively(apply))) await sleep(clock, 0)
  }

  /** What a step of the stop throws does not keep the other steps from being done. */
  async #attempt(step: () => Promise<void>): Promise<readonly FramewatchError[]> {
    try {
      await step()
      return []
    } catch (error) {
      if (error instanceof FramewatchError) return [error]
      return [new FramewatchError('STORE_WRITE_FAILED', messageOf(error), { cause: error })]
    }
  }

  /** Tells readers that silence from now on is meant. */
  #signOff(): Promise<void> {
    const { store, writer, clock } = this.#parts
    return store.saveWriter({ ...writer, stoppedAtMs: clock.nowMs() })
  }

  #selfHealth() {
    return {
      recorder: this.#desk.health(),
      storeFailing: this.#buffer.lastError !== undefined,
      storeDropped: this.#buffer.dropped,
      storeSetAside: this.#parts.store.setAside !== undefined,
    }
  }

  /** One piece of work at a time: the parts are not made for interleaving. */
  #exclusively<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#work.then(work)
    this.#work = result.catch(() => undefined)
    return result
  }
}

/** Handlers hear of what fires and of what is over, not of what may come. */
function isTold(event: AlertEvent): boolean {
  return event.transition === 'firing' || event.transition === 'resolved'
}
