/** What an engine is made of: the narrow interfaces through which it knows its parts. `compose.ts` provides them. */
import type { AlertEvent, AlertInstance, AlertSummary } from '../model/alert.ts'
import type { HardwareFault } from '../model/hardware-fault.ts'
import type { MetricDescriptor, Sample, Tick } from '../model/sample.ts'
import type { SourceHealth, SystemStatus } from '../model/status.ts'
import type { Store, WriterInfo } from '../store/store.ts'
import type { Clock } from '../system/clock.ts'
import type { Random } from '../system/random.ts'
import type { PerformanceTracker } from '../track/tracker.ts'
import type { CheckQueue } from './check-queue.ts'
import type { RingReader } from './event-ring.ts'
import type { LatestSamples } from './latest-samples.ts'
import type { EngineSettings } from './options.ts'
import type { MonitoringEvents } from './protocol.ts'
import type { VideoChecker } from './video-checker.ts'

export interface EngineParts {
  readonly settings: EngineSettings
  /** As it was saved when the store was opened. */
  readonly writer: WriterInfo
  readonly clock: Clock
  readonly random: Random
  readonly store: Store
  readonly events: RingReader
  readonly tracker: PerformanceTracker
  /** Into which the tracker puts outputs that are to be checked. */
  readonly checks: CheckQueue
  /** Undefined where nothing can be checked. */
  readonly checker: VideoChecker | undefined
  readonly collector: {
    collect(): Promise<{
      readonly samples: readonly Sample[]
      readonly health: readonly SourceHealth[]
      readonly faults: readonly HardwareFault[]
    }>
    close(): Promise<void>
  }
  readonly alerts: {
    evaluate(
      source: LatestSamples,
      nowMs: number,
    ): {
      readonly events: readonly AlertEvent[]
      readonly changed: readonly AlertInstance[]
      readonly removed: readonly string[]
      readonly failures: readonly { readonly rule: string; readonly message: string }[]
      readonly dropped: readonly { readonly rule: string; readonly count: number }[]
    }
    summary(nowMs: number): AlertSummary
  }
  /** Every metric that any part emits, as far as it is known by now. */
  readonly metrics: () => readonly MetricDescriptor[]
  /** The newest two ticks, newest first, as vital signs. */
  readonly vitalSigns: (ticks: readonly Tick[], latest: LatestSamples) => SystemStatus['metrics']
  /** Tells the host, if it listens: what it is told is only made then. */
  readonly emit: <Name extends keyof MonitoringEvents>(name: Name, tell: () => MonitoringEvents[Name]) => void
}
