import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { GenerationRequest, GenerationResources } from '../../model/generation.ts'
import { ended } from './ended.contract.ts'
import type { GpuReading } from './gpu-readings.ts'
import { ResourceMeter } from './resource-meter.ts'

const second = 1000

function draws(powerWatts: number, index = 0, more: Partial<GpuReading> = {}): GpuReading {
  return { index, id: `GPU-${index}`, name: 'NVIDIA L40S', powerWatts, ...more }
}

/** A meter of ticks each 10 s whose times are given in seconds. */
function metered(maxGenerations?: number) {
  const meter = new ResourceMeter({ intervalMs: 10 * second, maxGenerations })
  return {
    begin: (id: string, at: number, request: GenerationRequest = { gpus: [0] }) =>
      meter.begin(id, request, at * second),
    tick: (at: number, ...readings: GpuReading[]) => meter.observe(at * second, readings),
    end: (id: string, at: number, more: Parameters<typeof ended>[0] = {}, reported?: GenerationResources) =>
      meter.end(ended({ id, ...more }), at * second, reported),
  }
}

describe('energy', () => {
  test('is the area under the power from tick to tick, flat to the ends of the run', () => {
    const { begin, tick, end } = metered()
    tick(0, draws(50))
    begin('g', 4)
    tick(10, draws(300))
    tick(20, draws(400))
    tick(30, draws(200))
    // 6 s at 300 W, 10 s at a mean of 350, 10 s at a mean of 300, 5 s at 200.
    expect(end('g', 35)?.energyJoules).toBeCloseTo(6 * 300 + 10 * 350 + 10 * 300 + 5 * 200, 9)
  })

  test('what a GPU drew before the run is no part of it, though the run began during the tick', () => {
    const { begin, tick, end } = metered()
    tick(0, draws(50))
    begin('g', 10.1)
    tick(10, draws(50))
    tick(20, draws(300))
    expect(end('g', 20)?.energyJoules).toBeCloseTo(9.9 * 300, 9)
  })

  test('of those that begin during one tick is divided from the moment each began', () => {
    const { begin, tick, end } = metered()
    begin('a', 0)
    tick(0, draws(300))
    begin('b', 10.2)
    begin('c', 10.4)
    tick(10, draws(300))
    tick(20, draws(300))
    expect(end('b', 20)?.energyJoules).toBeCloseTo((0.2 * 300) / 2 + (9.6 * 300) / 3, 9)
    expect(end('c', 20)?.energyJoules).toBeCloseTo((9.6 * 300) / 3, 9)
    expect(end('a', 20)?.energyJoules).toBeCloseTo(10.2 * 300 + (0.2 * 300) / 2 + (9.6 * 300) / 3, 9)
  })

  test('of a shared GPU is divided among those that run on it at that moment', () => {
    const { begin, tick, end } = metered()
    begin('a', 0)
    tick(0, draws(100))
    begin('b', 5)
    tick(10, draws(300))
    // Alone for 5 s at a mean of 150 W, then half of 5 s at a mean of 250; then 4 s of half of 300.
    expect(end('a', 14)?.energyJoules).toBeCloseTo(5 * 150 + (5 * 250) / 2 + (4 * 300) / 2, 9)
    tick(20, draws(300))
    // Flat at 300 before its first tick, shared; then shared for 4 s, and alone for 6.
    expect(end('b', 20)?.energyJoules).toBeCloseTo((5 * 300) / 2 + (4 * 300) / 2 + 6 * 300, 9)
  })

  test('of a run on two GPUs is that of both', () => {
    const { begin, tick, end } = metered()
    begin('g', 0, { gpus: [0, 1, 1] })
    tick(0, draws(100, 0), draws(200, 1))
    tick(10, draws(100, 0), draws(400, 1))
    expect(end('g', 10)?.energyJoules).toBeCloseTo(1000 + 3000, 9)
  })

  test('is not known of a run that no tick fell into', () => {
    const { begin, tick, end } = metered()
    tick(0, draws(300))
    begin('g', 1)
    expect(end('g', 9)?.energyJoules).toBeUndefined()
  })

  test('is not known when most of the run, or more than a tenth of it, was in a gap', () => {
    const { begin, tick, end } = metered()
    begin('g', 0)
    tick(0, draws(300))
    tick(31, draws(300))
    tick(41, draws(300))
    expect(end('g', 50)?.energyJoules).toBeUndefined()
  })

  test('leaves out what was drawn in a gap of more than three intervals, but not in one of three', () => {
    const { begin, tick, end } = metered()
    begin('g', 0)
    for (let at = 0; at <= 600; at += 10) tick(at, draws(100))
    tick(630, draws(100))
    tick(661, draws(100))
    expect(end('g', 661)?.energyJoules).toBeCloseTo(630 * 100, 6)
  })

  test('a reading that says no power, or none that can be, is no reading', () => {
    const { begin, tick, end } = metered()
    begin('g', 0)
    tick(0, draws(100))
    tick(5, { index: 0, id: 'GPU-0' }, draws(Number.NaN, 1))
    tick(7, draws(-1))
    tick(8, draws(Infinity))
    tick(10, draws(200))
    expect(end('g', 10)?.energyJoules).toBeCloseTo(1500, 9)
  })

  test('a tick that steps back in time takes nothing away', () => {
    const { begin, tick, end } = metered()
    begin('g', 0)
    tick(0, draws(100))
    tick(10, draws(100))
    tick(5, draws(100))
    tick(20, draws(100))
    expect(end('g', 20)?.energyJoules).toBeCloseTo(2000, 9)
  })

  test('whoever runs when, all shares are what the GPU drew while anyone ran, summed in small steps', () => {
    const run = fc.record({ from: fc.nat(99), length: fc.integer({ min: 30, max: 99 }) })
    const watts = fc.array(fc.nat(700), { minLength: 25, maxLength: 25 })
    fc.assert(
      fc.property(fc.array(run, { minLength: 1, maxLength: 8 }), watts, (runs, power) => {
        const { begin, tick, end } = metered()
        const energies = runs.map(() => 0)
        for (let at = 0; at <= 200; at++) {
          for (const [index, { from, length }] of runs.entries()) {
            if (from === at) begin(`g${index}`, at)
            if (from + length === at) energies[index] = end(`g${index}`, at)?.energyJoules ?? Number.NaN
          }
          if (at % 10 === 0) tick(at, draws(power[at / 10] ?? 0))
        }
        for (const [index, energy] of energies.entries()) {
          expect(energy).toBeCloseTo(bruteForce(runs, index, power), 4)
        }
      }),
    )
  })
})

