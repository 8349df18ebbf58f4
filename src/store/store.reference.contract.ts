import type { AlertEvent, AlertInstance } from '../model/alert.ts'
import { type GenerationRecord, isEnded } from '../model/generation.ts'
import {
  attributesKey,
  matchesAttributes,
  type Point,
  type Sample,
  type Series,
  seriesKey,
  type Tick,
} from '../model/sample.ts'
import type { Snapshot } from '../model/status.ts'
import type {
  Aggregate,
  AlertEventQuery,
  GenerationQuery,
  RangeQuery,
  RetentionPolicy,
  SeriesPoints,
  WriteBatch,
} from './store.ts'

/** What a store must answer, written as plainly as can be: arrays in memory, filtered and sorted. */
export class ReferenceStore {
  readonly #values = new Map<string, { readonly series: Series; readonly points: Map<number, number> }>()
  readonly #times = new Set<number>()
  readonly #generations = new Map<string, GenerationRecord>()
  readonly #events = new Map<string, AlertEvent>()
  readonly #instances = new Map<string, AlertInstance>()
  readonly #snapshots = new Map<string, Snapshot>()

  write({ tick, generations = [], alertEvents = [], alertInstances, snapshots = [] }: WriteBatch): void {
    if (tick) this.#addTick(tick)
    for (const record of generations) this.#generations.set(record.id, record)
    for (const event of alertEvents) this.#events.set(event.id, event)
    for (const key of alertInstances?.removed ?? []) this.#instances.delete(key)
    for (const instance of alertInstances?.changed ?? []) this.#instances.set(instance.key, instance)
    for (const snapshot of snapshots) this.#snapshots.set(snapshot.id, snapshot)
  }

  applyRetention(policy: RetentionPolicy, nowMs: number): void {
    for (const [key, { points }] of this.#values) {
      for (const timestampMs of points.keys())
        if (timestampMs < nowMs - policy.samplesMs) points.delete(timestampMs)
      if (points.size === 0) this.#values.delete(key)
    }
    for (const timestampMs of this.#times)
      if (timestampMs < nowMs - policy.samplesMs) this.#times.delete(timestampMs)
    for (const { id, status, queuedAtMs, endedAtMs = queuedAtMs } of this.#generations.values())
      if (isEnded(status) && Math.max(queuedAtMs, endedAtMs) < nowMs - policy.generationsMs)
        this.#generations.delete(id)
    for (const { id, timestampMs } of this.#events.values())
      if (timestampMs < nowMs - policy.alertEventsMs) this.#events.delete(id)
    for (const { id, timestampMs } of this.#snapshots.values())
      if (timestampMs < nowMs - policy.snapshotsMs) this.#snapshots.delete(id)
  }

  listSeries(name?: string): Series[] {
    return this.#series(name).map(({ series }) => series)
  }

  recentTicks(limit: number): Tick[] {
    const times = [...this.#times].sort((a, b) => b - a).slice(0, limit)
    return times.map((timestampMs) => ({ timestampMs, samples: this.#samplesAt(timestampMs) }))
  }

  range({ name, attributes = {}, fromMs, toMs, stepMs, aggregate = 'avg' }: RangeQuery): SeriesPoints[] {
    return this.#series(name)
      .filter(({ series }) => matchesAttributes(series.attributes, attributes))
      .map(({ series, points }) => {
        const inRange = [...points]
          .map(([timestampMs, value]) => ({ timestampMs, value }))
          .filter(({ timestampMs }) => timestampMs >= fromMs && timestampMs <= toMs)
          .sort((a, b) => a.timestampMs - b.timestampMs)
        return { ...series, points: stepMs === undefined ? inRange : toSteps(inRange, stepMs, aggregate) }
      })
      .filter(({ points }) => points.length > 0)
  }

  getGeneration(id: string): GenerationRecord | undefined {
    return this.#generations.get(id)
  }

  /** All of them: pages are for the caller to cut. */
  listGenerations(query: GenerationQuery): GenerationRecord[] {
    const { statuses, model, fromMs = -Infinity, toMs = Infinity, endedFromMs = -Infinity } = query
    return [...this.#generations.values()]
      .filter(({ status }) => statuses?.includes(status) ?? true)
      .filter(({ request }) => model === undefined || request.model === model)
      .filter(({ queuedAtMs }) => queuedAtMs >= fromMs && queuedAtMs <= toMs)
      .filter(({ endedAtMs }) => endedFromMs === -Infinity || (endedAtMs ?? -Infinity) >= endedFromMs)
      .sort((a, b) => b.queuedAtMs - a.queuedAtMs || (a.id < b.id ? 1 : -1))
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
    limit = 50,
  }: AlertEventQuery): AlertEvent[] {
    return newestFirst(this.#events)
      .filter(({ alert }) => rule === undefined || alert.rule === rule)
      .filter(({ alert }) => level === undefined || alert.level === level)
      .filter((event) => transition === undefined || event.transition === transition)
      .filter(({ timestampMs }) => timestampMs >= fromMs)
      .slice(0, limit)
  }

  loadAlertInstances(): AlertInstance[] {
    return [...this.#instances.values()].sort((a, b) => (a.key < b.key ? -1 : 1))
  }

  listSnapshots(limit: number): Snapshot[] {
    return newestFirst(this.#snapshots).slice(0, limit)
  }

  #addTick({ timestampMs, samples }: Tick): void {
    this.#times.add(timestampMs)
    for (const { name, attributes, value } of samples) {
      if (!Number.isFinite(value)) continue
      const key = seriesKey({ name, attributes })
      const entry = this.#values.get(key) ?? { series: { name, attributes }, points: new Map() }
      entry.points.set(timestampMs, value)
      this.#values.set(key, entry)
    }
  }

  #series(name?: string) {
    return [...this.#values.values()]
      .filter(({ series }) => name === undefined || series.name === name)
      .sort(({ series: a }, { series: b }) => order(a.name, b.name) || order(keyOf(a), keyOf(b)))
  }

  #samplesAt(timestampMs: number): Sample[] {
    return this.#series().flatMap(({ series, points }) => {
      const value = points.get(timestampMs)
      return value === undefined ? [] : [{ ...series, value }]
    })
  }
}

const keyOf = (series: Series): string => attributesKey(series.attributes)
const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** A map keeps the order of insertion; the later of two with one time comes first. */
function newestFirst<T extends { readonly timestampMs: number }>(records: ReadonlyMap<string, T>): T[] {
  return [...records.values()].reverse().sort((a, b) => b.timestampMs - a.timestampMs)
}

function toSteps(points: readonly Point[], stepMs: number, aggregate: Aggregate): Point[] {
  const steps = Map.groupBy(points, ({ timestampMs }) => Math.floor(timestampMs / stepMs) * stepMs)
  return [...steps].map(([timestampMs, group]) => {
    const values = group.map(({ value }) => value)
    return { timestampMs, value: aggregateOf(values, aggregate) }
  })
}

function aggregateOf(values: readonly number[], aggregate: Aggregate): number {
  const sum = values.reduce((total, value) => total + value, 0)
  if (aggregate === 'sum') return sum
  if (aggregate === 'avg') return sum / values.length
  if (aggregate === 'count') return values.length
  if (aggregate === 'last') return values.at(-1) ?? Number.NaN
  return aggregate === 'min' ? Math.min(...values) : Math.max(...values)
}
