import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { GpuReading } from '../gpu-reading.ts'
import { parseSmiCsv } from './smi-csv.ts'
import { gpusOf } from './smi-gpus.ts'
import { parseSmiList } from './smi-list.ts'
import { parseSmiText } from './smi-text.ts'
import { parseSmiXml } from './smi-xml.ts'

/** Real output of many cards and drivers; it lies beside the repository and is not part of it. */
const folder = join(import.meta.dirname, '../../../../../../shared/data/gpu-fixtures')
const filesOf = (kind: string, end: string) =>
  existsSync(folder) ? readdirSync(join(folder, kind)).filter((name) => name.endsWith(end)) : []
const textOf = (kind: string, name: string) => readFileSync(join(folder, kind, name), 'utf8')

const mib = 2 ** 20

type Value = number | string | boolean | undefined
type Expected = Readonly<Record<string, number | string>>

/** What telegraf calls each value, and where we have it, in telegraf's units. */
const telegrafFields: Readonly<Record<string, (gpu: GpuReading) => Value>> = {
  clocks_current_graphics: (gpu) => scaled(gpu.clocksHz?.graphics, 1e-6),
  clocks_current_memory: (gpu) => scaled(gpu.clocksHz?.memory, 1e-6),
  clocks_current_sm: (gpu) => scaled(gpu.clocksHz?.sm, 1e-6),
  clocks_current_video: (gpu) => scaled(gpu.clocksHz?.video, 1e-6),
  clocks_event_reason_hw_power_brake_slowdown: reason('hw_power_brake_slowdown'),
  clocks_event_reason_hw_slowdown: reason('hw_slowdown'),
  clocks_event_reason_hw_thermal_slowdown: reason('hw_thermal_slowdown'),
  clocks_event_reason_sw_power_cap: reason('sw_power_cap'),
  clocks_event_reason_sw_thermal_slowdown: reason('sw_thermal_slowdown'),
  clocks_event_reason_sync_boost: reason('sync_boost'),
  clocks_event_reasons_counters_hw_power_brake: lost('hw_power_brake_slowdown'),
  clocks_event_reasons_counters_hw_therm_slowdown: lost('hw_thermal_slowdown'),
  clocks_event_reasons_counters_sw_power_cap: lost('sw_power_cap'),
  clocks_event_reasons_counters_sw_therm_slowdown: lost('sw_thermal_slowdown'),
  clocks_event_reasons_counters_sync_boost: lost('sync_boost'),
  cuda_version: (gpu) => gpu.cudaVersion,
  driver_version: (gpu) => gpu.driverVersion,
  encoder_stats_session_count: (gpu) => gpu.encoderSessions,
  fan_speed: (gpu) => scaled(gpu.fanRatio, 100),
  memory_free: (gpu) => scaled(gpu.memory?.freeBytes, 1 / mib),
  memory_reserved: (gpu) => scaled(gpu.memory?.reservedBytes, 1 / mib),
  memory_total: (gpu) => scaled(gpu.memory?.totalBytes, 1 / mib),
  memory_used: (gpu) => scaled(gpu.memory?.usedBytes, 1 / mib),
  pcie_link_gen_current: (gpu) => gpu.pcie?.generation,
  pcie_link_width_current: (gpu) => gpu.pcie?.width,
  pcie_rx_util: (gpu) => scaled(gpu.pcie?.receiveBytesPerSecond, 1e-3),
  pcie_tx_util: (gpu) => scaled(gpu.pcie?.transmitBytesPerSecond, 1e-3),
  power_limit: (gpu) => gpu.powerLimitWatts,
  remapped_rows_correctable: (gpu) => gpu.remappedRows?.correctable,
  remapped_rows_uncorrectable: (gpu) => gpu.remappedRows?.uncorrectable,
  remapped_rows_pending: (gpu) => yesNo(gpu.remappedRows?.isPending),
  remapped_rows_failure: (gpu) => yesNo(gpu.remappedRows?.hasFailed),
  retired_pages_double_bit: (gpu) => gpu.retiredPages?.doubleBit,
  retired_pages_multiple_single_bit: (gpu) => gpu.retiredPages?.singleBit,
  retired_pages_pending: (gpu) => yesNo(gpu.retiredPages?.isPending),
  serial: (gpu) => gpu.serial,
  temperature_gpu: (gpu) => gpu.temperatureCelsius,
  temperature_gpu_tlimit: (gpu) => gpu.temperatureMarginCelsius,
  temperature_memory: (gpu) => gpu.memoryTemperatureCelsius,
  temperature_slow_threshold: (gpu) => gpu.slowdownTemperatureCelsius,
  utilization_decoder: (gpu) => scaled(gpu.decoderUtilization, 100),
  utilization_encoder: (gpu) => scaled(gpu.encoderUtilization, 100),
  utilization_gpu: (gpu) => scaled(gpu.utilization, 100),
  utilization_jpeg: (gpu) => scaled(gpu.jpegUtilization, 100),
  utilization_memory: (gpu) => scaled(gpu.memoryUtilization, 100),
  utilization_ofa: (gpu) => scaled(gpu.opticalFlowUtilization, 100),
}

