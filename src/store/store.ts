/**
 * The store port: what flows in is ticks of samples, generation records, alert events and snapshots; what flows
 * out is answers to range queries and lists. One port, several engines; a contract suite (`store.contract.ts`)
 * runs on each. It never decides what to keep or when: the engine tells it.
 */
import type { AlertEvent, AlertInstance, AlertLevel } from '../model/alert.ts'
import type { GenerationRecord, GenerationStatus } from '../model/generation.ts'
import type { Attributes, Point, Series, Tick } from '../model/sample.ts'
import type { Snapshot } from '../model/status.ts'

/** One atomic, durable write: after `write` resolves all of it survives kill -9; after it rejects none is there. */
export interface WriteBatch {
  /** A second value of a series at the same time replaces the first. Values that are not finite are left out. */
  readonly tick?: Tick
  /** Inserted, or replaced by id. */
  readonly generations?: readonly GenerationRecord[]
  /** Inserted, or replaced by id. */
  readonly alertEvents?: readonly AlertEvent[]
  /** Live alert instances: replaced by key; `removed` keys are forgotten. */
  readonly alertInstances?: {
    readonly changed: readonly AlertInstance[]
    readonly removed: readonly string[]
  }
  /** Inserted, or replaced by id. */
  readonly snapshots?: readonly Snapshot[]
}

export const aggregates = ['avg', 'min', 'max', 'sum', 'last', 'count'] as const
export type Aggregate = (typeof aggregates)[number]

/** A question about the past of one metric. */
export interface RangeQuery {
  readonly name: string
  /** Only series with all of these. @default all series of the name */
  readonly attributes?: Attributes
  /** Unix milliseconds, inclusive. */
  readonly fromMs: number
  /** Unix milliseconds, inclusive. */
  readonly toMs: number
  /**
   * Raw points when absent. Else one point per step that has data, stamped with the step's start; steps are
   * aligned to multiples of `stepMs` since the Unix epoch. A positive integer.
   */
  readonly stepMs?: number
  /** How the points of a step become one. @default 'avg' */
  readonly aggregate?: Aggregate
}

/** The points of one series, ascending in time. */
export interface SeriesPoints extends Series {
  readonly points: readonly Point[]
}

/** Which generations to list: newest first by request time, then by id. */
export interface GenerationQuery {
  readonly statuses?: readonly GenerationStatus[]
  readonly model?: string
  /** Requested at or after, Unix milliseconds. */
  readonly fromMs?: number
  /** Requested at or before, Unix milliseconds. */
  readonly toMs?: number
  /** Ended at or after, Unix milliseconds. */
  readonly endedFromMs?: number
  /** @default 50 */
  readonly limit?: number
  /** `nextCursor` of the page before. What is written in between neither repeats nor hides other records. */
  readonly cursor?: string
}

export interface GenerationPage {
  readonly records: readonly GenerationRecord[]
  /** Undefined on the last page. */
  readonly nextCursor: string | undefined
}

/** Which alert events to list, newest first; of one millisecond, the last written first. */
export interface AlertEventQuery {
  readonly rule?: string
  readonly level?: AlertLevel
  readonly transition?: AlertEvent['transition']
  readonly fromMs?: number
  /** @default 50 */
  readonly limit?: number
}

/** How long each kind is kept, in milliseconds. */
export interface RetentionPolicy {
  readonly samplesMs: number
  readonly generationsMs: number
  readonly alertEventsMs: number
  readonly snapshotsMs: number
}

/** Who writes to a store, and since when. */
export interface WriterInfo {
  readonly pid: number
  readonly node: string
  readonly startedAtMs: number
  readonly collectionIntervalMs: number
  /** Set by a clean stop. */
  readonly stoppedAtMs?: number
}

/**
 * Reading. Safe in any number of processes while one other writes. Limits are integers from 1 up; a question that
 * means nothing (such a limit, a cursor of no page) rejects with `QUERY_INVALID`.
 */
export interface StoreReader {
  /** Every series of the store, or of one metric, sorted by name and attributes. */
  listSeries(name?: string): Promise<readonly Series[]>
  /** The newest ticks, newest first, each with its samples sorted by name and attributes. */
  recentTicks(limit: number): Promise<readonly Tick[]>
  /** One entry per series that has points in the range, sorted by attributes. */
  range(query: RangeQuery): Promise<readonly SeriesPoints[]>
  getGeneration(id: string): Promise<GenerationRecord | undefined>
  listGenerations(query?: GenerationQuery): Promise<GenerationPage>
  /** How many generations there are of each status that occurs. */
  countGenerations(
    query?: Pick<GenerationQuery, 'fromMs' | 'toMs'>,
  ): Promise<Partial<Record<GenerationStatus, number>>>
  listAlertEvents(query?: AlertEventQuery): Promise<readonly AlertEvent[]>
  /** Live instances, pending and firing, sorted by key. */
  loadAlertInstances(): Promise<readonly AlertInstance[]>
  /** Newest first. */
  listSnapshots(limit: number): Promise<readonly Snapshot[]>
  readWriter(): Promise<WriterInfo | undefined>
  /** Bytes on disk, log included. */
  sizeBytes(): Promise<number>
  /** Idempotent. Everything after it rejects with `STORE_CLOSED`. */
  close(): Promise<void>
}

/** Reading and writing. One at a time for a `baseDir`. */
export interface Store extends StoreReader {
  /** @throws FramewatchError `STORE_DISK_FULL`, `STORE_WRITE_FAILED`, `STORE_CLOSED`. */
  write(batch: WriteBatch): Promise<void>
  saveWriter(writer: WriterInfo): Promise<void>
  /**
   * Deletes what is older than the policy allows, at most `maxRows` rows of each kind a call (of samples at least
   * one tick), so that a call is short, and gives unused space back. A generation is as old as its end (or
   * its request, if that is later); live ones are kept whatever their age. A series without samples is forgotten.
   * @returns true when there may be more to do.
   */
  applyRetention(policy: RetentionPolicy, nowMs: number, maxRows?: number): Promise<boolean>
}
