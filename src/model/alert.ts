/** The third noun: an alert event, one transition of one alert instance (a rule and an attribute set). */
import type { Attributes } from './sample.ts'

/** From least to most severe. */
export const alertLevels = ['info', 'warning', 'error', 'critical'] as const
export type AlertLevel = (typeof alertLevels)[number]

/** `pending`: the condition holds, not yet for long enough. `resolved`: it has ended; only events hold such an
 * instance. Inactive is the absence of an instance. */
export type AlertState = 'pending' | 'firing' | 'resolved'

/** The value that caused a transition, against its threshold. */
export interface AlertEvidence {
  readonly metric: string
  /** `null` when the series vanished. */
  readonly value: number | null
  readonly comparison: 'above' | 'below'
  readonly threshold: number
}

/** An alert instance as it stands: what must survive a restart. */
export interface AlertInstance {
  /** Rule name and attributes as one string; the same on every transition of the instance. */
  readonly key: string
  readonly rule: string
  readonly level: AlertLevel
  readonly attributes: Attributes
  readonly state: AlertState
  /** Unix milliseconds since when the condition has held; while pending, moved on by time that does not count. */
  readonly activeSinceMs: number
  /** Unix milliseconds of the first firing; undefined while pending. */
  readonly firingSinceMs?: number
  /** Unix milliseconds since when the condition has been clear, moved likewise; undefined while it is not. */
  readonly clearSinceMs?: number
  /** Unix milliseconds of the newest value that was used. */
  readonly lastSeenMs: number
  /** Unix milliseconds of the last evaluation; what is measured between two evaluations starts here. */
  readonly lastEvaluatedMs: number
  readonly evidence: AlertEvidence
  readonly summary: string
}

/** One transition of an instance, kept for ever in the history. */
export interface AlertEvent {
  readonly id: string
  /** Unix milliseconds. */
  readonly timestampMs: number
  /** `dropped`: it was pending and the condition went away before it fired. */
  readonly transition: 'pending' | 'firing' | 'resolved' | 'dropped'
  /** The instance after the transition. */
  readonly alert: AlertInstance
}

/** Counts of transitions to firing, for summaries. */
export interface AlertSummary {
  readonly firing: readonly AlertInstance[]
  readonly pending: readonly AlertInstance[]
  readonly firedLast24h: number
  readonly firedByLevelLast24h: Readonly<Record<AlertLevel, number>>
}

/** One entry of the notification ledger: who was told of an alert, or why not. */
export interface NotificationDecision {
  readonly id: string
  /** Unix milliseconds. */
  readonly timestampMs: number
  /** `AlertInstance.key` of the alert. */
  readonly alertKey: string
  /** The name of the receiver in the configuration. */
  readonly receiver: string
  readonly decision: 'sent' | 'retried' | 'failed' | 'suppressed'
  /** Why it was suppressed or failed; what the receiver answered when it was sent. Never a secret. */
  readonly reason: string
}
