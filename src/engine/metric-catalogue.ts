import { MetricsCollector } from '../collect/collector.ts'
import { hostSources } from '../collect/sources.ts'
import type { MetricDescriptor } from '../model/sample.ts'
import { systemClock } from '../system/clock.ts'
import { trackingMetrics } from '../track/tracking-metrics.ts'
import { selfMetrics } from './self-metrics.ts'

/** Every metric that a service on this platform can emit, sorted by name. */
export function metricCatalogue(platform: NodeJS.Platform): readonly MetricDescriptor[] {
  const clock = systemClock()
  const readRuntime = () => ({ eventLoopDelayMaxMs: 0, rssBytes: 0 })
  const collector = new MetricsCollector({ clock, sources: hostSources({ platform, clock, readRuntime }) })
  return [...collector.metrics, ...trackingMetrics, ...selfMetrics].sort((a, b) => (a.name < b.name ? -1 : 1))
}
