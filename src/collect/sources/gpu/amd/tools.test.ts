import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { GpuReading } from '../gpu-reading.ts'
import { parseAmdSmiMetric, parseAmdSmiStatic } from './amd-smi.ts'
import { parseRocmSmi } from './rocm-smi.ts'
import { parseToolJson } from './tool-json.ts'

const mib = 2 ** 20

const rocm = `WARNING: AMD GPU device(s) is/are in a low-power state. {check}
{"card1": {"Unique ID": "0x2150e7d042a1124", "PCI Bus": "0000:04:00.0", "Card Series": "0x1002",
  "Device Name": "Navi 22", "GPU use (%)": 88, "GPU memory use (%)": NaN,
  "GPU Memory Allocated (VRAM%)": "12", "VRAM Total Memory (B)": "17163091968",
  "VRAM Total Used Memory (B)": "-1", "Temperature (Sensor edge) (C)": "39.0",
  "Temperature (Sensor junction) (C)": "65535.0", "Temperature (Sensor memory) (C)": "N/A",
  "Current Socket Graphics Package Power (W)": "15.0", "Max Graphics Package Power (W)": "170.0",
  "sclk clock speed:": "(1269Mhz)", "mclk clock speed:": "(167)", "Fan speed (%)": "13", "Fan RPM": "682",
  "pcie clock level": "1 (8.0GT/s x16)", "PCIe Replay Count": "2", "Serial Number": "0"},
 "card10": {"GPU use (%)": "101"},
 "system": {"Driver version": "6.3.6"}}
`

const metric = JSON.stringify({
  gpu_data: [
    {
      gpu: 0,
      usage: {
        gfx_activity: { value: 94, unit: '%' },
        umc_activity: 'N/A',
        mm_activity: { value: 1, unit: '%' },
      },
      power: { socket_power: { value: 612, unit: 'W' } },
      clock: {
        gfx_0: { clk: { value: 2100, unit: 'MHz' }, max_clk: { value: 2.1, unit: 'GHz' } },
        mem_0: 'N/A',
      },
      temperature: { edge: 'N/A', hotspot: { value: 71, unit: 'C' }, mem: { value: 52, unit: 'K' } },
      pcie: { width: 16, speed: { value: 32, unit: 'GT/s' }, replay_count: 3 },
      ecc: { total_correctable_count: 7, total_uncorrectable_count: 0 },
      fan: { speed: 'N/A', max: 'N/A', rpm: 'N/A', usage: 'N/A' },
      energy: { total_energy_consumption: { value: 12345.5, unit: 'J' } },
      mem_usage: { total_vram: { value: 196592, unit: 'MB' }, used_vram: { value: 17153, unit: 'MB' } },
    },
    { gpu: 1, usage: { gfx_activity: { value: 'N/A', unit: '%' } } },
  ],
})

const fixed = JSON.stringify([
  {
    gpu: 0,
    asic: { market_name: 'AMD Instinct MI300X', asic_serial: '0x5C88EA9E0F1F2A3B' },
    bus: { bdf: '0000:05:00.0', max_pcie_width: 16, max_pcie_speed: { value: 32, unit: 'GT/s' } },
    limit: { socket_power: { value: 750, unit: 'W' }, slowdown_edge_temperature: 'N/A' },
    driver: { version: '6.12.12' },
    board: { product_serial: '692231000123', product_name: 'N/A' },
    vram: { size: { value: 196592, unit: 'MB' } },
  },
])

