/** Against a C library that exposes the symbols of NVML with layouts of its own: `test/fixtures/nvml/fake-nvml.c`. */
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  buildFakeNvml,
  directFakeNvml,
  type FakeNvml,
  hasCompiler,
} from '../../../../../test/support/fake-nvml.ts'
import { type ManualClock, manualClock } from '../../../../../test/support/manual-clock.ts'
import type { GpuReading } from '../gpu-reading.ts'
import { type NvmlReader, openNvmlReader } from './nvml-reader.ts'

const gib = 2 ** 30

let clock: ManualClock
let reader: NvmlReader

function gpu(index = 0): GpuReading {
  const found = reader.read().gpus[index]
  if (!found) throw new Error(`There is no GPU ${index}`)
  return found
}

/** What a reading holds, as it is when it has crossed from another process. */
function plain(reading: GpuReading): Record<string, unknown> {
  return JSON.parse(JSON.stringify(reading))
}

test('a library that is not there is named', () => {
  expect(() => openNvmlReader({ libraryPath: '/nowhere/libnvidia-ml.so.1', clock: manualClock() })).toThrow(
    /no \/nowhere\/libnvidia-ml\.so\.1: the NVIDIA driver is not installed/,
  )
})

describe.skipIf(!hasCompiler)('the NVML reader (needs a C compiler as `cc`)', () => {
  let libraryPath: string
  let fake: FakeNvml

  beforeAll(() => {
    libraryPath = buildFakeNvml()
    fake = directFakeNvml(libraryPath)
  })

  beforeEach(() => {
    fake.play('')
    clock = manualClock()
    reader = openNvmlReader({ libraryPath, clock })
  })

  afterEach(() => {
    fake.play('')
    reader.drainXids()
    reader.close()
  })

  test('reads every value of a card in base units', () => {
    const answer = reader.read()
    expect(answer.skipped).toBe(0)
    expect(answer.gpus.map(plain)).toEqual([
      {
        id: 'GPU-fake-0',
        index: 0,
        vendor: 'nvidia',
        name: 'NVIDIA H100 80GB HBM3',
        serial: '165000',
        pciAddress: '00000000:06:00.0',
        driverVersion: '595.71.05',
        cudaVersion: '13.1',
        utilization: 0.5,
        memoryUtilization: 0.3,
        encoderUtilization: 0.6,
        decoderUtilization: 0.1,
        jpegUtilization: 0.05,
        opticalFlowUtilization: 0.02,
        encoderSessions: 3,
        memory: { totalBytes: 80 * gib, usedBytes: 2 * gib, freeBytes: 77 * gib, reservedBytes: gib },
        temperatureCelsius: 65,
        memoryTemperatureCelsius: 70,
        temperatureMarginCelsius: -3,
        slowdownTemperatureCelsius: 92,
        powerWatts: 400,
        powerLimitWatts: 700,
        energyJoules: 2 ** 40 / 1000,
        clocksHz: { graphics: 1e9, sm: 1.1e9, memory: 1.2e9, video: 1.3e9 },
        maxClocksHz: { graphics: 2e9, sm: 2.1e9, memory: 2.2e9 },
        performanceState: 2,
        fanRatio: 1.05,
        fanRpm: 2400,
        throttleReasons: ['sw_power_cap', 'sw_thermal_slowdown'],
        throttledSeconds: {
          sw_power_cap: 5,
          sync_boost: 0,
          sw_thermal_slowdown: 1.5,
          hw_thermal_slowdown: 3,
          hw_power_brake_slowdown: 4.5,
        },
        pcie: {
          generation: 4,
          maxGeneration: 5,
          width: 8,
          maxWidth: 16,
          transmittedBytes: 2 ** 50 + 197,
          receivedBytes: 2 ** 50 + 198,
          replays: 7,
        },
        ecc: { corrected: 1, uncorrected: 2, correctedLifetime: 11, uncorrectedLifetime: 12 },
        retiredPages: { singleBit: 4, doubleBit: 0, isPending: true },
        remappedRows: { correctable: 2, uncorrectable: 1, isPending: true, hasFailed: false },
        isMigEnabled: false,
        processes: [
          { pid: 1000, name: '/usr/bin/program-1000', usedBytes: gib },
          { pid: 1001, name: '/usr/bin/program-1001', usedBytes: 2 * gib },
        ],
      },
    ])
  })

  test('keeps eight cards apart', () => {
    fake.play('gpus=8')
    const { gpus } = reader.read()
    expect(gpus.map(({ id }) => id)).toEqual(gpus.map((_, index) => `GPU-fake-${index}`))
    expect(gpus.map(({ utilization }) => utilization)).toEqual(gpus.map((_, index) => (50 + index) / 100))
    expect(gpus.map(({ memory }) => memory?.usedBytes)).toEqual(gpus.map((_, index) => 2 * gib + index))
    expect(gpus.map(({ powerWatts }) => powerWatts)).toEqual(gpus.map((_, index) => 400 + index))
  })

  test('asks for 20 values of each of eight cards in at most 160 calls', () => {
    fake.play('gpus=8 processes=0')
    reader.read()
    fake.calls()
    reader.read()
    // Counting the cards, the lists of programs and looking for events come on top.
    expect(fake.calls() - 1 - 8 * 3 - 1).toBeLessThanOrEqual(160)
  })

  test('leaves out what is not supported, and asks for it once', () => {
    fake.play('unsupported')
    expect(plain(gpu())).toEqual({
      id: 'GPU-fake-0',
      index: 0,
      vendor: 'nvidia',
      name: 'NVIDIA H100 80GB HBM3',
      pciAddress: '00000000:06:00.0',
      driverVersion: '595.71.05',
      cudaVersion: '13.1',
    })
    fake.calls()
    expect(reader.read().skipped).toBe(0)
    // Counting, and looking for events.
    expect(fake.calls()).toBe(2)
  })

  test('takes the values that mean "not there" for absent', () => {
    fake.play('sentinels')
    const reading = plain(gpu())
    expect(Object.keys(reading).sort()).toEqual(
      [
        ...['id', 'index', 'vendor', 'name', 'serial', 'pciAddress', 'driverVersion', 'cudaVersion'],
        ...['throttleReasons', 'isMigEnabled', 'processes'],
      ].sort(),
    )
    expect(reading['processes']).toEqual([
      { pid: 1000, name: '/usr/bin/program-1000' },
      { pid: 1001, name: '/usr/bin/program-1001' },
    ])
  })

  test('reads what changes slowly every ten seconds only', async () => {
    reader.read()
    fake.calls()
    reader.read()
    const usual = fake.calls()
    await clock.advance(10_000)
    reader.read()
    expect(fake.calls()).toBe(usual + 10)
    reader.read()
    expect(fake.calls()).toBe(usual)
  })

  test('follows a list of programs that is longer than expected', () => {
    fake.play('processes=1500')
    expect(gpu().processes).toHaveLength(1500)
    fake.play('processes=0')
    expect(gpu().processes).toEqual([])
  })

  test('leaves out a list of programs that no GPU has', () => {
    fake.play('processes=100000')
    const answer = reader.read()
    expect(answer.gpus[0]?.processes?.length).toBe(1)
    expect(answer.skipped).toBe(1)
  })

  test('takes the rate of the PCIe link, at every tenth reading, where there are no counters', () => {
    fake.play('no-counters')
    const rates = Array.from({ length: 11 }, () => gpu().pcie?.transmitBytesPerSecond)
    expect(rates.map((rate) => rate !== undefined)).toEqual([true, ...Array(9).fill(false), true])
    expect(rates[0]).toBe(1_000_000)
  })

  test('does not believe a counter of bytes that wraps between two readings', () => {
    fake.play('narrow')
    expect(gpu().pcie).toMatchObject({ receiveBytesPerSecond: 2_000_000 })
    expect(gpu().pcie?.receivedBytes).toBeUndefined()
  })

  test.each([
    ['by the numbers of the header', ''],
    ['by those of the bindings', 'bindings'],
    ['by the numbers of the header where the others mean power smoothing', 'smoothing'],
    ['by those of the bindings where the others mean power smoothing', 'bindings smoothing'],
  ])('reads the throttle counters %s', (_, words) => {
    fake.play(words)
    for (let reading = 0; reading < 2; reading++)
      expect(gpu().throttledSeconds).toMatchObject({
        sw_thermal_slowdown: 1.5,
        hw_thermal_slowdown: 3,
        hw_power_brake_slowdown: 4.5,
      })
  })

  test('leaves the throttle counters out when both numberings look like times', () => {
    fake.play('both-times')
    expect(gpu().throttledSeconds).toEqual({ sw_power_cap: 5, sync_boost: 0 })
  })
})