/** Telegraf does not read these of the versions before 12, which have them. */
const telegrafLeavesOut = new Set(['pcie_rx_util', 'pcie_tx_util', 'temperature_slow_threshold'])

function scaled(value: number | undefined, factor: number): number | undefined {
  return value === undefined ? undefined : Number((value * factor).toPrecision(12))
}

function reason(name: string) {
  return (gpu: GpuReading) =>
    gpu.throttleReasons && ((gpu.throttleReasons as readonly string[]).includes(name) ? 1 : 0)
}

function lost(name: keyof NonNullable<GpuReading['throttledSeconds']>) {
  return (gpu: GpuReading) => scaled(gpu.throttledSeconds?.[name], 1e6)
}

function yesNo(flag: boolean | undefined): string | undefined {
  return flag === undefined ? undefined : flag ? 'Yes' : 'No'
}

interface Telegraf {
  readonly metrics: readonly {
    readonly measurement: string
    readonly tags: Readonly<Record<string, string>>
    readonly fields: Expected
  }[]
}

/** Compares and counts what either has, so that a test cannot pass by comparing nothing. */
class Comparison {
  compared = 0
  readonly different: string[] = []

  equal(what: string, ours: Value, theirs: Value): void {
    if (ours !== undefined || theirs !== undefined) this.compared += 1
    if (ours !== theirs) this.different.push(`${what}: ${ours} instead of ${theirs}`)
  }

  near(what: string, ours: number | undefined, theirs: number | undefined, by: number): void {
    if (ours !== undefined || theirs !== undefined) this.compared += 1
    const isNear =
      ours === theirs || (ours !== undefined && theirs !== undefined && Math.abs(ours - theirs) <= by)
    if (!isNear) this.different.push(`${what}: ${ours} is not near ${theirs}`)
  }
}