describe('rocm-smi', () => {
  test('is read after its warnings, with NaN, numbers as texts, and units in keys or values', () => {
    const { gpus, skipped } = parseRocmSmi(rocm)
    expect(gpus).toEqual([
      {
        id: '02150e7d042a1124',
        index: 0,
        vendor: 'amd',
        name: 'Navi 22',
        pciAddress: '0000:04:00.0',
        driverVersion: '6.3.6',
        utilization: 0.88,
        memory: { totalBytes: 17163091968 },
        temperatureCelsius: 39,
        powerWatts: 15,
        powerLimitWatts: 170,
        clocksHz: { graphics: 1.269e9 },
        fanRatio: 0.13,
        fanRpm: 682,
        pcie: { generation: 3, width: 16, replays: 2 },
      },
      { id: 'index 1', index: 1, vendor: 'amd', driverVersion: '6.3.6' },
    ])
    // The memory used, the junction, the clock without a unit, and the second card's use.
    expect(skipped).toBe(4)
  })

  test('without a card is refused', () => {
    expect(() => parseRocmSmi('ERROR: No AMD GPUs\n')).toThrow('no JSON')
    expect(() => parseRocmSmi('{"system": {}}')).toThrow('no card')
  })
})

describe('amd-smi', () => {
  test('is read from both of its commands, by the number of the GPU', () => {
    const { gpus, skipped } = parseAmdSmiMetric(metric, parseAmdSmiStatic(fixed))
    expect(gpus).toEqual([
      {
        id: '5c88ea9e0f1f2a3b',
        index: 0,
        vendor: 'amd',
        name: 'AMD Instinct MI300X',
        serial: '692231000123',
        pciAddress: '0000:05:00.0',
        driverVersion: '6.12.12',
        utilization: 0.94,
        memory: { totalBytes: 196592 * mib, usedBytes: 17153 * mib },
        hotspotTemperatureCelsius: 71,
        powerWatts: 612,
        powerLimitWatts: 750,
        energyJoules: 12345.5,
        clocksHz: { graphics: 2.1e9 },
        maxClocksHz: { graphics: 2.1e9 },
        pcie: { width: 16, generation: 5, maxWidth: 16, maxGeneration: 5, replays: 3 },
        ecc: { corrected: 7, uncorrected: 0 },
      },
      { id: 'index 1', index: 1, vendor: 'amd' },
    ])
    // The temperature in a unit that the tool does not have.
    expect(skipped).toBe(1)
  })

  test('writes a list in some versions, and no GPU is refused', () => {
    expect(parseAmdSmiMetric('[{"gpu": 3}]').gpus).toEqual([{ id: 'index 3', index: 3, vendor: 'amd' }])
    expect(() => parseAmdSmiMetric('[]')).toThrow('no GPU')
  })
})

describe('whatever the output is', () => {
  const parsers = [
    ['rocm-smi', rocm, parseRocmSmi],
    ['amd-smi', metric, (output: string) => parseAmdSmiMetric(output, parseAmdSmiStatic(output))],
  ] as const

  test.each(parsers)('damaged output of %s gives only sound numbers, or an error', (_, sample, parse) => {
    const edit = fc.record({
      at: fc.nat(sample.length),
      length: fc.nat(20),
      insert: fc.constantFrom('', '-', '9'.repeat(25), 'NaN', '"', '{', '\n[', 'null', '1e999'),
    })
    const damaged = fc
      .array(edit, { maxLength: 5 })
      .map((edits) =>
        edits.reduce(
          (text, { at, length, insert }) => text.slice(0, at) + insert + text.slice(at + length),
          sample,
        ),
      )
    fc.assert(
      fc.property(damaged, (output) => isSound(output, parse)),
      { numRuns: 500 },
    )
  })

  test.each(parsers)(
    'any JSON in place of that of %s gives only sound numbers, or an error',
    (_, sample, parse) => {
      const keys = [...sample.matchAll(/"([^"]+)": ?/g)].map(([, key = '']) => key)
      const anything = fc.letrec((tie) => ({
        value: fc.oneof(
          fc.jsonValue(),
          fc.dictionary(fc.constantFrom(...keys, 'card0', 'gpu_data', '__proto__'), tie('value')),
        ),
      })).value
      fc.assert(
        fc.property(anything, (value) => isSound(JSON.stringify(value), parse)),
        { numRuns: 300 },
      )
    },
  )

  test('a text of brackets is given up soon', () => {
    expect(() => parseToolJson('[\n'.repeat(100_000))).toThrow('no JSON')
  })
})