/** The midpoint rule in steps of 0.1 s, which is exact for lines: what the meter says, without its integrals. */
function bruteForce(
  runs: readonly { from: number; length: number }[],
  index: number,
  power: readonly number[],
): number {
  const { from = 0, length = 0 } = runs[index] ?? {}
  const to = from + length
  const [firstTick, lastTick] = [Math.ceil(from / 10) * 10, Math.floor((to - 1) / 10) * 10]
  let joules = 0
  for (let step = from * 10; step < to * 10; step++) {
    const middle = step / 10 + 0.05
    const count = runs.filter((run) => run.from < middle && middle < run.from + run.length).length
    const at = Math.min(lastTick, Math.max(firstTick, middle))
    const [before, after] = [Math.floor(at / 10), Math.ceil(at / 10)]
    const [p0 = 0, p1 = 0] = [power[before], power[after]]
    joules += ((p0 + (p1 - p0) * (at / 10 - before)) / count) * 0.1
  }
  return joules
}

describe('other resources', () => {
  test('GPU time is the run time by the number of GPUs', () => {
    const { begin, end } = metered()
    begin('g', 0, { gpus: [0, 3] })
    expect(end('g', 60, { durationMs: 60_000 })).toEqual({ gpuSeconds: 120 })
  })

  test('the peak of memory is that of the GPU that used most, while it ran', () => {
    const { begin, tick, end } = metered()
    tick(0, draws(1, 0, { memoryUsedBytes: 9e9 }))
    begin('g', 5, { gpus: [0, 1] })
    tick(10, draws(1, 0, { memoryUsedBytes: 1e9 }), draws(1, 1, { memoryUsedBytes: 3e9 }))
    tick(20, draws(1, 0, { memoryUsedBytes: 2e9 }), draws(1, 2, { memoryUsedBytes: 8e9 }))
    expect(end('g', 30)?.peakVramBytes).toBe(3e9)
  })

  test('the type is the name of its GPUs, if they are of one kind', () => {
    const { begin, tick, end } = metered()
    tick(0, draws(1, 0), draws(1, 1), draws(1, 2, { name: 'NVIDIA T4' }))
    begin('same', 1, { gpus: [0, 1] })
    begin('mixed', 1, { gpus: [1, 2] })
    begin('partly unknown', 1, { gpus: [0, 7] })
    expect(end('same', 2)?.gpuType).toBe('NVIDIA L40S')
    expect(end('mixed', 2)?.gpuType).toBeUndefined()
    expect(end('partly unknown', 2)?.gpuType).toBeUndefined()
  })

  test('what the engine measured itself stands before the samples', () => {
    const { begin, tick, end } = metered()
    begin('g', 0)
    tick(0, draws(100, 0, { memoryUsedBytes: 5 }))
    expect(end('g', 10, {}, { energyJoules: 7 })).toMatchObject({ energyJoules: 7, peakVramBytes: 5 })
  })

  test('of a lost generation, GPU time counts to its last sign of life, and energy is not known', () => {
    const { begin, tick, end } = metered()
    begin('g', 0)
    tick(0, draws(100))
    tick(10, draws(100))
    const lost = { status: 'lost', durationMs: undefined, startedAtMs: 1_000, endedAtMs: 8_500 } as const
    expect(end('g', 10, lost)).toEqual({ gpuSeconds: 7.5, gpuType: 'NVIDIA L40S' })
  })

  test('of one that never began here, the GPU time of its record', () => {
    const { end } = metered()
    expect(end('g', 0, { request: { gpus: [0, 1] } })).toEqual({ gpuSeconds: 120 })
    expect(end('g', 0)).toBeUndefined()
  })

  test('of one whose true end becomes known later, what was known stays, and GPU time is put right', () => {
    const { end } = metered()
    const resources = { gpuSeconds: 20, peakVramBytes: 5, gpuType: 'NVIDIA L40S' }
    expect(end('g', 0, { request: { gpus: [0] }, resources })).toEqual({ ...resources, gpuSeconds: 60 })
    expect(end('g', 0, { resources })).toEqual(resources)
  })
})

