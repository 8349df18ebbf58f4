import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isDcgmBlank, readingsFromDcgm } from './dcgm.ts'
import { parseExposition } from './exposition.ts'

const gib = 2 ** 30

const read = (text: string) => readingsFromDcgm(parseExposition(text).samples)

const labelsOf = (gpu: number) =>
  `gpu="${gpu}",UUID="GPU-${gpu}",pci_bus_id="00000000:0${gpu}:00.0",device="nvidia${gpu}",` +
  `modelName="NVIDIA H100 80GB HBM3",Hostname="node",DCGM_FI_DRIVER_VERSION="550.90.07"`

/** Written by the format of dcgm-exporter's default list of counters and of those it lists as comments. */
const whole = (gpu: number) => `
DCGM_FI_DEV_SM_CLOCK{${labelsOf(gpu)}} 1980
DCGM_FI_DEV_MEM_CLOCK{${labelsOf(gpu)}} 2619
DCGM_FI_DEV_MEMORY_TEMP{${labelsOf(gpu)}} 52
DCGM_FI_DEV_GPU_TEMP{${labelsOf(gpu)}} 44
DCGM_FI_DEV_GPU_TEMP_LIMIT{${labelsOf(gpu)}} -2
DCGM_FI_DEV_POWER_USAGE{${labelsOf(gpu)}} 412.374000
DCGM_FI_DEV_ENFORCED_POWER_LIMIT{${labelsOf(gpu)}} 700.000000
DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION{${labelsOf(gpu)}} 90617258401
DCGM_FI_DEV_PCIE_REPLAY_COUNTER{${labelsOf(gpu)}} 3
DCGM_FI_DEV_GPU_UTIL{${labelsOf(gpu)}} 87
DCGM_FI_DEV_MEM_COPY_UTIL{${labelsOf(gpu)}} 35
DCGM_FI_DEV_ENC_UTIL{${labelsOf(gpu)}} 0
DCGM_FI_DEV_DEC_UTIL{${labelsOf(gpu)}} 100
DCGM_FI_DEV_XID_ERRORS{${labelsOf(gpu)},err_code="79"} 79
DCGM_FI_DEV_FB_FREE{${labelsOf(gpu)}} 61440
DCGM_FI_DEV_FB_USED{${labelsOf(gpu)}} 20480
DCGM_FI_DEV_FB_RESERVED{${labelsOf(gpu)}} 1024
DCGM_FI_DEV_POWER_VIOLATION{${labelsOf(gpu)}} 1500000000
DCGM_FI_DEV_THERMAL_VIOLATION{${labelsOf(gpu)}} 9223372036854775794
DCGM_FI_DEV_CLOCKS_EVENT_REASONS{${labelsOf(gpu)}} 36
DCGM_FI_DEV_ECC_DBE_VOL_TOTAL{${labelsOf(gpu)}} 0
DCGM_FI_DEV_UNCORRECTABLE_REMAPPED_ROWS{${labelsOf(gpu)}} 1
DCGM_FI_DEV_ROW_REMAP_FAILURE{${labelsOf(gpu)}} 0
DCGM_FI_DEV_PCIE_LINK_GEN{${labelsOf(gpu)}} 5
DCGM_FI_DEV_PSTATE{${labelsOf(gpu)}} 0
DCGM_FI_PROF_GR_ENGINE_ACTIVE{${labelsOf(gpu)}} 0.861234
DCGM_FI_PROF_PCIE_TX_BYTES{${labelsOf(gpu)}} 33011804
DCGM_FI_PROF_PCIE_RX_BYTES{${labelsOf(gpu)}} 97863601
`

