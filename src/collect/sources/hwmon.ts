import { systemCodeOf } from '../../model/errors.ts'
import type { MetricDescriptor } from '../../model/sample.ts'
import type { Clock } from '../../system/clock.ts'
import { readFile } from '../../system/files.ts'
import {
  energyMetric,
  fanSpeedMetric,
  powerMetric,
  temperatureLimitMetric,
  temperatureMetric,
} from '../hardware-metrics.ts'
import { keptFor } from '../kept-for.ts'
import type { KernelRoots } from '../kernel/kernel-roots.ts'
import { parseInteger } from '../kernel/sysfs-value.ts'
import { Readings } from '../readings.ts'
import type { Source } from '../source.ts'
import { findChipSensors } from './hwmon/chips.ts'
import { EnergyCounter } from './hwmon/energy-counter.ts'
import { findEnergyZones } from './hwmon/powercap.ts'
import type { Sensor, SensorKind } from './hwmon/sensor.ts'
import { findThermalZones } from './hwmon/thermal-zones.ts'

const metrics = [temperatureMetric, temperatureLimitMetric, powerMetric, energyMetric, fanSpeedMetric]

/** What each kind of sensor measures, and how many of the kernel's units are one of the metric's. */
const measured: Readonly<Record<SensorKind, readonly [metric: MetricDescriptor, perUnit: number]>> = {
  temperature: [temperatureMetric, 1000],
  fan: [fanSpeedMetric, 1],
  power: [powerMetric, 1e6],
  energy: [energyMetric, 1e6],
}

const everyMs = 10_000
const discoverEveryMs = 60_000
/** Nothing is colder: what a sensor says that is not connected. */
const coldestCelsius = -273.15

/** A sensor that sleeps, or whose file only the superuser may read, tells nothing, which is no fault. */
const silentCodes = new Set(['ENOENT', 'ENODEV', 'ENXIO', 'ENODATA', 'EAGAIN', 'EACCES', 'EPERM'])

/**
 * Temperatures, fans, power and energy that the kernel shows: hwmon chips, thermal zones, and the energy counters of
 * processors (RAPL). Some sensors ask a disk or a slow bus, so each is read off this thread, one at a time.
 */
export function hwmonSource({
  sysRoot,
  clock,
}: Pick<KernelRoots, 'sysRoot'> & { readonly clock: Clock }): Source {
  const energies = new Map<string, EnergyCounter>()
  const discover = keptFor(clock, discoverEveryMs, () => findSensors(sysRoot))
  return {
    name: 'hwmon',
    metrics,
    everyMs,
    async read() {
      const sensors = discover()
      if (sensors.length === 0) return { absent: absence(sysRoot) }
      const readings = new Readings()
      for (const sensor of readings.bounded(sensors)) await addSensor(readings, sensor, energies)
      return readings
    },
  }
}

function absence(sysRoot: string): string {
  return `no sensor in ${sysRoot}/class/hwmon, thermal or powercap: virtual machines have none; on others load its driver (sensors-detect)`
}

/** Each id once: sensors that nothing tells apart are numbered in the order of the kernel. */
function findSensors(sysRoot: string): readonly Sensor[] {
  const times = new Map<string, number>()
  const found = [...findChipSensors(sysRoot), ...findThermalZones(sysRoot), ...findEnergyZones(sysRoot)]
  return found.map((sensor) => {
    const id = sensor.attributes['hw.id'] ?? ''
    const time = (times.get(id) ?? 0) + 1
    times.set(id, time)
    if (time === 1) return sensor
    const own = { 'hw.id': `${id}#${time}` }
    const { limit } = sensor
    return {
      ...sensor,
      attributes: { ...sensor.attributes, ...own },
      ...(limit && { limit: { ...limit, attributes: { ...limit.attributes, ...own } } }),
    }
  })
}

async function addSensor(
  readings: Readings,
  sensor: Sensor,
  energies: Map<string, EnergyCounter>,
): Promise<void> {
  const { kind, path, faultPath, attributes, limit, energyRange } = sensor
  const [metric, perUnit] = measured[kind]
  const isBroken = faultPath !== undefined && (await readNumber(faultPath)) === 1
  const raw = isBroken ? Number.NaN : await readNumber(path)
  if (raw === undefined) return
  const counted = energyRange === undefined ? raw : unwrapped(energies, path, raw, energyRange)
  const value = counted / perUnit
  readings.add(metric, kind === 'temperature' && value <= coldestCelsius ? Number.NaN : value, attributes)
  if (limit !== undefined) readings.add(temperatureLimitMetric, limit.celsius, limit.attributes)
}

function unwrapped(energies: Map<string, EnergyCounter>, path: string, raw: number, range: number): number {
  const counter = energies.get(path) ?? new EnergyCounter()
  energies.set(path, counter)
  return counter.add(raw, range)
}

/** Undefined when the sensor tells nothing now; `NaN` when it is broken. */
async function readNumber(path: string): Promise<number | undefined> {
  try {
    return parseInteger(await readFile(path, 'latin1'))
  } catch (error) {
    return silentCodes.has(systemCodeOf(error) ?? '') ? undefined : Number.NaN
  }
}
