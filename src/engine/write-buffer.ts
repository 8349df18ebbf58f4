import type { AlertEvent, AlertInstance, NotificationDecision } from '../model/alert.ts'
import type { FramewatchError } from '../model/errors.ts'
import type { GenerationRecord } from '../model/generation.ts'
import type { FaultRecord } from '../model/hardware-fault.ts'
import type { Tick } from '../model/sample.ts'
import type { Snapshot } from '../model/status.ts'
import type { Store, WriteBatch } from '../store/store.ts'

/** Most kept while the store refuses writes: the oldest ticks go first, records and alert events last. */
const maxTicks = 240
const maxRecords = 20_000
/** Records of one transaction: what waited long is written bit by bit, in short steps that need little room at once. */
const maxRecordsPerBatch = 500

/**
 * What waits to be written. When the store refuses (a full disk), everything waits here, bounded, and is written
 * by a later flush: the store resumes by itself.
 */
export class WriteBuffer {
  readonly #store: Pick<Store, 'write'>
  #ticks: Tick[] = []
  #generations = new Map<string, GenerationRecord>()
  #alertEvents: AlertEvent[] = []
  #changed = new Map<string, AlertInstance>()
  #removed = new Set<string>()
  #decisions: NotificationDecision[] = []
  #faults: FaultRecord[] = []
  #snapshots: Snapshot[] = []
  #dropped = 0
  #lastError: FramewatchError | undefined

  constructor(store: Pick<Store, 'write'>) {
    this.#store = store
  }

  /** Why the last flush failed; undefined when it did not. */
  get lastError(): FramewatchError | undefined {
    return this.#lastError
  }

  /** Ticks, records and events given up because the store refused writes for too long. */
  get dropped(): number {
    return this.#dropped
  }

  /** A record that waits; undefined when it is written, or not known. */
  generation(id: string): GenerationRecord | undefined {
    return this.#generations.get(id)
  }

  add(batch: WriteBatch): void {
    if (batch.tick) this.#ticks.push(batch.tick)
    for (const record of batch.generations ?? []) {
      // The last to change is the last to be given up.
      this.#generations.delete(record.id)
      this.#generations.set(record.id, record)
    }
    this.#alertEvents.push(...(batch.alertEvents ?? []))
    this.#decisions.push(...(batch.decisions ?? []))
    this.#faults.push(...(batch.faults ?? []))
    this.#snapshots.push(...(batch.snapshots ?? []))
    for (const instance of batch.alertInstances?.changed ?? []) {
      this.#changed.set(instance.key, instance)
      this.#removed.delete(instance.key)
    }
    for (const key of batch.alertInstances?.removed ?? []) {
      this.#removed.add(key)
      this.#changed.delete(key)
    }
  }

  /** Writes all that waits; a failure is kept in `lastError`, and what was not written goes on waiting. */
  async flush(): Promise<void> {
    try {
      for (let batch = this.#next(); batch; batch = this.#next()) {
        await this.#store.write(batch)
        this.#forget(batch)
      }
      this.#lastError = undefined
    } catch (error) {
      this.#lastError = error as FramewatchError
      this.#bound()
    }
  }

  #next(): WriteBatch | undefined {
    const [tick] = this.#ticks
    const generations = [...this.#generations.values()].slice(0, maxRecordsPerBatch)
    const events =
      this.#alertEvents.length + this.#decisions.length + this.#faults.length + this.#snapshots.length
    const waiting = generations.length + events
    if (!tick && waiting + this.#changed.size + this.#removed.size === 0) return undefined
    return {
      tick,
      generations,
      alertEvents: this.#alertEvents,
      alertInstances: { changed: [...this.#changed.values()], removed: [...this.#removed] },
      decisions: this.#decisions,
      faults: this.#faults,
      snapshots: this.#snapshots,
    }
  }

  #forget(batch: WriteBatch): void {
    if (batch.tick) this.#ticks.shift()
    for (const { id } of batch.generations ?? []) this.#generations.delete(id)
    this.#alertEvents = []
    this.#changed.clear()
    this.#removed.clear()
    this.#decisions = []
    this.#faults = []
    this.#snapshots = []
  }

  #bound(): void {
    this.#dropped += this.#ticks.splice(0, this.#ticks.length - maxTicks).length
    this.#dropped += this.#alertEvents.splice(0, this.#alertEvents.length - maxRecords).length
    this.#dropped += this.#decisions.splice(0, this.#decisions.length - maxRecords).length
    this.#dropped += this.#faults.splice(0, this.#faults.length - maxRecords).length
    this.#dropped += this.#snapshots.splice(0, this.#snapshots.length - maxTicks).length
    for (const id of this.#generations.keys()) {
      if (this.#generations.size <= maxRecords) break
      this.#generations.delete(id)
      this.#dropped += 1
    }
  }
}