describe.skipIf(!existsSync(folder))('real captures (need the folder of shared data)', () => {
  test('the XML of nine cards says what telegraf reads from it', () => {
    const result = new Comparison()
    for (const file of filesOf('nvidia-xml', '.xml')) {
      const { gpus } = gpusOf(parseSmiXml(textOf('nvidia-xml', file)))
      const expected = JSON.parse(textOf('nvidia-xml', file.replace('.xml', '.expected.json'))) as Telegraf
      compareWithTelegraf(result, file, gpus, expected)
    }
    expect(result.different).toEqual([])
    expect(result.compared).toBeGreaterThanOrEqual(328)
  })

  test('text, CSV and the metrics of an exporter of the same captures say the same', () => {
    const result = new Comparison()
    for (const file of filesOf('nvidia-captures', '.txt'))
      for (const state of ['idle', 'load'] as const) {
        const capture = textOf('nvidia-captures', file)
        const fromText = gpusOf(parseSmiText(sectionOf(capture, `${state} :: query (-q)`))).gpus
        const fromCsv = gpusOf(parseSmiCsv(sectionOf(capture, `${state} :: query-gpu (csv`))).gpus
        expect([fromText.length, fromCsv.length]).toEqual([1, 1])
        const [text, csv] = [fromText[0] as GpuReading, fromCsv[0] as GpuReading]
        compareFormats(result, `${file} ${state}`, text, csv)
        const metricsFile = file.replace('.txt', `__${state}.metrics`)
        if (filesOf('nvidia-captures', '.metrics').includes(metricsFile))
          compareWithExporter(result, metricsFile, csv, textOf('nvidia-captures', metricsFile))
      }
    expect(result.different).toEqual([])
    expect(result.compared).toBeGreaterThanOrEqual(510)
  })

  test('a GPU that is divided has its instances, with their profiles, and no utilisation', () => {
    const capture = textOf('nvidia-captures', 'linux-x86_64__nvidia-h100-mig__590.48.01.txt')
    const names = parseSmiList(sectionOf(capture, 'capabilities :: list (-L)'))
    const [gpu] = gpusOf(parseSmiText(sectionOf(capture, 'load :: query (-q)')), names).gpus
    expect(gpu).toMatchObject({ isMigEnabled: true, throttleReasons: [] })
    expect(gpu?.utilization).toBeUndefined()
    expect(gpu?.instances?.map(({ profile }) => profile)).toEqual([
      '3g.40gb',
      '2g.20gb',
      '1g.10gb',
      '1g.10gb',
    ])
    expect(gpu?.instances?.[0]).toEqual({
      id: 'MIG-00000000-0000-0000-0000-000000000000',
      profile: '3g.40gb',
      memory: {
        totalBytes: 40448 * mib,
        usedBytes: 11091 * mib,
        freeBytes: 29357 * mib,
        reservedBytes: 0,
      },
    })
    expect(gpu?.processes?.map(({ pid, name }) => `${pid} ${name}`)).toEqual([
      '21180 /root/tools/memhog',
      '21181 /root/tools/memhog',
      '21198 ./gpu_burn',
    ])
  })

  test('eight cards, their processes and a slowdown of the hardware are read from the text', () => {
    const rtx = gpusOf(
      parseSmiText(textOf('nvidia-q-text', 'gpud-nvidia-smi-query.535.154.05.out.3.valid.txt')),
    ).gpus
    expect(rtx.length).toBe(8)
    expect(new Set(rtx.map(({ id }) => id)).size).toBe(8)
    expect(rtx[0]?.processes).toEqual([
      { pid: 2180559, name: '/opt/conda/bin/python', usedBytes: 22072 * mib },
    ])
    const h100 = gpusOf(
      parseSmiText(textOf('nvidia-q-text', 'gpud-nvidia-smi-query.535.161.08.out.0.valid.txt')),
    ).gpus
    expect(h100.map(({ processes }) => processes)).toEqual(Array.from({ length: 8 }, () => []))
    const [a10] = gpusOf(parseSmiText(textOf('nvidia-q-text', 'gpud-a10-hw-slowdown.txt'))).gpus
    expect(a10?.throttleReasons).toEqual(['hw_slowdown', 'hw_power_brake_slowdown'])
    // The default table has ERR! in it, and is no log.
    const table = textOf('nvidia-q-text', 'gpud-nvidia-smi.525.125.06.out.0.valid.txt')
    expect(() => parseSmiText(table)).toThrow('no line "NVSMI LOG"')
  })

  test('no sentinel and no impossible number comes out of any capture', () => {
    const all = everyReading()
    expect(all.length).toBeGreaterThanOrEqual(46)
    expect(all.flatMap(({ from, gpu }) => faultsOf(gpu).map((fault) => `${from}: ${fault}`))).toEqual([])
  })
})

function everyReading(): readonly { readonly from: string; readonly gpu: GpuReading }[] {
  const readings: { from: string; gpu: GpuReading }[] = []
  const add = (from: string, gpus: readonly GpuReading[]) => {
    for (const gpu of gpus) readings.push({ from, gpu })
  }
  for (const file of filesOf('nvidia-xml', '.xml'))
    add(file, gpusOf(parseSmiXml(textOf('nvidia-xml', file))).gpus)
  for (const file of filesOf('nvidia-q-text', '.txt')) {
    const text = textOf('nvidia-q-text', file)
    if (text.includes('NVSMI LOG')) add(file, gpusOf(parseSmiText(text)).gpus)
  }
  for (const file of filesOf('nvidia-captures', '.txt'))
    for (const state of ['idle', 'load']) {
      const capture = textOf('nvidia-captures', file)
      add(file, gpusOf(parseSmiText(sectionOf(capture, `${state} :: query (-q)`))).gpus)
      add(file, gpusOf(parseSmiCsv(sectionOf(capture, `${state} :: query-gpu (csv`))).gpus)
    }
  return readings
}

/** The output of one command in a capture of several. */
function sectionOf(capture: string, title: string): string {
  const start = capture.indexOf(`# ${title}`)
  expect(start, title).toBeGreaterThan(0)
  const from = capture.indexOf(`\n${'#'.repeat(80)}\n`, start) + 82
  const to = capture.indexOf(`\n${'#'.repeat(80)}\n`, from)
  return capture.slice(from, to < 0 ? undefined : to + 1)
}

