import type { AlertEvent, AlertInstance, NotificationDecision } from '../model/alert.ts'
import { type GenerationRecord, isEnded } from '../model/generation.ts'
import type { Snapshot } from '../model/status.ts'
import { listPlainly } from './generations.reference.contract.ts'
import { ReferenceSamples } from './samples.reference.contract.ts'
import type { AlertEventQuery, DecisionQuery, GenerationQuery, RetentionPolicy, WriteBatch } from './store.ts'

/** What a store must answer, written as plainly as can be: arrays in memory, filtered and sorted. */
export class ReferenceStore {
  readonly samples = new ReferenceSamples()
  readonly #generations = new Map<string, GenerationRecord>()
  readonly #events = new Map<string, AlertEvent>()
  readonly #instances = new Map<string, AlertInstance>()
  readonly #decisions = new Map<string, NotificationDecision>()
  readonly #snapshots = new Map<string, Snapshot>()

  write(batch: WriteBatch): void {
    const { tick, generations = [], alertEvents = [], alertInstances, decisions = [], snapshots = [] } = batch
    if (tick) this.samples.write(tick)
    for (const record of generations) this.#generations.set(record.id, record)
    for (const event of alertEvents) this.#events.set(event.id, event)
    for (const key of alertInstances?.removed ?? []) this.#instances.delete(key)
    for (const instance of alertInstances?.changed ?? []) this.#instances.set(instance.key, instance)
    for (const decision of decisions) this.#decisions.set(decision.id, decision)
    for (const snapshot of snapshots) this.#snapshots.set(snapshot.id, snapshot)
  }

  maintain(policy: RetentionPolicy, nowMs: number): void {
    this.samples.maintain(policy, nowMs)
    for (const { id, status, queuedAtMs, endedAtMs = queuedAtMs } of this.#generations.values())
      if (isEnded(status) && Math.max(queuedAtMs, endedAtMs) < nowMs - policy.generationsMs)
        this.#generations.delete(id)
    for (const { id, timestampMs } of this.#events.values())
      if (timestampMs < nowMs - policy.alertEventsMs) this.#events.delete(id)
    for (const { id, timestampMs } of this.#decisions.values())
      if (timestampMs < nowMs - policy.alertEventsMs) this.#decisions.delete(id)
    for (const { id, timestampMs } of this.#snapshots.values())
      if (timestampMs < nowMs - policy.snapshotsMs) this.#snapshots.delete(id)
  }

  getGeneration(id: string): GenerationRecord | undefined {
    return this.#generations.get(id)
  }

  /** All of them: pages are for the caller to cut. */
  listGenerations(query: GenerationQuery): GenerationRecord[] {
    return listPlainly(this.#generations.values(), query)
  }

  countGenerations(query: GenerationQuery): Record<string, number> {
    const counts: Record<string, number> = {}
    for (const { status } of this.listGenerations(query)) counts[status] = (counts[status] ?? 0) + 1
    return counts
  }

  listAlertEvents({
    rule,
    level,
    transition,
    fromMs = -Infinity,
    toMs = Infinity,
    limit = 50,
  }: AlertEventQuery): AlertEvent[] {
    return newestFirst(this.#events)
      .filter(({ alert }) => rule === undefined || alert.rule === rule)
      .filter(({ alert }) => level === undefined || alert.level === level)
      .filter((event) => transition === undefined || event.transition === transition)
      .filter(({ timestampMs }) => timestampMs >= fromMs && timestampMs <= toMs)
      .slice(0, limit)
  }

  loadAlertInstances(): AlertInstance[] {
    return [...this.#instances.values()].sort((a, b) => (a.key < b.key ? -1 : 1))
  }

  listDecisions({
    limit = 50,
    fromMs = -Infinity,
    toMs = Infinity,
    ...wanted
  }: DecisionQuery): NotificationDecision[] {
    return newestFirst(this.#decisions)
      .filter(({ alertKey }) => wanted.alertKey === undefined || alertKey === wanted.alertKey)
      .filter(({ receiver }) => wanted.receiver === undefined || receiver === wanted.receiver)
      .filter(({ decision }) => wanted.decision === undefined || decision === wanted.decision)
      .filter(({ timestampMs }) => timestampMs >= fromMs && timestampMs <= toMs)
      .slice(0, limit)
  }

  listSnapshots(limit: number, toMs = Infinity): Snapshot[] {
    return newestFirst(this.#snapshots)
      .filter(({ timestampMs }) => timestampMs <= toMs)
      .slice(0, limit)
  }
}

/** A map keeps the order of insertion; the later of two with one time comes first. */
function newestFirst<T extends { readonly timestampMs: number }>(records: ReadonlyMap<string, T>): T[] {
  return [...records.values()].reverse().sort((a, b) => b.timestampMs - a.timestampMs)
}
