import { MetricsCollector } from '../collect/collector.ts'
import { defaultSourceSettings, type SourceSettings } from '../collect/source-options.ts'
import type { RuntimeReading } from '../collect/sources/runtime.ts'
import { hostSources } from '../collect/sources.ts'
import type { MetricDescriptor } from '../model/sample.ts'
import { type Clock, systemClock } from '../system/clock.ts'
import { ledgerMetrics } from '../track/ledger.ts'
import { trackingMetrics } from '../track/tracking-metrics.ts'
import { checkQueueMetrics } from './check-queue.ts'
import { selfMetrics } from './self-metrics.ts'

/** The collector of a host; `readRuntime` asks the Node process that is monitored. */
export function hostCollector(
  platform: NodeJS.Platform,
  clock: Clock,
  readRuntime: () => RuntimeReading,
  settings: SourceSettings,
  patienceMs?: number,
): MetricsCollector {
  const sources = hostSources({ platform, clock, settings, readRuntime })
  return new MetricsCollector({ clock, sources, patienceMs, defersProcesses: patienceMs !== undefined })
}

/** The collector where there is no monitored process: this one stands in for it. */
export function ownCollector(
  platform: NodeJS.Platform,
  settings: SourceSettings = defaultSourceSettings,
): MetricsCollector {
  const readRuntime = () => ({ eventLoopDelayMaxMs: 0, rssBytes: process.memoryUsage.rss() })
  return hostCollector(platform, systemClock(), readRuntime, settings)
}

/** Every metric that a service with this collector can emit. @param currency - of costs. */
export function allMetrics(collector: MetricsCollector, currency = 'USD'): readonly MetricDescriptor[] {
  return [
    ...collector.metrics,
    ...trackingMetrics,
    ...ledgerMetrics(currency),
    ...checkQueueMetrics,
    ...selfMetrics,
  ]
}
