import type { MetricDescriptor } from '../model/sample.ts'
import { allMetrics, ownCollector } from './host-collector.ts'

/** Every metric that a service on this platform can emit, sorted by name. */
export function metricCatalogue(platform: NodeJS.Platform): readonly MetricDescriptor[] {
  return allMetrics(ownCollector(platform)).toSorted((a, b) => (a.name < b.name ? -1 : 1))
}