function compareWithTelegraf(
  result: Comparison,
  file: string,
  gpus: readonly GpuReading[],
  { metrics }: Telegraf,
): void {
  const of = (measurement: string) => metrics.filter((metric) => metric.measurement === measurement)
  expect(gpus.length, file).toBe(of('nvidia_smi').length)
  for (const [index, { tags, fields }] of of('nvidia_smi').entries()) {
    const gpu = gpus[index] as GpuReading
    result.equal(`${file} uuid`, gpu.id, tags['uuid'])
    result.equal(`${file} name`, gpu.name, tags['name'])
    result.equal(`${file} pstate`, `P${gpu.performanceState}`, tags['pstate'])
    // Telegraf calls the instant "power_draw" where there are both; we have the average.
    const draw = fields['power_draw_average'] ?? fields['power_draw']
    result.equal(`${file} power`, gpu.powerWatts, draw)
    for (const [name, ours] of Object.entries(telegrafFields))
      if (name in fields || !telegrafLeavesOut.has(name))
        result.equal(`${file} ${name}`, ours(gpu), fields[name])
  }
  const instances = gpus.flatMap((gpu) => gpu.instances ?? [])
  for (const [index, { tags, fields }] of of('nvidia_smi_mig').entries()) {
    const { id, memory } = instances[index] ?? { id: '', memory: undefined }
    result.equal(`${file} mig id`, id, `${tags['gpu_index']}/${tags['compute_index']}`)
    result.equal(`${file} mig free`, scaled(memory?.freeBytes, 1 / mib), fields['memory_fb_free'])
    result.equal(`${file} mig total`, scaled(memory?.totalBytes, 1 / mib), fields['memory_fb_total'])
    result.equal(`${file} mig used`, scaled(memory?.usedBytes, 1 / mib), fields['memory_fb_used'])
  }
  const processes = gpus.flatMap((gpu) => gpu.processes ?? [])
  for (const [index, { tags, fields }] of of('nvidia_smi_process').entries()) {
    result.equal(`${file} pid`, processes[index]?.pid, fields['pid'])
    result.equal(`${file} process`, processes[index]?.name, tags['name']?.split(' ')[0])
    const used = scaled(processes[index]?.usedBytes, 1 / mib)
    result.equal(`${file} process memory`, used, fields['used_memory'])
  }
}

/** Both were written within a second of each other: what changes may differ a little. */
function compareFormats(result: Comparison, what: string, text: GpuReading, csv: GpuReading): void {
  const same: readonly ((gpu: GpuReading) => Value)[] = [
    (gpu) => gpu.id,
    (gpu) => gpu.name,
    (gpu) => gpu.serial,
    (gpu) => gpu.pciAddress,
    (gpu) => gpu.driverVersion,
    (gpu) => gpu.memory?.totalBytes,
    (gpu) => gpu.memory?.reservedBytes,
    (gpu) => gpu.powerLimitWatts,
    (gpu) => gpu.maxClocksHz?.graphics,
    (gpu) => gpu.maxClocksHz?.sm,
    (gpu) => gpu.maxClocksHz?.memory,
    (gpu) => gpu.pcie?.maxGeneration,
    (gpu) => gpu.pcie?.width,
    (gpu) => gpu.pcie?.maxWidth,
    (gpu) => gpu.ecc?.corrected,
    (gpu) => gpu.ecc?.uncorrected,
    (gpu) => gpu.ecc?.correctedLifetime,
    (gpu) => gpu.ecc?.uncorrectedLifetime,
    (gpu) => gpu.retiredPages?.singleBit,
    (gpu) => gpu.remappedRows?.correctable,
    (gpu) => gpu.remappedRows?.uncorrectable,
    (gpu) => gpu.remappedRows?.isPending,
    (gpu) => gpu.remappedRows?.hasFailed,
    (gpu) => gpu.isMigEnabled,
    (gpu) => gpu.isLost,
    (gpu) => gpu.utilization === undefined,
    (gpu) => gpu.fanRatio === undefined,
    (gpu) => gpu.throttledSeconds?.hw_thermal_slowdown,
  ]
  for (const [index, of] of same.entries()) result.equal(`${what} value ${index}`, of(text), of(csv))
  const degrees = [text.temperatureCelsius, csv.temperatureCelsius] as const
  result.near(`${what} temperature`, ...degrees, 6)
  result.near(`${what} margin`, text.temperatureMarginCelsius, csv.temperatureMarginCelsius, 6)
  result.near(`${what} memory temperature`, text.memoryTemperatureCelsius, csv.memoryTemperatureCelsius, 6)
  result.near(`${what} encoder`, text.encoderUtilization, csv.encoderUtilization, 0.5)
}

