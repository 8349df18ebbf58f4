/** What the caller's thread and the engine's thread say to each other. Plain data only. */
import type { AlertEvent } from '../model/alert.ts'
import type { PlainError } from '../model/errors.ts'
import type { GenerationRecord } from '../model/generation.ts'
import type { FaultRecord } from '../model/hardware-fault.ts'
import type {
  DetailedMetrics,
  GenerationNotice,
  MetricsNotice,
  Snapshot,
  SystemStatus,
} from '../model/status.ts'
import type { AlertEventQuery, FaultQuery, GenerationPage, GenerationQuery } from '../store/store.ts'
import type { GenerationEnd } from '../track/generation-event.ts'
import type { SharedRing } from './event-ring.ts'
import type { EngineSettings } from './options.ts'
import type { SharedProbe } from './shared-probe.ts'

/** What happens by itself and can be listened to. */
export interface MonitoringEvents {
  /** A tick was collected. */
  readonly metrics: MetricsNotice
  /** An alert fires or is resolved. */
  readonly alert: AlertEvent
  readonly snapshot: Snapshot
  /** A generation changed. */
  readonly generation: GenerationNotice
  /** Hardware reported a fault. */
  readonly fault: FaultRecord
}

/** In the order of their bits in the probe. */
export const monitoringEventNames = [
  'metrics',
  'alert',
  'snapshot',
  'generation',
  'fault',
] as const satisfies readonly (keyof MonitoringEvents)[]

/** The true end of a generation, told when it is known. */
export interface Reconciliation {
  readonly id: string
  readonly end: GenerationEnd
  /** Unix milliseconds, where it is known. */
  readonly endedAtMs?: number
}

/** What the engine can be asked. */
export interface EngineQueries {
  /** Stores what was recorded before the question. */
  drain(): Promise<void>
  status(): Promise<SystemStatus>
  detailedMetrics(windowSeconds: number): Promise<DetailedMetrics>
  generation(id: string): Promise<GenerationRecord | undefined>
  thumbnails(id: string): Promise<readonly string[]>
  generations(query: GenerationQuery): Promise<GenerationPage>
  /** Tells the true end of a lost or timed out generation. */
  reconcile(reconciliation: Reconciliation): Promise<GenerationRecord>
  alertEvents(query: AlertEventQuery): Promise<readonly AlertEvent[]>
  faults(query: FaultQuery): Promise<readonly FaultRecord[]>
  snapshots(limit: number): Promise<readonly Snapshot[]>
}

/** What a worker is started with. */
export interface WorkerInput {
  readonly settings: EngineSettings
  readonly ring: SharedRing
  readonly probe: SharedProbe
}

/** To the engine. */
export type HostMessage =
  | {
      readonly type: 'query'
      readonly requestId: number
      readonly method: keyof EngineQueries
      readonly argument: unknown
    }
  | { readonly type: 'stop' }

/** From the engine. */
export type EngineMessage =
  | { readonly type: 'ready' }
  /** A store of an earlier version is brought forward: the start takes as long as it takes. */
  | { readonly type: 'upgrading' }
  | { readonly type: 'failed'; readonly error: PlainError }
  | { readonly type: 'event'; readonly name: keyof MonitoringEvents; readonly payload: unknown }
  | { readonly type: 'answer'; readonly requestId: number; readonly value: unknown }
  | { readonly type: 'refusal'; readonly requestId: number; readonly error: PlainError }
  | { readonly type: 'stopped'; readonly failures: readonly PlainError[] }