describe('a request that names no GPU', () => {
  test('runs on the only one, also when that is seen only later', () => {
    const { begin, tick, end } = metered()
    begin('early', 0, {})
    tick(10, draws(100, 4))
    begin('late', 10, {})
    tick(20, draws(100, 4))
    expect(end('early', 20)).toMatchObject({
      energyJoules: 10 * 100 + (10 * 100) / 2,
      gpuType: 'NVIDIA L40S',
    })
    expect(end('late', 20)).toMatchObject({ gpuSeconds: 60 })
  })

  test('uses none that is known where there are more, where a provider runs it, and where it names none', () => {
    const { begin, tick, end } = metered()
    tick(0, draws(100))
    begin('hosted', 0, { provider: 'fal' })
    begin('none', 0, { gpus: [] })
    begin('senseless', 0, { gpus: [-1, 0.5, Number.NaN] })
    expect(end('hosted', 10)).toBeUndefined()
    expect(end('none', 10)).toBeUndefined()
    expect(end('senseless', 10)).toBeUndefined()
    tick(10, draws(100, 0), draws(100, 1))
    begin('either', 10, {})
    tick(20, draws(100, 0), draws(100, 1))
    expect(end('either', 20)).toBeUndefined()
  })
})

test('beyond its bound it measures nothing, and has room again when one ends', () => {
  const { begin, tick, end } = metered(1)
  begin('a', 0)
  begin('b', 0)
  tick(0, draws(100))
  tick(10, draws(100))
  expect(end('b', 10)?.energyJoules).toBeUndefined()
  expect(end('a', 10)?.energyJoules).toBeCloseTo(1000, 9)
  begin('c', 10)
  tick(10, draws(100))
  tick(20, draws(100))
  expect(end('c', 20)?.energyJoules).toBeCloseTo(1000, 9)
})

test('a second beginning of the same generation changes nothing', () => {
  const { begin, tick, end } = metered()
  begin('g', 0)
  tick(0, draws(100))
  begin('g', 5, { gpus: [1] })
  tick(10, draws(100))
  expect(end('g', 10)?.energyJoules).toBeCloseTo(1000, 9)
})
