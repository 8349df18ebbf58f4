/**
 * What it costs the caller's thread to record one generation: a start with 8 attributes, and a completion with 6
 * quality values. prom-client does it with a gauge, a counter, and histograms of the duration and the qualities;
 * OpenTelemetry with a span of as many attributes and a histogram.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as wait } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { MonitoringService } from '../src/index.ts'
import type { Benchmark, Subject } from './measure.ts'

/** Generations are recorded in bursts that fit the buffers; between bursts, untimed, the consumers catch up. */
const burst = 500
const request = {
  model: 'wan2.2-t2v-14b',
  engine: 'comfyui',
  width: 1280,
  height: 720,
  fps: 24,
  frames: 121,
  steps: 30,
  seed: 42,
} as const
const quality = {
  sharpness: 0.81,
  flicker: 0.97,
  motion: 0.42,
  noise: 0.11,
  colour: 0.66,
  loudness: 0.7,
} as const

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

interface Recorder {
  readonly name: string
  record(): void
  catchUp(): Promise<void>
  close(): Promise<void>
}

function subjectOf(recorder: Recorder, bursts: number): Subject {
  return {
    name: recorder.name,
    async run() {
      const nanoseconds: number[] = []
      for (let index = 0; index < bursts; index++) {
        const start = process.hrtime.bigint()
        for (let count = 0; count < burst; count++) recorder.record()
        nanoseconds.push(Number(process.hrtime.bigint() - start) / burst)
        await recorder.catchUp()
      }
      const p99Ns = await measureEach(recorder, bursts / 5)
      const allocatedBytes = measureAllocation(recorder)
      await recorder.catchUp()
      return {
        nsPerGeneration: quantile(nanoseconds, 0.5),
        p99Ns,
        allocatedBytes,
        loopDelayAddedUs: await measureLoopDelay(recorder),
      }
    },
    close: () => recorder.close(),
  }
}

function quantile(values: readonly number[], rank: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length * rank)] ?? Number.NaN
}

/** Of generations timed one by one: what one in a hundred takes longer than. The clock's own time is in it. */
async function measureEach(recorder: Recorder, bursts: number): Promise<number> {
  const nanoseconds: number[] = []
  for (let index = 0; index < bursts; index++) {
    for (let count = 0; count < burst; count++) {
      const start = performance.now()
      recorder.record()
      nanoseconds.push((performance.now() - start) * 1e6)
    }
    await recorder.catchUp()
  }
  return quantile(nanoseconds, 0.99)
}

const steadyMs = 2000

/** By how much the event loop is later, on the mean, when a thousand generations a second are recorded, one at each turn. */
async function measureLoopDelay(recorder: Recorder): Promise<number> {
  const meanUs = async (work: () => void) => {
    const delay = monitorEventLoopDelay({ resolution: 1 })
    const timer = setInterval(work, 1)
    await wait(200)
    delay.enable()
    await wait(steadyMs)
    delay.disable()
    clearInterval(timer)
    return delay.mean / 1000
  }
  const idleUs = await meanUs(() => undefined)
  const busyUs = await meanUs(() => recorder.record())
  await recorder.catchUp()
  return busyUs - idleUs
}

/** Heap growth of one burst with no collection in it; less than a collection's worth is allocated. */
function measureAllocation(recorder: Recorder): number {
  collectGarbage()
  const before = process.memoryUsage().heapUsed
  for (let count = 0; count < burst; count++) recorder.record()
  return (process.memoryUsage().heapUsed - before) / burst
}

async function framewatch(): Promise<Recorder> {
  const baseDir = mkdtempSync(join(tmpdir(), 'framewatch-bench-'))
  const service = new MonitoringService({ baseDir, collectionInterval: 60 })
  await service.start()
  return {
    name: 'framewatch',
    record: () => service.startGeneration(request).complete({ quality }),
    // An answer comes when all that was recorded before is stored.
    catchUp: async () => void (await service.listGenerations({ limit: 1 })),
    async close() {
      await service.stop()
      rmSync(baseDir, { recursive: true })
    },
  }
}

