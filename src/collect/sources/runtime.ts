import type { MetricDescriptor } from '../../model/sample.ts'
import { Readings } from '../readings.ts'
import type { Source } from '../source.ts'

/** What the monitored Node process says of itself. */
export interface RuntimeReading {
  /** Worst delay of the event loop since the reading before, in milliseconds. */
  readonly eventLoopDelayMaxMs: number
  /** Share of time the event loop was busy since the reading before, 0..1. */
  readonly eventLoopUtilization?: number
  /** Resident memory. */
  readonly rssBytes: number
}

const runtimeMetrics = {
  delayMax: {
    name: 'nodejs.eventloop.delay.max',
    kind: 'gauge',
    unit: 's',
    description: 'Worst delay of the event loop of the monitored process since the reading before.',
  },
  utilization: {
    name: 'nodejs.eventloop.utilization',
    kind: 'gauge',
    unit: '1',
    description: 'Share of time the event loop of the monitored process was busy.',
  },
  memory: {
    name: 'process.memory.usage',
    kind: 'gauge',
    unit: 'By',
    description: 'Resident memory of the monitored process.',
  },
} as const satisfies Record<string, MetricDescriptor>

/** The Node process that hosts the service, through a function of that process. */
export function runtimeSource({ readRuntime }: { readonly readRuntime: () => RuntimeReading }): Source {
  return {
    name: 'runtime',
    metrics: Object.values(runtimeMetrics),
    async read() {
      const { eventLoopDelayMaxMs, eventLoopUtilization, rssBytes } = readRuntime()
      const readings = new Readings()
      readings.add(runtimeMetrics.delayMax, eventLoopDelayMaxMs / 1000)
      if (eventLoopUtilization !== undefined) readings.add(runtimeMetrics.utilization, eventLoopUtilization)
      readings.add(runtimeMetrics.memory, rssBytes)
      return readings
    },
  }
}
