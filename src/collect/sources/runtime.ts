import type { MetricDescriptor } from '../../model/sample.ts'
import { Readings } from '../readings.ts'
import type { Source } from '../source.ts'
import { processMemoryMetric } from './process-group-metrics.ts'

/** Kinds of garbage collection, as OpenTelemetry names them. */
export const garbageCollectionTypes = ['major', 'minor', 'incremental', 'weakcb'] as const

/**
 * What the monitored Node process says of itself. What only that process can tell is left out where another one
 * stands in for it.
 */
export interface RuntimeReading {
  /** Worst delay of the event loop since the reading before, in milliseconds. */
  readonly eventLoopDelayMaxMs: number
  /** Delays of the event loop since the reading before; undefined when none was measured. */
  readonly eventLoopDelay?: {
    readonly meanMs: number
    readonly p50Ms: number
    readonly p90Ms: number
    readonly p99Ms: number
  }
  /** Share of time the event loop was busy since the reading before, 0..1. */
  readonly eventLoopUtilization?: number
  /** Resident memory. */
  readonly rssBytes: number
  readonly heap?: {
    readonly usedBytes: number
    readonly limitBytes: number
    /** Memory outside of the heap that objects in it hold, buffers among it. */
    readonly externalBytes: number
  }
  /** Since the process is watched. */
  readonly garbageCollections?: readonly {
    readonly type: (typeof garbageCollectionTypes)[number]
    readonly count: number
    readonly totalMs: number
  }[]
}

const delay = (name: string, description: string) =>
  ({ name: `nodejs.eventloop.delay.${name}`, kind: 'gauge', unit: 's', description }) as const

const metrics = {
  delayMax: delay('max', 'Worst delay of the event loop of the monitored process since the reading before.'),
  delayMean: delay('mean', 'Mean delay of the event loop of the monitored process since the reading before.'),
  delayP50: delay('p50', 'Median delay of the event loop of the monitored process since the reading before.'),
  delayP90: delay('p90', 'Nine in ten delays of the event loop since the reading before were shorter.'),
  delayP99: delay('p99', 'Of a hundred delays of the event loop since the reading before 99 were shorter.'),
  utilization: {
    name: 'nodejs.eventloop.utilization',
    kind: 'gauge',
    unit: '1',
    description: 'Share of time the event loop of the monitored process was busy since the reading before.',
  },
  heapUsed: {
    name: 'v8js.memory.heap.used',
    kind: 'gauge',
    unit: 'By',
    description: 'Heap in use by the main thread of the monitored process, all spaces together.',
  },
  heapLimit: {
    name: 'v8js.memory.heap.limit',
    kind: 'gauge',
    unit: 'By',
    description: 'Most heap the main thread of the monitored process may use before it is ended.',
  },
  external: {
    name: 'nodejs.memory.external',
    kind: 'gauge',
    unit: 'By',
    description: 'Memory outside of the heap that objects of the main thread hold, buffers among it.',
  },
  collectionTime: {
    name: 'v8js.gc.time',
    kind: 'counter',
    unit: 's',
    description: 'Time the main thread of the monitored process stood still for garbage collection, by type.',
  },
  collections: {
    name: 'v8js.gc.count',
    kind: 'counter',
    unit: '{collection}',
    description: 'Garbage collections of the main thread of the monitored process, by type.',
  },
} as const satisfies Record<string, MetricDescriptor>

const collectionAttributes = Object.fromEntries(
  garbageCollectionTypes.map((type) => [type, { 'v8js.gc.type': type }]),
)
/** As where the kernel tells it of each process. */
const selfAttributes = { 'process.group': 'self' }

export interface RuntimeSourceOptions {
  readonly readRuntime: () => RuntimeReading
  /** False where another source gives the resident memory, as on Linux. @default true */
  readonly givesMemory?: boolean
}

/** The Node process that hosts the service, through a function of that process. */
export function runtimeSource({ readRuntime, givesMemory = true }: RuntimeSourceOptions): Source {
  return {
    name: 'runtime',
    metrics: [...Object.values(metrics), ...(givesMemory ? [processMemoryMetric] : [])],
    read() {
      const reading = readRuntime()
      const readings = new Readings()
      addEventLoop(readings, reading)
      addHeap(readings, reading)
      if (givesMemory) readings.add(processMemoryMetric, reading.rssBytes, selfAttributes)
      return readings
    },
  }
}

function addEventLoop(readings: Readings, reading: RuntimeReading): void {
  const { eventLoopDelayMaxMs, eventLoopDelay: delays, eventLoopUtilization } = reading
  readings.add(metrics.delayMax, eventLoopDelayMaxMs / 1000)
  if (delays !== undefined) {
    readings.add(metrics.delayMean, delays.meanMs / 1000)
    readings.add(metrics.delayP50, delays.p50Ms / 1000)
    readings.add(metrics.delayP90, delays.p90Ms / 1000)
    readings.add(metrics.delayP99, delays.p99Ms / 1000)
  }
  if (eventLoopUtilization !== undefined) readings.add(metrics.utilization, eventLoopUtilization)
}

function addHeap(readings: Readings, { heap, garbageCollections = [] }: RuntimeReading): void {
  if (heap !== undefined) {
    readings.add(metrics.heapUsed, heap.usedBytes)
    readings.add(metrics.heapLimit, heap.limitBytes)
    readings.add(metrics.external, heap.externalBytes)
  }
  for (const { type, count, totalMs } of garbageCollections) {
    readings.add(metrics.collectionTime, totalMs / 1000, collectionAttributes[type])
    readings.add(metrics.collections, count, collectionAttributes[type])
  }
}
