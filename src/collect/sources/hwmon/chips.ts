import { basename } from 'node:path'
import { realpathSync } from '../../../system/files.ts'
import { parseInteger, sysfsTextIfThere } from '../../kernel/sysfs-value.ts'
import { entriesOf, type Sensor, type SensorKind, sensorAttributes } from './sensor.ts'

/** GPUs have a source of their own. */
const graphicsChips = new Set(['amdgpu', 'radeon', 'nvidia', 'nouveau'])

/** The part of the machine that a chip belongs to, where its driver tells. */
const partsByChip: ReadonlyMap<string, string> = new Map(
  Object.entries({
    cpu: ['coretemp', 'k10temp', 'k8temp', 'fam15h_power', 'zenpower', 'amd_energy', 'cpu_thermal'],
    physical_disk: ['nvme', 'drivetemp'],
    memory: ['jc42', 'spd5118'],
    enclosure: ['power_meter', 'acpi_power_meter', 'applesmc'],
  }).flatMap(([part, chips]) => chips.map((chip): [string, string] => [chip, part])),
)

/** The part of the machine when the chip does not tell. */
const partsByKind = {
  temperature: 'temperature',
  fan: 'fan',
  power: 'power_supply',
  energy: 'power_supply',
} as const satisfies Record<SensorKind, string>

/** Of a power sensor that has both, the average is the truer one. */
const kindsByFile: readonly (readonly [RegExp, SensorKind])[] = [
  [/^(temp\d+)_input$/, 'temperature'],
  [/^(fan\d+)_input$/, 'fan'],
  [/^(power\d+)_average$/, 'power'],
  [/^(power\d+)_input$/, 'power'],
  [/^(energy\d+)_input$/, 'energy'],
]

/** Disabled limits are zero, or beyond what any hardware stands. */
const hottestCelsius = 250

interface Chip {
  readonly id: string
  readonly name: string
  /** Where its files are. */
  readonly path: string
  readonly files: readonly string[]
}

/** The sensors of all chips under `class/hwmon` (kernel Documentation/hwmon/sysfs-interface.rst). */
export function findChipSensors(sysRoot: string): readonly Sensor[] {
  const root = `${sysRoot}/class/hwmon`
  return entriesOf(root)
    .flatMap((entry) => chipOf(`${root}/${entry}`) ?? [])
    .flatMap(sensorsOf)
}

/** Undefined for what other sources tell: GPUs, and the mirrors of thermal zones. */
function chipOf(path: string): Chip | undefined {
  const device = realPath(`${path}/device`)
  if (device !== undefined && /\/thermal\/thermal_zone\d+$/.test(device)) return undefined
  const name = sysfsTextIfThere(`${path}/name`) ?? sysfsTextIfThere(`${path}/device/name`)
  if (name !== undefined && graphicsChips.has(name)) return undefined
  const place = device && placeOf(device)
  const id = [name, place].filter(Boolean).join('/') || basename(path)
  // Old drivers keep their files with the device.
  for (const folder of [path, `${path}/device`]) {
    const files = entriesOf(folder)
    if (files.some((file) => kindsByFile.some(([pattern]) => pattern.test(file))))
      return { id, name: name || basename(path), path: folder, files }
  }
  return undefined
}

function realPath(path: string): string | undefined {
  try {
    return realpathSync(path)
  } catch {
    return undefined
  }
}

/** The PCI address says where a card is whatever its driver numbered it; else the device's own name. */
function placeOf(device: string): string {
  return device.match(/[\da-f]{4}:[\da-f]{2}:[\da-f]{2}\.\d/g)?.at(-1) ?? basename(device)
}

function sensorsOf(chip: Chip): readonly Sensor[] {
  const found = new Map<string, Sensor>()
  for (const [pattern, kind] of kindsByFile)
    for (const file of chip.files) {
      const sensor = pattern.exec(file)?.[1]
      if (sensor !== undefined && !found.has(sensor)) found.set(sensor, sensorOf(chip, kind, sensor, file))
    }
  return [...found.values()]
}

function sensorOf({ id, name, path, files }: Chip, kind: SensorKind, sensor: string, file: string): Sensor {
  const label = files.includes(`${sensor}_label`) ? sysfsTextIfThere(`${path}/${sensor}_label`) : undefined
  const part = partsByChip.get(name) ?? partsByKind[kind]
  const attributes = sensorAttributes(`${id}/${sensor}`, `${name} ${label || sensor}`, part)
  const celsius = files.includes(`${sensor}_crit`)
    ? parseInteger(sysfsTextIfThere(`${path}/${sensor}_crit`) ?? '') / 1000
    : Number.NaN
  const hasLimit = celsius > 0 && celsius < hottestCelsius
  return {
    kind,
    path: `${path}/${file}`,
    ...(files.includes(`${sensor}_fault`) && { faultPath: `${path}/${sensor}_fault` }),
    attributes,
    ...(hasLimit && { limit: { celsius, attributes: { ...attributes, 'hw.limit_type': 'high.critical' } } }),
  }
}