describe.skipIf(!hasCompiler)('an old driver (needs a C compiler as `cc`)', () => {
  test('tells what its functions tell, in the units of the newer ones', () => {
    const libraryPath = buildFakeNvml({ isOldDriver: true })
    const fake = directFakeNvml(libraryPath)
    reader = openNvmlReader({ libraryPath, clock: manualClock() })
    const reading = plain(gpu())
    expect(reading).toMatchObject({
      cudaVersion: '13.1',
      utilization: 0.5,
      temperatureCelsius: 64,
      powerWatts: 400.5,
      energyJoules: 2 ** 40 / 1000,
      throttleReasons: ['sw_power_cap', 'sw_thermal_slowdown'],
      fanRatio: 1.05,
      pcie: { replays: 7, transmitBytesPerSecond: 1_000_000, receiveBytesPerSecond: 2_000_000 },
      // The short struct: with the long one the second program would be made of halves of others.
      processes: [
        { pid: 1000, usedBytes: 2 ** 20 },
        { pid: 1001, usedBytes: 2 ** 21 },
      ],
    })
    // What the driver keeps for itself counts as used there, so used is not told.
    expect(reading['memory']).toEqual({ totalBytes: 80 * gib, freeBytes: 60 * gib })
    for (const absent of [
      'jpegUtilization',
      'temperatureMarginCelsius',
      'fanRpm',
      'throttledSeconds',
      'isMigEnabled',
    ])
      expect(reading).not.toHaveProperty(absent)
    fake.play('xid=0:79')
    expect(reader.drainXids()).toMatchObject([{ device: 'GPU-fake-0', code: 79 }])
    reader.close()
  })
})