function isSound(
  output: string,
  parse: (output: string) => { readonly gpus: readonly GpuReading[] },
): boolean {
  try {
    return parse(output).gpus.every((gpu) =>
      numbersOf(gpu).every((value) => Number.isFinite(value) && value >= 0),
    )
  } catch (error) {
    return error instanceof Error && /^(?:the tool|rocm-smi|amd-smi) wrote no /.test(error.message)
  }
}

function numbersOf(value: unknown): number[] {
  if (typeof value === 'number') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(numbersOf) : []
}

/** Real output of several cards and versions; it lies beside the repository and is not part of it. */
const folder = join(import.meta.dirname, '../../../../../../shared/data/gpu-fixtures/amd')

describe.skipIf(!existsSync(folder))('real captures (need the folder of shared data)', () => {
  const textOf = (name: string) => readFileSync(join(folder, name), 'utf8')

  test('rocm-smi of five versions says what telegraf reads from it', () => {
    let compared = 0
    const different: string[] = []
    const equal = (what: string, ours: unknown, theirs: unknown) => {
      if (ours !== undefined || theirs !== undefined) compared += 1
      if (ours !== theirs) different.push(`${what}: ${ours} instead of ${theirs}`)
    }
    const files = readdirSync(folder).filter((name) => /^rocm-smi-(?!.*expected).*\.json$/.test(name))
    for (const file of files) {
      const { gpus, skipped } = parseRocmSmi(textOf(file))
      const { metrics } = JSON.parse(textOf(file.replace('.json', '.expected.json'))) as {
        metrics: { tags: Record<string, string>; fields: Record<string, number> }[]
      }
      equal(`${file} cards`, gpus.length, metrics.length)
      equal(`${file} skipped`, skipped, 0)
      for (const [index, { fields }] of metrics.entries()) {
        const gpu = gpus[index] as GpuReading
        const inMhz = (hertz: number | undefined) => hertz && hertz / 1e6
        const inPercent = (ratio: number | undefined) => ratio && Math.round(ratio * 100)
        equal(`${file} total`, gpu.memory?.totalBytes, fields['memory_total'])
        equal(`${file} used`, gpu.memory?.usedBytes, fields['memory_used'])
        equal(`${file} edge`, gpu.temperatureCelsius, fields['temperature_sensor_edge'])
        equal(`${file} junction`, gpu.hotspotTemperatureCelsius, fields['temperature_sensor_junction'])
        equal(`${file} memory`, gpu.memoryTemperatureCelsius, fields['temperature_sensor_memory'])
        equal(`${file} use`, inPercent(gpu.utilization), fields['utilization_gpu'])
        equal(`${file} graphics`, inMhz(gpu.clocksHz?.graphics), fields['clocks_current_sm'])
        equal(`${file} memory clock`, inMhz(gpu.clocksHz?.memory), fields['clocks_current_memory'])
        equal(`${file} power`, gpu.powerWatts, fields['power_draw'])
        equal(`${file} fan`, inPercent(gpu.fanRatio), fields['fan_speed'])
        // Telegraf takes how full the memory is, of the version that tells how busy it is too.
        const busy = file.includes('rocm612') ? 0 : fields['utilization_memory']
        equal(`${file} memory use`, inPercent(gpu.memoryUtilization), busy)
      }
    }
    expect(different).toEqual([])
    expect(compared).toBeGreaterThanOrEqual(111)
  })

  test('amd-smi static of an MI210 tells its limits', () => {
    expect(parseAmdSmiStatic(textOf('amd-smi-static-mi210.json')).get(0)).toEqual({
      name: 'AMD Instinct MI210',
      driverVersion: expect.stringContaining('6.14.0'),
      memory: { totalBytes: 65520 * mib },
      powerLimitWatts: 300,
      slowdownTemperatureCelsius: 99,
      pcie: { maxWidth: 16, maxGeneration: 4 },
    })
  })
})
