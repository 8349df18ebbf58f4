/**
 * The store port: what flows in is ticks of samples, generation records, alert events and snapshots; what flows
 * out is answers to range queries and lists. One port, several engines; a contract suite (`store.contract.ts`)
 * runs on each. It never decides what to keep or when: the engine tells it.
 */
import type { AlertEvent, AlertInstance, AlertLevel, NotificationDecision } from '../model/alert.ts'
import type { GenerationRecord, GenerationStatus } from '../model/generation.ts'
import type { FaultRecord } from '../model/hardware-fault.ts'
import type { Series, Tick } from '../model/sample.ts'
import type { SetAside, Snapshot } from '../model/status.ts'
import type {
  GenerationAggregate,
  GenerationAggregateQuery,
  GenerationPage,
  GenerationQuery,
} from './generation-query.ts'
import type { LatestQuery, LatestSample, RangeQuery, RangeResult } from './sample-query.ts'

export * from './generation-query.ts'
export * from './sample-query.ts'

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
  /** The ledger of notifications: inserted, or replaced by id. */
  readonly decisions?: readonly NotificationDecision[]
  /** Inserted, or replaced by id. */
  readonly faults?: readonly FaultRecord[]
  /** Inserted, or replaced by id. */
  readonly snapshots?: readonly Snapshot[]
}

/** Which alert events to list, newest first; of one millisecond, the last written first. */
export interface AlertEventQuery {
  readonly rule?: string
  readonly level?: AlertLevel
  readonly transition?: AlertEvent['transition']
  /** At or after, Unix milliseconds. */
  readonly fromMs?: number
  /** At or before, Unix milliseconds. */
  readonly toMs?: number
  /** @default 50 */
  readonly limit?: number
}

/** Which decisions of the notification ledger to list, newest first; of one millisecond, the last written first. */
export interface DecisionQuery {
  readonly alertKey?: string
  readonly receiver?: string
  readonly decision?: NotificationDecision['decision']
  /** At or after, Unix milliseconds. */
  readonly fromMs?: number
  /** At or before, Unix milliseconds. */
  readonly toMs?: number
  /** @default 50 */
  readonly limit?: number
}

/** Which faults of hardware to list, newest first; of one millisecond, the last written first. */
export interface FaultQuery {
  readonly device?: string
  /** At or after, Unix milliseconds. */
  readonly fromMs?: number
  /** At or before, Unix milliseconds. */
  readonly toMs?: number
  /** @default 50 */
  readonly limit?: number
}

/** How long each kind is kept, in milliseconds. */
export interface RetentionPolicy {
  /** Raw samples. */
  readonly samplesMs: number
  /** Summaries of a minute; made when this is longer than `samplesMs`. */
  readonly samples1mMs: number
  /** Summaries of ten minutes; made when this is longer than `samplesMs`. */
  readonly samples10mMs: number
  readonly generationsMs: number
  /** Alert events, the ledger of notifications, and faults of hardware. */
  readonly alertEventsMs: number
  readonly snapshotsMs: number
  /** Past this many bytes in use, the oldest goes first, whatever its kind; the log comes on top. @default no limit */
  readonly maxBytes?: number
}

/**
 * What a write that was acknowledged survives. Both: the death of the process, at any instant. `full`: a power failure
 * or a crash of the operating system as well; each write waits for the disk. `normal`: the last writes before such a
 * failure may be missing, and the store is sound all the same.
 */
export const durabilities = ['normal', 'full'] as const
export type Durability = (typeof durabilities)[number]

/** Who writes to a store, and since when. */
export interface WriterInfo {
  readonly pid: number
  readonly node: string
  readonly startedAtMs: number
  readonly collectionIntervalMs: number
  /** Set by a clean stop. */
  readonly stoppedAtMs?: number
  /** The damaged store that this writer found at its start. */
  readonly setAside?: SetAside
}

/**
 * Reading. Safe in any number of processes while one other writes. Limits are integers from 1 up; a question that
 * means nothing (such a limit, a cursor of no page) rejects with `QUERY_INVALID`.
 */
export interface StoreReader {
  /** Every series of the store, or of one metric, sorted by name and attributes. */
  listSeries(name?: string): Promise<readonly Series[]>
  /** The newest value of every series, sorted by name and attributes. */
  latest(query: LatestQuery): Promise<readonly LatestSample[]>
  /** The newest ticks, newest first, each with its samples sorted by name and attributes. */
  recentTicks(limit: number): Promise<readonly Tick[]>
  range(query: RangeQuery): Promise<RangeResult>
  getGeneration(id: string): Promise<GenerationRecord | undefined>
  listGenerations(query?: GenerationQuery): Promise<GenerationPage>
  /** How many generations there are of each status that occurs. */
  countGenerations(
    query?: Pick<GenerationQuery, 'fromMs' | 'toMs'>,
  ): Promise<Partial<Record<GenerationStatus, number>>>
  /** Sorted by time, then by group. A group or step without ended generations is left out. */
  aggregateGenerations(query: GenerationAggregateQuery): Promise<readonly GenerationAggregate[]>
  listAlertEvents(query?: AlertEventQuery): Promise<readonly AlertEvent[]>
  /** Live instances, pending and firing, sorted by key. */
  loadAlertInstances(): Promise<readonly AlertInstance[]>
  listDecisions(query?: DecisionQuery): Promise<readonly NotificationDecision[]>
  listFaults(query?: FaultQuery): Promise<readonly FaultRecord[]>
  /** Newest first; of those at or before `toMs`, when it is given. */
  listSnapshots(limit: number, toMs?: number): Promise<readonly Snapshot[]>
  readWriter(): Promise<WriterInfo | undefined>
  /** Bytes on disk, log included. */
  sizeBytes(): Promise<number>
  /** Idempotent. Everything after it rejects with `STORE_CLOSED`. */
  close(): Promise<void>
}

/** Reading and writing. One at a time for a `baseDir`. */
export interface Store extends StoreReader {
  /** Set when the file was damaged: it was set aside, and this store begun in its place. */
  readonly setAside: SetAside | undefined
  /** @throws FramewatchError `STORE_DISK_FULL`, `STORE_WRITE_FAILED`, `STORE_CLOSED`, `TICK_INVALID`. */
  write(batch: WriteBatch): Promise<void>
  saveWriter(writer: WriterInfo): Promise<void>
  /**
   * Summarises samples that age, deletes what is older than the policy allows, at most `maxRows` rows of each kind a
   * call, and gives unused space back: each call is short. A generation is as old as its end (or its request, if
   * that is later); live ones are kept whatever their age. Samples are gone from answers at once, from the disk when
   * their frame has expired as a whole.
   * @returns true when there may be more to do.
   */
  maintain(policy: RetentionPolicy, nowMs: number, maxRows?: number): Promise<boolean>
}
