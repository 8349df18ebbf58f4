/** Reads `amd-smi metric --json` and `amd-smi static --json`: a list of GPUs, or an object that holds it. */
import type { GpuReading } from '../gpu-reading.ts'
import { type DimensionName, quantityOf, SkipCount, told, toldOrNone, toldText } from '../quantity.ts'
import { amdName, amdSerial, amdUniqueId } from './amd-unique-id.ts'
import { pcieGeneration } from './pcie-generation.ts'
import type { AmdToolGpus } from './rocm-smi.ts'
import { isJsonObject, type JsonObject, jsonText, parseToolJson } from './tool-json.ts'

/** What never changes, by the number of the GPU. */
export type AmdSmiStatic = ReadonlyMap<number, Partial<GpuReading>>

/** The tool divides by 2^20 and writes `MB`. */
const unitNames: Readonly<Record<string, string>> = { KB: 'KiB', MB: 'MiB', GB: 'GiB' }

/** @throws an `Error` when the output holds no JSON, or no GPU in it. */
export function parseAmdSmiMetric(output: string, fixed: AmdSmiStatic = new Map()): AmdToolGpus {
  const skips = new SkipCount()
  const entries = entriesOf(output)
  if (entries.length === 0) throw new Error('amd-smi wrote no GPU')
  const gpus = entries.map(({ number, fields }, position) => {
    const index = number ?? position
    const gpu = metricsOf(fields(skips))
    return told({
      id: `index ${index}`,
      index,
      vendor: 'amd' as const,
      ...gpu,
      ...merged(fixed.get(index), gpu),
    })
  })
  return { gpus, skipped: skips.count }
}

/** Both have a part of these. */
function merged(fixed: Partial<GpuReading> = {}, gpu: Partial<GpuReading>): Partial<GpuReading> {
  return {
    ...fixed,
    memory: toldOrNone({ ...fixed.memory, ...gpu.memory }),
    pcie: toldOrNone({ ...fixed.pcie, ...gpu.pcie }),
  }
}

/** @throws an `Error` when the output holds no JSON. */
export function parseAmdSmiStatic(output: string): AmdSmiStatic {
  const entries = entriesOf(output)
  return new Map(
    entries.map(({ number, fields }, position) => [number ?? position, staticOf(fields(new SkipCount()))]),
  )
}

function staticOf(gpu: AmdSmiFields): Partial<GpuReading> {
  const pciAddress = gpu.text('bus.bdf')
  return told({
    ...toldOrNone({ id: amdUniqueId(gpu.text('asic.asic_serial') ?? '') ?? pciAddress }),
    name: amdName(gpu.text('asic.market_name'), gpu.text('board.product_name')),
    serial: amdSerial(gpu.text('board.product_serial')),
    pciAddress,
    driverVersion: gpu.text('driver.version'),
    memory: toldOrNone({ totalBytes: gpu.quantity('bytes', 'vram.size') }),
    powerLimitWatts: gpu.quantity('watts', 'limit.socket_power', 'limit.ppt0.socket_power_limit'),
    slowdownTemperatureCelsius: gpu.quantity('celsius', 'limit.slowdown_edge_temperature'),
    pcie: toldOrNone({
      maxWidth: gpu.quantity('lanes', 'bus.max_pcie_width'),
      maxGeneration: pcieGeneration(gpu.withUnit('bus.max_pcie_speed') ?? ''),
    }),
  })
}

function metricsOf(gpu: AmdSmiFields): Partial<GpuReading> {
  const clock = (name: string, what: string) =>
    gpu.quantity('hertz', `clock.${name}_0.${what}`, `clock.${name}.${what}`)
  return told({
    utilization: gpu.quantity('share', 'usage.gfx_activity'),
    memoryUtilization: gpu.quantity('share', 'usage.umc_activity'),
    memory: toldOrNone({
      totalBytes: gpu.quantity('bytes', 'mem_usage.total_vram'),
      usedBytes: gpu.quantity('bytes', 'mem_usage.used_vram'),
      freeBytes: gpu.quantity('bytes', 'mem_usage.free_vram'),
    }),
    temperatureCelsius: gpu.quantity('celsius', 'temperature.edge'),
    hotspotTemperatureCelsius: gpu.quantity('celsius', 'temperature.hotspot'),
    memoryTemperatureCelsius: gpu.quantity('celsius', 'temperature.mem'),
    powerWatts: gpu.quantity('watts', 'power.socket_power', 'power.current_socket_power'),
    energyJoules: gpu.quantity('joules', 'energy.total_energy_consumption'),
    clocksHz: toldOrNone({ graphics: clock('gfx', 'clk'), memory: clock('mem', 'clk') }),
    maxClocksHz: toldOrNone({ graphics: clock('gfx', 'max_clk'), memory: clock('mem', 'max_clk') }),
    fanRatio: gpu.quantity('ratio', 'fan.usage'),
    fanRpm: gpu.quantity('rpm', 'fan.rpm'),
    pcie: toldOrNone({
      width: gpu.quantity('lanes', 'pcie.width', 'pcie.current_width'),
      generation: pcieGeneration(gpu.withUnit('pcie.speed') ?? gpu.withUnit('pcie.current_speed') ?? ''),
      replays: gpu.quantity('count', 'pcie.replay_count'),
    }),
    ecc: toldOrNone({
      corrected: gpu.quantity('count', 'ecc.total_correctable_count'),
      uncorrected: gpu.quantity('count', 'ecc.total_uncorrectable_count'),
    }),
  })
}

interface Entry {
  readonly number: number | undefined
  readonly fields: (skips: SkipCount) => AmdSmiFields
}

function entriesOf(output: string): readonly Entry[] {
  const root = parseToolJson(output)
  const list = isJsonObject(root) ? root['gpu_data'] : root
  return (Array.isArray(list) ? list : []).filter(isJsonObject).map((entry) => {
    const number = /^\d{1,4}$/.exec(jsonText(entry['gpu']) ?? '')
    return {
      number: number ? Number(number[0]) : undefined,
      fields: (skips) => new AmdSmiFields(entry, skips),
    }
  })
}

/** Units that some versions leave out, where the field can have no other. */
const usualUnits: Partial<Record<DimensionName, string>> = { rpm: 'RPM' }

class AmdSmiFields {
  readonly #entry: JsonObject
  readonly #skips: SkipCount

  constructor(entry: JsonObject, skips: SkipCount) {
    this.#entry = entry
    this.#skips = skips
  }

  text(path: string): string | undefined {
    return toldText(jsonText(this.#at(path)))
  }

  /** `{ "value": 16, "unit": "GT/s" }` as `16 GT/s`. */
  withUnit(path: string): string | undefined {
    const found = this.#at(path)
    if (!isJsonObject(found)) return this.text(path)
    const value = toldText(jsonText(found['value']))
    const unit = jsonText(found['unit']) ?? ''
    return value === undefined ? undefined : `${value} ${unitNames[unit] ?? unit}`.trim()
  }

  quantity(dimension: DimensionName, ...paths: readonly string[]): number | undefined {
    const text = paths.map((path) => this.withUnit(path)).find((found) => found !== undefined)
    if (text === undefined) return undefined
    const value = quantityOf(text, dimension, usualUnits[dimension])
    return this.#skips.usable(value !== undefined && value < 0 ? Number.NaN : value)
  }

  #at(path: string): unknown {
    let value: unknown = this.#entry
    for (const key of path.split('.')) value = isJsonObject(value) ? value[key] : undefined
    return value
  }
}