async function promClient(): Promise<Recorder> {
  const { Counter, Gauge, Histogram, Registry } = await import('prom-client')
  const registers = [new Registry()]
  const labelNames = ['model', 'engine', 'width', 'height', 'fps', 'frames', 'steps', 'outcome'] as const
  const buckets = [1, 2.5, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600]
  const active = new Gauge({ name: 'active', help: 'active', registers })
  const ended = new Counter({ name: 'ended_total', help: 'ended', labelNames, registers })
  const duration = new Histogram({
    name: 'duration_seconds',
    help: 'duration',
    labelNames,
    buckets,
    registers,
  })
  const scores = Object.fromEntries(
    Object.keys(quality).map((name) => [
      name,
      new Histogram({ name, help: name, labelNames: ['model'], registers }),
    ]),
  )
  const { seed: _, ...attributes } = request
  return {
    name: 'prom-client',
    record() {
      active.inc()
      const start = performance.now()
      const labels = { ...attributes, outcome: 'succeeded' }
      active.dec()
      ended.inc(labels)
      duration.observe(labels, (performance.now() - start) / 1000)
      for (const [name, score] of Object.entries(quality))
        scores[name]?.observe({ model: request.model }, score)
    },
    catchUp: async () => undefined,
    close: async () => undefined,
  }
}

async function openTelemetry(): Promise<Recorder> {
  const { TracerProvider, BatchSpanProcessor, InMemorySpanExporter } = await import(
    '@opentelemetry/sdk-trace'
  )
  const { MeterProvider } = await import('@opentelemetry/sdk-metrics')
  const exporter = new InMemorySpanExporter()
  const processor = new BatchSpanProcessor({ exporter })
  const tracer = new TracerProvider({ spanProcessors: [processor] }).getTracer('bench')
  const meters = new MeterProvider()
  const duration = meters.getMeter('bench').createHistogram('video_generation.duration', { unit: 's' })
  const scores = Object.fromEntries(
    Object.entries(quality).map(([name, score]) => [`quality.${name}`, score]),
  )
  return {
    name: 'opentelemetry',
    record() {
      const start = performance.now()
      const span = tracer.startSpan('generate_video', { attributes: request })
      span.setAttributes(scores)
      span.end()
      duration.record((performance.now() - start) / 1000, { model: request.model, outcome: 'succeeded' })
    },
    async catchUp() {
      await processor.forceFlush()
      exporter.reset()
    },
    async close() {
      await processor.shutdown()
      await meters.shutdown()
    },
  }
}

export const benchmark: Benchmark = {
  name: 'tracking',
  about:
    'Cost on the calling thread of one generation: a start with 8 attributes, a completion with 6 quality values.',
  units: { nsPerGeneration: 'ns', p99Ns: 'ns', allocatedBytes: 'B', loopDelayAddedUs: 'µs' },
  ratios: ['nsPerGeneration', 'p99Ns', 'allocatedBytes'],
  goals: [
    { metric: 'nsPerGeneration', atMost: 0.15, times: ['prom-client'] },
    { metric: 'nsPerGeneration', atMost: 0.15, times: ['opentelemetry'] },
    { metric: 'allocatedBytes', atMost: 200 },
    { metric: 'p99Ns', atMost: 1000 },
  ],
  runs: { quick: 3, full: 11 },
  async open({ quick }) {
    const bursts = quick ? 100 : 200
    const subjects = [subjectOf(await framewatch(), bursts)]
    for (const [peer, open] of Object.entries({ 'prom-client': promClient, opentelemetry: openTelemetry })) {
      try {
        subjects.push(subjectOf(await open(), bursts))
      } catch (error) {
        console.error(`${peer} is missing, its ratio is left out: ${error}`)
      }
    }
    return subjects
  },
}