describe('readings of the GPUs that dcgm-exporter tells of', () => {
  test('have our names and base units', () => {
    const [gpu] = read(whole(0))
    expect(gpu).toEqual({
      id: 'GPU-0',
      index: 0,
      vendor: 'nvidia',
      name: 'NVIDIA H100 80GB HBM3',
      pciAddress: '00000000:00:00.0',
      driverVersion: '550.90.07',
      utilization: 0.87,
      memoryUtilization: 0.35,
      encoderUtilization: 0,
      decoderUtilization: 1,
      memory: { totalBytes: 81 * gib, usedBytes: 20 * gib, freeBytes: 60 * gib, reservedBytes: gib },
      temperatureCelsius: 44,
      memoryTemperatureCelsius: 52,
      temperatureMarginCelsius: -2,
      powerWatts: 412.374,
      powerLimitWatts: 700,
      energyJoules: 90617258.401,
      clocksHz: { sm: 1.98e9, memory: 2.619e9 },
      performanceState: 0,
      throttleReasons: ['sw_power_cap', 'sw_thermal_slowdown'],
      throttledSeconds: { sw_power_cap: 1.5 },
      pcie: { generation: 5, receiveBytesPerSecond: 97863601, transmitBytesPerSecond: 33011804, replays: 3 },
      ecc: { uncorrected: 0 },
      remappedRows: { uncorrectable: 1, hasFailed: false },
    })
  })

  test('are one for each UUID, in the order they come', () => {
    expect(read(whole(1) + whole(0)).map(({ id, index }) => [id, index])).toEqual([
      ['GPU-1', 1],
      ['GPU-0', 0],
    ])
  })

  test('take the first of several samples, as of pods that share a GPU', () => {
    const [gpu, ...others] = read(
      `DCGM_FI_DEV_GPU_UTIL{${labelsOf(0)},pod="a",namespace="x",container="c"} 10
      DCGM_FI_DEV_GPU_UTIL{${labelsOf(0)},pod="b",namespace="x",container="c"} 20`,
    )
    expect(gpu?.utilization).toBe(0.1)
    expect(others).toEqual([])
  })

  test('tell the memory of each part of a GPU apart, and the power of the whole once', () => {
    const part = (id: number) => `${labelsOf(0)},GPU_I_PROFILE="1g.10gb",GPU_I_ID="${id}"`
    const [gpu, ...others] = read(`
      DCGM_FI_DEV_FB_USED{${part(7)}} 1024
      DCGM_FI_DEV_FB_FREE{${part(7)}} 9216
      DCGM_FI_DEV_FB_USED{${part(13)}} 2048
      DCGM_FI_DEV_POWER_USAGE{${part(7)}} 52.6
      DCGM_FI_DEV_POWER_USAGE{${part(13)}} 52.7
      DCGM_FI_DEV_GPU_UTIL{${part(7)}} 9223372036854775794
      DCGM_FI_PROF_GR_ENGINE_ACTIVE{${part(7)}} 0.9`)
    expect(others).toEqual([])
    expect(gpu).toMatchObject({
      powerWatts: 52.6,
      isMigEnabled: true,
      instances: [
        {
          id: '7',
          profile: '1g.10gb',
          memory: { totalBytes: 10 * gib, usedBytes: gib, freeBytes: 9 * gib },
        },
        { id: '13', profile: '1g.10gb', memory: { usedBytes: 2 * gib } },
      ],
    })
    expect(gpu).not.toHaveProperty('memory')
    expect(gpu).not.toHaveProperty('utilization')
  })

  test('fall back to the share of the engine where the general one is blank', () => {
    const [gpu] = read(
      `DCGM_FI_DEV_GPU_UTIL{UUID="a"} 2147483632\nDCGM_FI_PROF_GR_ENGINE_ACTIVE{UUID="a"} 0.25`,
    )
    expect(gpu?.utilization).toBe(0.25)
  })

  test('know the names that DCGM has given some fields since', () => {
    const [gpu] = read('DCGM_FI_DEV_GPU_TEMP_CELSIUS{gpu="2"} 50\nDCGM_FI_DEV_BOARD_POWER_WATTS{gpu="2"} 99')
    expect(gpu).toEqual({ id: 'index 2', index: 2, vendor: 'nvidia', temperatureCelsius: 50, powerWatts: 99 })
  })

  test('leave out shares past 100 %, an unknown performance state, and texts that are blank', () => {
    const [gpu] = read(
      `DCGM_FI_DEV_GPU_UTIL{gpu="0",UUID="a",modelName="<<<NOT_SUPPORTED>>>"} 101\nDCGM_FI_DEV_PSTATE{UUID="a"} 32`,
    )
    expect(gpu).toEqual({ id: 'a', index: 0, vendor: 'nvidia' })
  })

  test('are none of other samples, nor of what is no GPU', () => {
    expect(read('DCGM_FI_DEV_NVSWITCH_TEMPERATURE_CURRENT{nvswitch="0"} 40\nnode_load1{gpu="0"} 1')).toEqual(
      [],
    )
  })

  test('never throw, and hold no blank value, whatever comes', () => {
    const field = fc.constantFrom(
      'GPU_UTIL',
      'FB_USED',
      'FB_FREE',
      'POWER_USAGE',
      'PSTATE',
      'THERMAL_VIOLATION',
    )
    const label = fc.constantFrom('gpu', 'UUID', 'pci_bus_id', 'device', 'GPU_I_ID', 'modelName')
    const blank = fc.integer({ min: 0, max: 3 })
    const value = fc.oneof(
      fc.double(),
      blank.map((reason) => 0x7ffffff0 + reason),
      blank.map((reason) => 2 ** 47 + reason),
      blank.map((reason) => Number(0x7ffffffffffffff0n + BigInt(reason))),
    )
    const samples = fc.array(
      fc.record({
        name: field.map((name) => `DCGM_FI_DEV_${name}`),
        labels: fc.dictionary(label, fc.string({ unit: 'binary' })),
        value,
      }),
    )
    fc.assert(
      fc.property(samples, (given) => {
        const kept = new Set(
          given.filter((sample) => !isDcgmBlank(sample.value)).map((sample) => sample.value),
        )
        for (const gpu of readingsFromDcgm(given))
          if (gpu.powerWatts !== undefined) expect(kept).toContain(gpu.powerWatts)
      }),
    )
  })
})

test.each([
  ['an energy that a big card reaches in an hour', 2_200_000_000, false],
  ['the greatest 32-bit number below the blank ones', 0x7fffffef, false],
  ['a blank 32-bit number', 2147483632, true],
  ['a 32-bit number that is not permitted', 2147483635, true],
  ['a blank floating number', 140737488355328, true],
  ['a floating number that is not supported', 140737488355330, true],
  ['a blank 64-bit number', Number('9223372036854775792'), true],
  ['a 64-bit number that is not supported', Number('9223372036854775794'), true],
])('%s (%d) is told apart', (_, value, isBlank) => {
  expect(isDcgmBlank(value)).toBe(isBlank)
})
