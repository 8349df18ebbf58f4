import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { seriesKey } from '../../../model/sample.ts'
import { allGpuMetrics } from './gpu-metrics.ts'
import { type GpuAnswer, throttleReasons } from './gpu-reading.ts'
import { gpuSamples } from './gpu-samples.ts'
import { KnownGpus } from './known-gpus.ts'

/** Any number, and what JSON makes of one that is none. */
const number = fc.oneof(
  fc.double(),
  fc.double({ min: -0.1, max: 1.2 }),
  fc.integer(),
  fc.constant(null as unknown as number),
)
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.constantFrom('GPU-1', '0000:01:00.0', 'other'),
)
const flag = fc.boolean()
const reason = fc.constantFrom(...throttleReasons)
/** Some of the fields. */
const some = <T extends Record<string, unknown>>(fields: { [Key in keyof T]: fc.Arbitrary<T[Key]> }) =>
  fc.record(fields, { requiredKeys: [] })
const numbers = <Name extends string>(...names: readonly Name[]) =>
  some(Object.fromEntries(names.map((name) => [name, number])) as Record<Name, fc.Arbitrary<number>>)

const memory = numbers('totalBytes', 'usedBytes', 'freeBytes', 'reservedBytes')
const identity = fc.record({
  id: text,
  index: fc.nat(),
  vendor: fc.constantFrom('nvidia' as const, 'amd' as const),
})
const gpu = fc
  .tuple(
    identity,
    numbers(
      ...(['utilization', 'memoryUtilization', 'encoderUtilization', 'decoderUtilization'] as const),
      ...(['jpegUtilization', 'opticalFlowUtilization', 'encoderSessions', 'temperatureCelsius'] as const),
      ...(['memoryTemperatureCelsius', 'hotspotTemperatureCelsius', 'temperatureMarginCelsius'] as const),
      ...(['slowdownTemperatureCelsius', 'powerWatts', 'powerLimitWatts', 'energyJoules'] as const),
      ...(['performanceState', 'fanRatio', 'fanRpm'] as const),
    ),
    some({
      name: text,
      serial: text,
      pciAddress: text,
      driverVersion: text,
      isLost: flag,
      isMigEnabled: flag,
      memory,
      clocksHz: numbers('graphics', 'sm', 'memory', 'video'),
      maxClocksHz: numbers('graphics', 'sm', 'memory'),
      throttleReasons: fc.array(reason, { maxLength: 3 }),
      throttledSeconds: fc.dictionary(reason, number) as fc.Arbitrary<Record<string, number>>,
      pcie: numbers('generation', 'width', 'receiveBytesPerSecond', 'receivedBytes', 'replays'),
      ecc: numbers('corrected', 'uncorrected', 'uncorrectedLifetime'),
      retiredPages: some({ singleBit: number, isPending: flag }),
      remappedRows: some({ correctable: number, isPending: flag, hasFailed: flag }),
      instances: fc.array(fc.record({ id: text, profile: text, memory }), { maxLength: 20 }),
      processes: fc.array(fc.record({ pid: fc.nat(), name: text, usedBytes: number }), { maxLength: 20 }),
    }),
  )
  .map(([who, values, others]) => ({ ...who, ...values, ...others }))
const answer: fc.Arbitrary<GpuAnswer> = fc.record({
  gpus: fc.array(gpu, { maxLength: 4 }),
  xids: fc.array(fc.record({ timestampMs: fc.nat(), device: text, code: fc.nat() }), { maxLength: 4 }),
  skipped: fc.nat(5),
})

const kinds = new Map(allGpuMetrics.map((metric) => [metric.name, metric]))
const mayBeNegative = new Set(['hw.gpu.temperature.margin'])
const mayPassOne = new Set(['hw.fan.speed_ratio'])
const describeXid = () => ({ severity: 'critical' as const, message: 'Odd.' })

describe('the samples of any reading whatever', () => {
  test('are finite, of known metrics, never negative, shares of 1 at most, each series once, attributes bounded', () => {
    const run = (answers: readonly { readonly given: GpuAnswer; readonly elapsedMs: number }[]) => {
      const gpus = new KnownGpus()
      const counters = new Map<string, { id: string; value: number }>()
      let monotonicMs = 0
      for (const { given, elapsedMs } of answers) {
        monotonicMs += elapsedMs
        const report = { answer: given, unread: [] }
        const { samples, skipped } = gpuSamples(report, gpus, { describeXid, monotonicMs })
        expect(skipped).toBeGreaterThanOrEqual(given.skipped)
        expect(new Set(samples.map(seriesKey)).size).toBe(samples.length)
        // In the place of a GPU there may be another: when the old one comes back, it starts anew.
        const known = new Set([...gpus.all].map(({ id }) => id))
        for (const [key, { id }] of counters) if (!known.has(id)) counters.delete(key)
        for (const { name, attributes, value } of samples) {
          const metric = kinds.get(name) ?? expect.unreachable(name)
          expect(value).toSatisfy(Number.isFinite)
          if (!mayBeNegative.has(name)) expect(value).toBeGreaterThanOrEqual(0)
          if (metric.unit === '1' && !mayPassOne.has(name)) expect(value).toBeLessThanOrEqual(1)
          for (const each of Object.values(attributes)) expect(each).toMatch(/^\P{C}{0,64}$/u)
          if (name !== 'hw.gpu.throttled.time') continue
          const key = seriesKey({ name, attributes })
          expect(value).toBeGreaterThanOrEqual(counters.get(key)?.value ?? 0)
          counters.set(key, { id: attributes['hw.id'] ?? '', value })
        }
      }
    }
    const card = { index: 0, vendor: 'nvidia', pciAddress: '0000:01:00.0' } as const
    const replaced = [
      { ...card, id: 'GPU-1', throttledSeconds: { sw_power_cap: 1 } },
      { ...card, id: 'GPU-2' },
      { ...card, id: 'GPU-1', throttleReasons: [] },
    ]
    run(replaced.map((gpu) => ({ given: { gpus: [gpu], xids: [], skipped: 0 }, elapsedMs: 0 })))
    const step = fc.record({ given: answer, elapsedMs: fc.constantFrom(0, 1, 1000, 60_000) })
    fc.assert(fc.property(fc.array(step, { minLength: 1, maxLength: 4 }), run), { numRuns: 300 })
  })
})