function compareWithExporter(result: Comparison, what: string, gpu: GpuReading, metrics: string): void {
  const values = new Map(
    [...metrics.matchAll(/^nvidia_smi_(\w+)\{uuid="[^"]*"\} (\S+)$/gm)].map(([, name = '', value]) => [
      name,
      Number(value),
    ]),
  )
  const flag = (value: boolean | undefined) => (value === undefined ? undefined : Number(value))
  const ours: Readonly<Record<string, number | undefined>> = {
    clocks_current_graphics_clock_hz: gpu.clocksHz?.graphics,
    clocks_current_memory_clock_hz: gpu.clocksHz?.memory,
    clocks_current_sm_clock_hz: gpu.clocksHz?.sm,
    clocks_current_video_clock_hz: gpu.clocksHz?.video,
    clocks_max_graphics_clock_hz: gpu.maxClocksHz?.graphics,
    clocks_max_memory_clock_hz: gpu.maxClocksHz?.memory,
    clocks_max_sm_clock_hz: gpu.maxClocksHz?.sm,
    clocks_event_reasons_counters_sw_power_cap_seconds: gpu.throttledSeconds?.sw_power_cap,
    clocks_event_reasons_counters_sync_boost_seconds: gpu.throttledSeconds?.sync_boost,
    clocks_event_reasons_hw_slowdown: reason('hw_slowdown')(gpu),
    clocks_event_reasons_sw_power_cap: reason('sw_power_cap')(gpu),
    ecc_errors_corrected_volatile_total: gpu.ecc?.corrected,
    ecc_errors_uncorrected_aggregate_total: gpu.ecc?.uncorrectedLifetime,
    encoder_stats_session_count: gpu.encoderSessions,
    enforced_power_limit_watts: gpu.powerLimitWatts,
    fan_speed_ratio: gpu.fanRatio,
    memory_free_bytes: gpu.memory?.freeBytes,
    memory_reserved_bytes: gpu.memory?.reservedBytes,
    memory_total_bytes: gpu.memory?.totalBytes,
    memory_used_bytes: gpu.memory?.usedBytes,
    mig_mode_current: flag(gpu.isMigEnabled),
    pcie_link_gen_current: gpu.pcie?.generation,
    pcie_link_gen_max: gpu.pcie?.maxGeneration,
    pcie_link_width_current: gpu.pcie?.width,
    power_draw_watts: gpu.powerWatts,
    pstate: gpu.performanceState,
    remapped_rows_correctable: gpu.remappedRows?.correctable,
    remapped_rows_pending: flag(gpu.remappedRows?.isPending),
    temperature_gpu: gpu.temperatureCelsius,
    temperature_gpu_tlimit: gpu.temperatureMarginCelsius,
    temperature_memory: gpu.memoryTemperatureCelsius,
    utilization_decoder_ratio: gpu.decoderUtilization,
    utilization_encoder_ratio: gpu.encoderUtilization,
    utilization_gpu_ratio: gpu.utilization,
    utilization_memory_ratio: gpu.memoryUtilization,
  }
  for (const [name, value] of Object.entries(ours)) result.equal(`${what} ${name}`, value, values.get(name))
}

const sentinel = /N\/A|not supported|err!|unknown error|deprecated|not available|insufficient/i

/** What cannot be, in words. */
function faultsOf(gpu: GpuReading): string[] {
  const faults: string[] = []
  const walk = (path: string, value: unknown): void => {
    if (typeof value === 'object' && value !== null)
      for (const [key, inner] of Object.entries(value)) walk(`${path}.${key}`, inner)
    else if (value === undefined) faults.push(`${path} is there, and undefined`)
    else if (typeof value === 'string' && sentinel.test(value)) faults.push(`${path} is "${value}"`)
    else if (typeof value === 'number' && !(Number.isFinite(value) && value >= 0))
      faults.push(`${path} is ${value}`)
    else if (/Utilization$/i.test(path) && Number(value) > 1) faults.push(`${path} passes 1`)
  }
  walk('', gpu)
  for (const { memory } of [gpu, ...(gpu.instances ?? [])]) {
    const { totalBytes, usedBytes, freeBytes, reservedBytes = 0 } = memory ?? {}
    if (totalBytes === undefined || usedBytes === undefined || freeBytes === undefined)
      faults.push('memory is not told')
    else if (Math.abs(usedBytes + freeBytes + reservedBytes - totalBytes) > totalBytes * 0.02)
      faults.push('memory does not add up')
  }
  return faults
}
