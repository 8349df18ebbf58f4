/** One card of the driver amdgpu (kernel Documentation/gpu/amdgpu/thermal.rst and driver-misc.rst). */
import { namesIfReadable } from '../../../kernel/sysfs-value.ts'
import type { GpuReading } from '../gpu-reading.ts'
import { SkipCount, told, toldOrNone } from '../quantity.ts'
import { amdName, amdSerial, amdUniqueId } from './amd-unique-id.ts'
import { pcieGeneration } from './pcie-generation.ts'
import { SysfsFiles } from './sysfs-files.ts'

export interface AmdgpuFolders {
  /** `/sys/class/drm/cardN/device`. */
  readonly device: string
  readonly pciAddress: string
  readonly driverVersion: string | undefined
}

/** Greatest values of each that any card can have; drivers write all ones for unknown. */
const maximum = { bytes: 2 ** 50, celsius: 300, watts: 1e5, joules: 1e14, hertz: 1e11, rpm: 1e5, lanes: 64 }

type Sensors = ReadonlyMap<string, string>

/** Holds the files open; what never changes is read once. */
export class AmdgpuCard {
  readonly folders: AmdgpuFolders
  #skips = new SkipCount()
  readonly #device: SysfsFiles
  readonly #hwmon: SysfsFiles
  /** The names of the inputs of the monitor, by their labels. */
  readonly #sensors: Sensors
  readonly #errorCounts: readonly string[]
  readonly #identity: Omit<GpuReading, 'index'>

  constructor(folders: AmdgpuFolders) {
    this.folders = folders
    const { device, pciAddress, driverVersion } = folders
    this.#device = new SysfsFiles(device, () => this.#skips)
    const monitor =
      namesIfReadable(`${device}/hwmon`)
        .toSorted()
        .find((name) => name.startsWith('hwmon')) ?? 'hwmon0'
    this.#hwmon = new SysfsFiles(`${device}/hwmon/${monitor}`, () => this.#skips)
    this.#sensors = this.#findSensors(namesIfReadable(`${device}/hwmon/${monitor}`).toSorted())
    this.#errorCounts = namesIfReadable(`${device}/ras`)
      .toSorted()
      .filter((name) => name.endsWith('_err_count'))
    this.#identity = told({
      id: amdUniqueId(this.#device.text('unique_id') ?? '') ?? pciAddress,
      vendor: 'amd' as const,
      name: amdName(this.#device.text('product_name')),
      serial: amdSerial(this.#device.text('serial_number')),
      pciAddress,
      driverVersion,
    })
  }

  /** Its values now. One that sleeps is left asleep: to ask its sensors would wake it. */
  read(index: number): { readonly gpu: GpuReading; readonly skipped: number } {
    this.#skips = new SkipCount()
    const isAsleep = this.#device.text('power/runtime_status') === 'suspended'
    const gpu = told({ ...this.#identity, index, ...(isAsleep ? {} : this.#values()) })
    return { gpu, skipped: this.#skips.count }
  }

  close(): void {
    this.#device.close()
    this.#hwmon.close()
  }

  #values(): Partial<GpuReading> {
    return {
      utilization: this.#device.number('gpu_busy_percent', 100, 1),
      memoryUtilization: this.#device.number('mem_busy_percent', 100, 1),
      memory: toldOrNone({
        totalBytes: this.#device.number('mem_info_vram_total', 1, maximum.bytes),
        usedBytes: this.#device.number('mem_info_vram_used', 1, maximum.bytes),
      }),
      temperatureCelsius: this.#sensor('edge', 1000, maximum.celsius),
      hotspotTemperatureCelsius: this.#sensor('junction', 1000, maximum.celsius),
      memoryTemperatureCelsius: this.#sensor('mem', 1000, maximum.celsius),
      powerWatts:
        this.#hwmon.number('power1_average', 1e6, maximum.watts) ??
        this.#hwmon.number('power1_input', 1e6, maximum.watts),
      powerLimitWatts: this.#hwmon.number('power1_cap', 1e6, maximum.watts),
      energyJoules: this.#hwmon.number('energy1_input', 1e6, maximum.joules),
      clocksHz: toldOrNone({
        graphics: this.#sensor('sclk', 1, maximum.hertz),
        memory: this.#sensor('mclk', 1, maximum.hertz),
      }),
      fanRpm: this.#hwmon.number('fan1_input', 1, maximum.rpm),
      fanRatio: this.#fanRatio(),
      pcie: this.#pcie(),
      ecc: this.#ecc(),
    }
  }

  /** `temp2_label` says `junction`, so `temp2_input` is that; a card with one sensor has no labels. */
  #findSensors(names: readonly string[]): Sensors {
    const sensors = new Map([
      ['edge', 'temp1_input'],
      ['sclk', 'freq1_input'],
      ['mclk', 'freq2_input'],
    ])
    for (const name of names) {
      const [, sensor] = /^((?:temp|freq)\d+)_label$/.exec(name) ?? []
      const label = sensor === undefined ? undefined : this.#hwmon.text(name)
      if (label === undefined) continue
      // What the first sensor is called decides, where it is called something.
      for (const [usual, input] of sensors) if (input === `${sensor}_input`) sensors.delete(usual)
      sensors.set(label, `${sensor}_input`)
    }
    return sensors
  }

  #sensor(label: string, perUnit: number, max: number): number | undefined {
    const input = this.#sensors.get(label)
    return input === undefined ? undefined : this.#hwmon.number(input, perUnit, max)
  }

  #fanRatio(): number | undefined {
    const max = this.#hwmon.number('pwm1_max', 1, 65_535)
    const duty = this.#hwmon.number('pwm1', 1, 65_535)
    return max === undefined || max === 0 || duty === undefined ? undefined : duty / max
  }

  #pcie(): GpuReading['pcie'] {
    const generation = (name: string) => pcieGeneration(this.#device.text(name) ?? '')
    return toldOrNone({
      generation: generation('current_link_speed'),
      maxGeneration: generation('max_link_speed'),
      width: this.#device.number('current_link_width', 1, maximum.lanes),
      maxWidth: this.#device.number('max_link_width', 1, maximum.lanes),
      replays: this.#device.number('pcie_replay_count', 1, Number.MAX_SAFE_INTEGER),
    })
  }

  /** Each block of the chip counts its own (kernel Documentation/gpu/amdgpu/ras.rst). */
  #ecc(): GpuReading['ecc'] {
    const counts = this.#errorCounts.map((name) => errorCountsOf(this.#device.text(`ras/${name}`) ?? ''))
    const sum = (kind: 'ce' | 'ue') => {
      const known = counts.map((count) => count[kind]).filter((count) => count !== undefined)
      return known.length === 0 ? undefined : known.reduce((total, count) => total + count, 0)
    }
    return toldOrNone({ corrected: sum('ce'), uncorrected: sum('ue') })
  }
}

/** `ue: 0` and `ce: 3`, a line each. */
function errorCountsOf(text: string): { readonly ue: number | undefined; readonly ce: number | undefined } {
  const digits = [/^ue: (\d{1,15})$/m, /^ce: (\d{1,15})$/m].map((pattern) => pattern.exec(text)?.[1])
  const [ue, ce] = digits.map((count) => (count === undefined ? undefined : Number(count)))
  return { ue, ce }
}
