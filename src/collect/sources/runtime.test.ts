import { expect, test } from 'vitest'
import { seriesKey } from '../../model/sample.ts'
import { isAbsent } from '../source.ts'
import { type RuntimeReading, type RuntimeSourceOptions, runtimeSource } from './runtime.ts'

const least: RuntimeReading = { eventLoopDelayMaxMs: 250, rssBytes: 1024 }

async function valuesOf(reading: RuntimeReading, options: Partial<RuntimeSourceOptions> = {}) {
  const source = runtimeSource({ readRuntime: () => reading, ...options })
  const answer = await source.read()
  if (isAbsent(answer)) throw new Error(answer.absent)
  const names = new Set(source.metrics.map(({ name }) => name))
  expect(answer.samples.every(({ name }) => names.has(name))).toBe(true)
  return Object.fromEntries(answer.samples.map((sample) => [seriesKey(sample), sample.value]))
}

test('gives times in seconds, and only what the runtime tells', async () => {
  expect(await valuesOf(least)).toEqual({
    'nodejs.eventloop.delay.max': 0.25,
    'process.memory.usage{process.group="self"}': 1024,
  })
  const reading: RuntimeReading = {
    ...least,
    eventLoopDelay: { meanMs: 5, p50Ms: 1, p90Ms: 20, p99Ms: 200 },
    eventLoopUtilization: 0.5,
    heap: { usedBytes: 10, limitBytes: 20, externalBytes: 30 },
    garbageCollections: [{ type: 'minor', count: 3, totalMs: 1500 }],
  }
  expect(await valuesOf(reading)).toEqual({
    'nodejs.eventloop.delay.max': 0.25,
    'nodejs.eventloop.delay.mean': 0.005,
    'nodejs.eventloop.delay.p50': 0.001,
    'nodejs.eventloop.delay.p90': 0.02,
    'nodejs.eventloop.delay.p99': 0.2,
    'nodejs.eventloop.utilization': 0.5,
    'v8js.memory.heap.used': 10,
    'v8js.memory.heap.limit': 20,
    'nodejs.memory.external': 30,
    'v8js.gc.time{v8js.gc.type="minor"}': 1.5,
    'v8js.gc.count{v8js.gc.type="minor"}': 3,
    'process.memory.usage{process.group="self"}': 1024,
  })
})

test('leaves the resident memory to another source that gives it', async () => {
  expect(await valuesOf(least, { givesMemory: false })).toEqual({ 'nodejs.eventloop.delay.max': 0.25 })
})
