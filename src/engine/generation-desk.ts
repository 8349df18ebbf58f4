import { FramewatchError } from '../model/errors.ts'
import { type GenerationRecord, isPendingCheck, type OutputCheckResult } from '../model/generation.ts'
import type { Sample } from '../model/sample.ts'
import type { GenerationNotice, RecorderHealth } from '../model/status.ts'
import type { GenerationPage, GenerationQuery } from '../store/store.ts'
import { dayMs, sleep } from '../system/clock.ts'
import { readEvent } from '../track/event-reader.ts'
import type { GenerationEvent } from '../track/generation-event.ts'
import { notChecked } from '../track/output-check.ts'
import type { EngineParts } from './engine-parts.ts'
import { endedSince } from './last-day.ts'
import type { Reconciliation } from './protocol.ts'
import type { WriteBuffer } from './write-buffer.ts'

const eventsPerBatch = 1000
/** The clocks of others are off by a little. */
const clockSlackMs = 60_000
/** A file that waited for longer may be gone, and nobody waits for the answer. */
const checkableMs = dayMs

type DeskParts = Pick<EngineParts, 'events' | 'tracker' | 'checks' | 'store' | 'clock' | 'emit'>

/** What the engine does with generations: takes their events, stores what they changed, tells it, and answers. */
export class GenerationDesk {
  readonly #parts: DeskParts
  readonly #buffer: WriteBuffer
  readonly #onFlush: () => void

  constructor(options: { parts: DeskParts; buffer: WriteBuffer; onFlush: () => void }) {
    this.#parts = options.parts
    this.#buffer = options.buffer
    this.#onFlush = options.onFlush
  }

  /**
   * Takes and stores what was recorded until now: what is recorded meanwhile waits for the next time, or a host that
   * never pauses would be all there is to do. What happened is told once it is stored.
   *
   * @returns how many events there were.
   */
  async take(): Promise<number> {
    const { events, tracker } = this.#parts
    const mark = events.mark()
    let total = 0
    let taken: GenerationEvent[]
    do {
      taken = events.take(readEvent, eventsPerBatch, mark)
      total += taken.length
      const notices: GenerationNotice[] = []
      for (const event of taken) {
        const notice = tracker.apply(event)
        if (notice) notices.push(notice)
      }
      await this.flush()
      this.#tell(notices)
    } while (taken.length === eventsPerBatch)
    return total
  }

  /** What a tick says of the GPUs of generations; tells who is stalled from now on. */
  observe(samples: readonly Sample[], monotonicMs: number): void {
    this.#tell(this.#parts.tracker.observe(samples, monotonicMs))
  }

  /** Writes what waits. */
  async flush(): Promise<void> {
    const { tracker, clock } = this.#parts
    this.#buffer.add({ generations: tracker.takeChanges(clock.monotonicMs()) })
    await this.#buffer.flush()
    this.#onFlush()
  }

  /** Ends as lost what is under way. */
  async loseAll(message: string): Promise<void> {
    const { tracker, clock } = this.#parts
    const lost = tracker.loseAll(message, clock.monotonicMs())
    await this.flush()
    this.#tell(lost)
  }

  /** Reads ended generations of the past back, in pages, between other work. What ended since the start is there already. */
  async restore(isStopping: () => boolean): Promise<void> {
    const { store, tracker, clock } = this.#parts
    const nowMs = clock.nowMs()
    const fromMs = Math.min(tracker.ledger.restoreFromMs(nowMs), nowMs - checkableMs)
    for await (const { records, nextCursor } of endedSince(store, fromMs)) {
      const past = records.filter(({ endedAtMs = 0 }) => endedAtMs < nowMs)
      for (const record of past) tracker.restore(record, nowMs)
      for (const record of past.filter(isPendingCheck)) this.#resumeCheck(record, nowMs)
      if (isStopping()) return
      if (nextCursor !== undefined) await sleep(clock, 0)
    }
    tracker.ledger.endRestore()
  }

  /** Stores and tells what came of the check of an output. */
  async settleCheck(id: string, result: OutputCheckResult): Promise<void> {
    const { tracker, clock } = this.#parts
    const record = await this.get(id)
    const notice = record && tracker.check(record, result, clock.nowMs())
    if (!notice) return
    await this.flush()
    this.#tell([notice])
  }

  /** While the disk is full, the newest state waits in the buffer. */
  async get(id: string): Promise<GenerationRecord | undefined> {
    return this.#buffer.generation(id) ?? this.#parts.store.getGeneration(id)
  }

  list(query: GenerationQuery): Promise<GenerationPage> {
    return this.#parts.store.listGenerations(query)
  }

  /** @throws FramewatchError `GENERATION_NOT_FOUND`; `QUERY_INVALID` when it is neither lost nor timed out. */
  async reconcile({ id, end, endedAtMs }: Reconciliation): Promise<GenerationRecord> {
    const { tracker, clock } = this.#parts
    const record = await this.get(id)
    if (!record) throw new FramewatchError('GENERATION_NOT_FOUND', `No generation has the id \`${id}\``)
    const [earliestMs, nowMs] = [record.startedAtMs ?? record.queuedAtMs, clock.nowMs()]
    if (endedAtMs !== undefined && !(endedAtMs >= earliestMs && endedAtMs <= nowMs + clockSlackMs)) {
      const fact = `Expected \`endedAtMs\` between the start of \`${id}\` (${earliestMs}) and now, got ${endedAtMs}`
      throw new FramewatchError('QUERY_INVALID', fact, { details: { key: 'endedAtMs' } })
    }
    const notice = tracker.reconcile(record, end, nowMs, endedAtMs)
    if (!notice) {
      const fact = `Only a lost or timed out generation can be reconciled, and \`${id}\` is ${record.status}`
      throw new FramewatchError('QUERY_INVALID', fact, { details: { key: 'id' } })
    }
    await this.flush()
    this.#tell([notice])
    return notice.record
  }

  health(): RecorderHealth {
    const { progress, events, invalid } = this.#parts.events.dropped
    return { droppedProgress: progress, droppedEvents: events, invalidEvents: invalid }
  }

  /** A check that the last run did not come to. */
  #resumeCheck(record: GenerationRecord, nowMs: number): void {
    const { tracker, checks } = this.#parts
    const isLate = nowMs - (record.endedAtMs ?? 0) > checkableMs
    const check = isLate
      ? notChecked('It waited for its check for more than a day', nowMs)
      : (checks.admit(record) ?? notChecked('Checks were switched off before it had its turn', nowMs))
    const notice = check.verdict === 'pending' ? undefined : tracker.check(record, check, nowMs)
    if (notice) this.#tell([notice])
  }

  #tell(notices: readonly GenerationNotice[]): void {
    for (const notice of notices) this.#parts.emit('generation', () => notice)
  }
}
